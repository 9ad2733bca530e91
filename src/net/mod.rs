//! The network: the only module that opens a connection.

pub mod git;
mod http;

pub use http::{Answer, NetError, free_port, send};
