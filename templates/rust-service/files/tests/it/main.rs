//! Tests of the whole service: in this process over a real socket, and as a process of its own.

mod concurrency;
mod configuration;
mod contract;
mod drain;
mod health;
mod idempotency;
mod items;
mod paging;
mod problems;
mod support;
mod telemetry;
