//! The network: the only module that opens a connection.

pub mod files;
pub mod git;
mod http;
mod program;

pub use http::{Answer, NetError, free_port, send};
pub use program::ProgramError;
