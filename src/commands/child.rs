//! This program as a child that does a stranger's work, which it gets as bytes: what it says comes back whole, or not at all.
//!
//! The child sets its own limits of memory and processor time; the deadline here is for one that waits.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::error::Error;

use super::limits::HURRY;

/// What a child left behind.
pub(super) struct Said {
    /// Its output, unless the deadline came first.
    pub answer: Option<Vec<u8>>,
    /// Its error stream.
    pub errors: String,
    /// How it ended.
    pub status: ExitStatus,
}

impl Said {
    /// Whether the child ran out of time.
    pub fn is_late(&self) -> bool {
        self.answer.is_none() || is_out_of_time(self.status)
    }
}

/// Runs a hidden verb of this program on a request; more than `most` bytes of an answer are not read.
pub(super) fn ask(verb: &str, request: Vec<u8>, deadline: Duration, most: u64) -> Result<Said, Error> {
    let program = std::env::current_exe().map_err(|error| Error::io("find polity's own program", error))?;
    let mut child = Command::new(program)
        .arg(verb)
        .env_clear()
        .envs(std::env::var_os(HURRY).map(|set| (HURRY, set)))
        // The allocator would reserve as much address space as the child is allowed.
        .env("MIMALLOC_ARENA_RESERVE", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Error::io("start polity's own program", error))?;
    let (answer, errors) = converse(&mut child, request, deadline, most);
    let _ = child.kill();
    let status = child.wait().map_err(|error| Error::io("end polity's own program", error))?;
    Ok(Said { answer, errors, status })
}

fn converse(child: &mut Child, request: Vec<u8>, deadline: Duration, most: u64) -> (Option<Vec<u8>>, String) {
    let (Some(mut stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take()) else {
        return (None, String::new());
    };
    // A child that dies early closes the pipe; what it says meanwhile tells why.
    thread::spawn(move || stdin.write_all(&request));
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.take(most).read_to_end(&mut bytes);
        sender.send(read.map(|_| bytes))
    });
    let errors = thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stderr.take(most).read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let bytes = receiver.recv_timeout(deadline).ok().and_then(Result::ok);
    if bytes.is_none() {
        let _ = child.kill();
    }
    (bytes, errors.join().unwrap_or_default())
}

#[cfg(unix)]
fn is_out_of_time(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal() == Some(libc::SIGXCPU)
}

#[cfg(not(unix))]
fn is_out_of_time(_: ExitStatus) -> bool {
    false
}
