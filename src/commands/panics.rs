//! A panic of polity's own code: the process ends with the exit code of a bug, whoever waits for it.

use std::path::Path;

use crate::error::{Error, Exit, Kind};
use crate::finding::Diagnostic;
use crate::report::human::Paint;

/// From here on a panic of polity's own code ends this process. A panic of the engine is one of the rule that it evaluates, and the parent of a child
/// that ends so says which.
pub(super) fn are_bugs() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        usual(panic);
        if let Some(at) = panic.location().filter(|at| is_own(at.file())) {
            let said = Diagnostic::new(format!("polity itself is wrong: it panicked at {}:{}", at.file(), at.line()));
            let said = said.help("please report it, with the command; what was found in this run is not known");
            super::fail(&Error::new(Kind::Bug, said), &mut std::io::stderr(), Paint::Plain);
            std::process::exit(Exit::Bug as i32);
        }
    }));
}

/// Whether the file of a panic is one of this program, and of no library.
fn is_own(file: &str) -> bool {
    let home = Path::new(file!()).ancestors().nth(2);
    home.is_some_and(|home| Path::new(file).starts_with(home))
}

#[cfg(test)]
mod tests {
    use std::panic::Location;

    use super::is_own;

    #[track_caller]
    fn place() -> &'static str {
        Location::caller().file()
    }

    #[test]
    fn what_panics_is_told_from_what_it_calls() {
        // The place of a slice that is none is that of its caller.
        assert!(is_own(place()) && is_own("src/finding/source.rs"));
        let foreign =
            ["/rustc/8a7b/library/alloc/src/raw_vec/mod.rs", "/root/.cargo/registry/src/index/regorus-0.14.0/src/engine.rs", "srcs/a.rs"];
        assert_eq!(foreign.map(is_own), [false; 3]);
    }
}
