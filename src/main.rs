//! The `polity` binary: collects the process's surroundings and hands them to the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    polity::run(std::env::args_os())
}
