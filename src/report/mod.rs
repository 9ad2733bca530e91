//! How results look: text for people, JSON and SARIF for programs. Nothing here decides what is right or wrong.

pub mod human;
pub mod json;
pub mod sarif;
