//! Another program, run to its end or to a deadline.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Why a program did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// There is no such program, or it cannot be started.
    #[error("cannot run {0}: {1}")]
    Start(String, std::io::Error),
    /// It says no; the text is the line that says why.
    #[error("{0}: {1}")]
    Refused(String, String),
    /// It took too long and was stopped.
    #[error("no answer within {} s", .0.as_secs())]
    Deadline(Duration),
}

/// Runs a program to its end and returns what it wrote to its standard output; `cause` finds the reason of a failure in what it wrote to
/// its error stream.
///
/// Output goes to files: a helper that outlives git would keep a pipe open, and reading it would outlast the deadline.
pub(super) fn wait(mut command: Command, deadline: Duration, cause: fn(&str) -> String) -> Result<String, ProgramError> {
    let name = command.get_program().to_string_lossy().into_owned();
    let start = |cause| ProgramError::Start(name.clone(), cause);
    let (mut out, mut err) = (tempfile::tempfile().map_err(start)?, tempfile::tempfile().map_err(start)?);
    let streams = out.try_clone().and_then(|o| Ok((o, err.try_clone()?)));
    let (stdout, stderr) = streams.map_err(start)?;
    let mut child = command.stdin(Stdio::null()).stdout(stdout).stderr(stderr).spawn().map_err(start)?;
    let (began, mut pause) = (Instant::now(), Duration::from_millis(1));
    let status = loop {
        if let Some(status) = child.try_wait().map_err(start)? {
            break status;
        }
        if began.elapsed() >= deadline {
            let _ = child.kill();
            let _ = child.wait();
            return Err(ProgramError::Deadline(deadline));
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    };
    let said = text(&mut out);
    if status.success() { Ok(said) } else { Err(ProgramError::Refused(name, cause(&text(&mut err)))) }
}

fn text(file: &mut File) -> String {
    let mut bytes = Vec::new();
    let _ = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}
