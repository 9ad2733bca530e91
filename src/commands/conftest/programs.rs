//! Config files in Jsonnet are programs: a child process with limits of time and memory evaluates them.
//!
//! A program imports files below the folder that the user stands in and below its own, and none outside of them.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::commands::child;
use crate::commands::limits::{Most, die_with_parent, is_hurried, limit};
use crate::commands::{Env, print};
use crate::config::formats::{self, Imported, Syntax};
use crate::error::{Error, Exit};

use super::go_words;

/// The processor time of an evaluation, in seconds.
const PROCESSOR: u64 = 30;
/// How long an evaluation may take on a machine that is busy.
const DEADLINE: Duration = Duration::from_secs(10 * PROCESSOR);
/// The address space of an evaluation, in bytes.
const MEMORY: u64 = 2 << 30;

/// The value of the program at `path`, whose text is given; it is empty for a text without a file.
pub(super) fn evaluate(path: &str, text: &str) -> Result<Value, String> {
    let said = child::ask("__jsonnet", format!("{path}\0{text}").into_bytes(), DEADLINE, MEMORY).map_err(|error| error.to_string())?;
    match &said.answer {
        Some(bytes) if said.status.success() => Syntax::Json.parse(bytes).map_err(|error| error.to_string()),
        Some(_) if said.status.code() == Some(Exit::Config as i32) => Err(said.errors),
        _ if said.is_late() => Err(format!("evaluation did not end within {} s of processor time", processor())),
        _ => Err(format!("evaluation needs more than {} GiB of memory, or is nested too deeply", MEMORY >> 30)),
    }
}

fn processor() -> u64 {
    if is_hurried() { 1 } else { PROCESSOR }
}

/// The hidden verb of the child: reads a path and a program, writes its value, or what is wrong with it to the error stream.
pub(in crate::commands) fn run(env: &mut Env<'_>) -> Result<Exit, Error> {
    die_with_parent();
    limit(Most { memory: MEMORY, processor: Some(processor()), file: Some(0) });
    let mut request = String::new();
    std::io::stdin().lock().read_to_string(&mut request).map_err(|error| Error::io("read the program", error))?;
    let (path, text) = request.split_once('\0').unwrap_or(("", &request));
    let places = Places::of(path);
    match formats::evaluate(path, text, &mut |from, import| places.read(from, import)) {
        Ok(value) => print(env, &value).map(|()| Exit::Clean),
        Err(message) => {
            // Nobody but the parent reads this, and it may be gone.
            let _ = env.stderr.write_all(message.as_bytes());
            Ok(Exit::Config)
        }
    }
}

/// Where imports are looked for, in conftest's order.
struct Places<'a> {
    program: &'a str,
    /// The program's own folder.
    folder: &'a Path,
    /// What lies below one of these may be read.
    roots: Vec<PathBuf>,
}

impl<'a> Places<'a> {
    fn of(program: &'a str) -> Self {
        let folder = Path::new(program).parent().unwrap_or(Path::new(""));
        let roots = [Path::new("."), &Path::new(".").join(folder)].map(Path::canonicalize);
        Self { program, folder, roots: roots.into_iter().flatten().collect() }
    }

    /// The file beside the importing one; conftest takes a program for a text in the folder that the user stands in. Otherwise the file in the
    /// program's folder.
    fn read(&self, from: &str, import: &str) -> Result<Imported, String> {
        let beside = if from == self.program { Path::new("") } else { Path::new(from).parent().unwrap_or(Path::new("")) };
        let candidates = [beside.join(import), self.folder.join(import)];
        let Some(path) = candidates.iter().find(|path| path.exists()) else { return Err("no such file".to_owned()) };
        let real = path.canonicalize().map_err(|e| go_words(&e))?;
        if !self.roots.iter().any(|root| real.starts_with(root)) {
            return Err("the file lies outside of this folder and of the program's".to_owned());
        }
        if !real.is_file() {
            return Err("it is no file".to_owned());
        }
        let bytes = std::fs::read(&real).map_err(|e| go_words(&e))?;
        Ok(Imported { path: path.to_string_lossy().into_owned(), bytes })
    }
}
