//! The one integration binary: drives the real `polity` on real folders. One module a verb.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod book;
mod check;
mod cli;
mod conftest;
mod conftest_fmt;
mod dockerfiles;
mod federation;
mod fix;
mod fix_harm;
mod fix_turns;
mod fuzz;
mod gatekeeper;
mod governance;
mod hostile;
mod integration;
mod jsonnet;
mod life;
mod manifests;
mod mutation;
mod names;
mod new;
mod odd;
mod outputs;
mod policy;
mod policy_diff;
mod rego;
mod rego_forms;
mod rego_functions;
mod rego_given;
mod rego_opa;
mod rego_tokens;
mod sarif;
mod schemas;
mod support;
mod template;
mod tidy;
mod traced;
mod undecided;
mod units;
mod ward;
