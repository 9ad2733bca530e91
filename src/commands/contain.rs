//! Rendering where it can be stopped: templates of strangers are rendered by a child process with a deadline and little memory.
//!
//! Templates of the embedded registry are rendered in this process: their loops run over answers, which are limited in size.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::error::{Error, Exit};
use crate::finding::Diagnostic;
use crate::template::{Job, Outcome, Stack, TemplateError, make, wire};

use super::Env;
use super::limits::{HURRY, Most, die_with_parent, is_hurried, limit};

/// How long a rendering may take.
const DEADLINE: Duration = Duration::from_secs(4);
/// The processor time of a rendering, in seconds; it also ends a child whose parent was killed.
const PROCESSOR: u64 = 3;
/// The address space of a rendering, in bytes.
const MEMORY: u64 = 1 << 30;

/// Does a job, in this process or in a child.
pub(super) fn perform(stack: &Stack, job: &Job) -> Result<Outcome, Error> {
    if stack.layers.iter().all(|layer| layer.registry == "embedded") {
        return Ok(make(stack, job, &mut |_| ())?);
    }
    let request = wire::request(stack, job)?;
    let program = std::env::current_exe().map_err(|error| Error::io("find polity's own program", error))?;
    let mut child = Command::new(program)
        .arg("__render")
        .env_clear()
        .envs(std::env::var_os(HURRY).map(|set| (HURRY, set)))
        // The allocator would reserve as much address space as the child is allowed.
        .env("MIMALLOC_ARENA_RESERVE", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Error::io("start the renderer", error))?;
    let response = converse(&mut child, request);
    let _ = child.kill();
    let status = child.wait().map_err(|error| Error::io("end the renderer", error))?;
    match response {
        (Some(bytes), _) if status.success() => Ok(wire::outcome(&bytes).map_err(|error| Error::io("read the renderer's result", error))??),
        (answered, last) => Err(stopped(stack, &last, answered.is_none() || is_out_of_time(status))),
    }
}

/// Sends the request and waits for the whole response, or for the deadline. Also returns the file that was begun last.
fn converse(child: &mut Child, request: Vec<u8>) -> (Option<Vec<u8>>, String) {
    let (Some(mut stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take()) else {
        return (None, String::new());
    };
    // A child that dies early closes the pipe; what it says meanwhile tells why.
    thread::spawn(move || stdin.write_all(&request));
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.take(MEMORY).read_to_end(&mut bytes);
        sender.send(read.map(|_| bytes))
    });
    let progress = thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stderr.take(MEMORY).read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes);
        text.lines().filter_map(|line| line.strip_prefix("at ")).next_back().unwrap_or_default().to_owned()
    });
    let bytes = receiver.recv_timeout(DEADLINE).ok().and_then(Result::ok);
    if bytes.is_none() {
        let _ = child.kill();
    }
    (bytes, progress.join().unwrap_or_default())
}

#[cfg(unix)]
fn is_out_of_time(status: std::process::ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    status.signal() == Some(libc::SIGXCPU)
}

#[cfg(not(unix))]
fn is_out_of_time(_: std::process::ExitStatus) -> bool {
    false
}

fn stopped(stack: &Stack, last: &str, is_late: bool) -> Error {
    let (title, label) = if is_late {
        ("template takes too long to render", "rendering of this file did not end")
    } else {
        ("template needs too much memory", "rendering of this file was ended")
    };
    let shown = if last.is_empty() { stack.top().shown("template.yaml") } else { last.to_owned() };
    let diagnostic = Diagnostic::new(title).at(stack.suspect(&shown, label));
    let note = format!("a template has {} s of processor time and {} MiB of memory", processor(), MEMORY >> 20);
    TemplateError::template(diagnostic.note(note)).into()
}

/// The processor time of this rendering, in seconds.
fn processor() -> u64 {
    if is_hurried() { 1 } else { PROCESSOR }
}

/// The hidden verb of the child: reads a job, does it, writes the response. Names each file on the error stream first.
pub(super) fn render(env: &mut Env<'_>) -> Result<Exit, Error> {
    die_with_parent();
    limit(Most { memory: MEMORY, processor: Some(processor()), file: Some(0) });
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).map_err(|error| Error::io("read the job", error))?;
    let stderr = &mut *env.stderr;
    let response =
        wire::respond(&bytes, &mut |file| drop(writeln!(stderr, "at {file}"))).map_err(|error| Error::usage(error.to_string()))?;
    env.stdout.write_all(&response).map_err(|error| Error::io("write the result", error))?;
    Ok(Exit::Clean)
}
