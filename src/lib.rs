//! polity: generate, govern and migrate services owned by autonomous teams, without a central server.
//!
//! The modules are layered: each imports only those above it in the table of the book's architecture page.

pub mod config;
pub mod error;
pub mod finding;
pub mod tree;
