//! The `polity` binary: collects the process's surroundings and hands them to the library.

use std::process::ExitCode;

/// Rules and templates make and drop many small values, on every core.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    polity::run(std::env::args_os())
}
