//! The one integration binary: drives the real `polity` on real folders. One module a verb.

mod cli;
mod support;
mod tidy;
