//! The network: the only module that opens a connection.

mod http;

pub use http::{Answer, NetError, free_port, send};
