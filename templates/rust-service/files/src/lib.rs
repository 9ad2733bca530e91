//! The service as a library: `main.rs` is only its start, and the tests use the same parts.
//!
//! `http` speaks the contract, `item` holds its rules, `store` keeps items, `telemetry` shows what happens, `server` and
//! `lifecycle` carry connections from start to stop. `names` is the only place that knows what the resource is called.

pub mod client;
pub mod config;
pub mod http;
pub mod item;
pub mod lifecycle;
#[rustfmt::skip]
pub mod names;
pub mod run;
pub mod server;
pub mod store;
pub mod telemetry;
