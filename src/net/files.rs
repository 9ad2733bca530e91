//! Plain files from a web server, by the `curl` command: many at once over few connections, each to its place below a folder.
//!
//! Nothing that comes is believed here; whoever asks knows by which digest or signature to prove it.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::program::{ProgramError, wait};

/// How curl is run: by no configuration file, to no other kind of address, and with an error for whatever is not there.
const SETTINGS: [&str; 17] = [
    "--disable",
    "--silent",
    "--no-progress-meter",
    "--show-error",
    "--fail",
    "--globoff",
    "--proto",
    "=http,https",
    "--proto-redir",
    "=http,https",
    "--location",
    "--max-redirs",
    "3",
    "--create-dirs",
    "--parallel",
    "--parallel-max",
    "8",
];

/// Fetches the files called `names` below the address `base` into `folder`, under the same names. A file that the server does not have is
/// not there afterwards.
///
/// # Errors
/// [`ProgramError`] when nothing came at all, or when it takes longer than `deadline`.
pub fn fetch(base: &str, names: &[String], folder: &Path, largest: u64, deadline: Duration) -> Result<(), ProgramError> {
    let list = folder.join("wanted");
    let place = |name: &String| folder.join(name);
    let lines = names.iter().fold(String::new(), |mut text, name| {
        let (url, to) = (format!("{}/{name}", base.trim_end_matches('/')), place(name));
        let _ = writeln!(text, "url = {}\noutput = {}", quoted(&url), quoted(&to.to_string_lossy()));
        text
    });
    std::fs::write(&list, lines).map_err(|cause| ProgramError::Start("curl".to_owned(), cause))?;
    let seconds = deadline.as_secs().max(1).to_string();
    let mut command = Command::new("curl");
    command.args(SETTINGS).args(["--connect-timeout", &seconds, "--max-filesize", &largest.to_string()]);
    command.arg("--config").arg(&list).env("LC_ALL", "C");
    match wait(command, deadline, cause) {
        Err(ProgramError::Refused(..)) if names.iter().any(|name| place(name).is_file()) => Ok(()),
        ended => ended.map(drop),
    }
}

/// A value of curl's configuration file.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The first line in which curl says what is wrong; it may draw its progress before.
fn cause(said: &str) -> String {
    let line = said.lines().find_map(|line| line.trim_start_matches('\r').strip_prefix("curl: "));
    line.unwrap_or("it failed and said nothing").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_secs(5);

    #[test]
    fn nobody_there_is_an_error_that_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let base = format!("http://127.0.0.1:{}", crate::net::free_port().unwrap());
        let error = fetch(&base, &["a".to_owned()], dir.path(), 10, SHORT).unwrap_err().to_string();
        assert!(error.starts_with("curl: (7) "), "{error}");
    }

    #[test]
    fn a_file_of_this_machine_is_no_answer() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("secret"), "x").unwrap();
        let error = fetch(&format!("file://{}", dir.path().display()), &["secret".to_owned()], &dir.path().join("to"), 10, SHORT);
        assert!(error.is_err() && !dir.path().join("to/secret").exists());
    }

    #[test]
    fn a_value_stays_one_value() {
        assert_eq!(quoted("http://h/a\"b\\c"), "\"http://h/a\\\"b\\\\c\"");
    }
}
