//! Rendering where it can be stopped: templates of strangers are rendered by a child process with a deadline and little memory.
//!
//! Templates of the embedded registry are rendered in this process: their loops run over answers, which are limited in size.

use std::io::Read as _;
use std::time::Duration;

use crate::error::{Error, Exit};
use crate::finding::Diagnostic;
use crate::template::{Job, Outcome, Stack, TemplateError, make, wire};

use super::limits::{Most, die_with_parent, is_hurried, limit};
use super::{Env, child};

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
    let said = child::ask("__render", request, DEADLINE, MEMORY)?;
    match said.answer {
        Some(ref bytes) if said.status.success() => {
            Ok(wire::outcome(bytes).map_err(|error| Error::io("read the renderer's result", error))??)
        }
        _ => {
            let last = said.errors.lines().filter_map(|line| line.strip_prefix("at ")).next_back();
            Err(stopped(stack, last.unwrap_or_default(), said.is_late()))
        }
    }
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
