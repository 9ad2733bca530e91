//! The demo's build: cargo as a child, with a progress bar of the crates that it compiles.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use indicatif::{ProgressBar, ProgressStyle};

use crate::commands::Env;
use crate::error::Error;

/// How much of cargo's output an error shows.
const TAIL: usize = 20;

/// Builds the service in `dir` and returns the binary.
pub(super) fn cargo(dir: &Path, target: Option<&Path>, env: &mut Env<'_>) -> Result<PathBuf, Error> {
    let mut command = Command::new("cargo");
    command.args(["build", "--locked", "--message-format=json-render-diagnostics"]).current_dir(dir);
    if let Some(target) = target {
        command.arg("--target-dir").arg(env.cwd.join(target));
    }
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child =
        child.as_mut().map_err(|e| Error::io("start cargo", e).help("install Rust, and run the demo from a shell that finds `cargo`"))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let messages = std::thread::spawn(move || executable(stdout));
    let tail = follow(stderr, &bar(dir, env));
    let status = child.wait().map_err(|e| Error::io("wait for cargo", e))?;
    let binary = messages.join().ok().flatten();
    match binary {
        Some(binary) if status.success() => Ok(binary),
        _ => Err(Error::io("build the service", format!("cargo ended with {status}\n{}", tail.join("\n")))),
    }
}

/// A bar as long as the lock file has packages; hidden when nobody watches.
fn bar(dir: &Path, env: &Env<'_>) -> ProgressBar {
    if !env.progress {
        return ProgressBar::hidden();
    }
    let lock = std::fs::read_to_string(dir.join("Cargo.lock")).unwrap_or_default();
    let bar = ProgressBar::new(lock.matches("[[package]]").count() as u64);
    if let Ok(style) = ProgressStyle::with_template("  {bar:30} {pos}/{len} crates  {msg}") {
        bar.set_style(style);
    }
    bar
}

/// Moves the bar with cargo's lines and keeps the last ones.
fn follow(stderr: Option<std::process::ChildStderr>, bar: &ProgressBar) -> Vec<String> {
    let mut tail = std::collections::VecDeque::new();
    for line in stderr.into_iter().flat_map(|s| BufReader::new(s).lines().map_while(Result::ok)) {
        if let Some(name) = line.trim_start().strip_prefix("Compiling ") {
            bar.inc(1);
            bar.set_message(name.to_owned());
        }
        tail.push_back(line);
        if tail.len() > TAIL {
            tail.pop_front();
        }
    }
    bar.finish_and_clear();
    tail.into()
}

/// The path of the binary, from the last message of cargo that names one.
fn executable(stdout: Option<std::process::ChildStdout>) -> Option<PathBuf> {
    let lines = BufReader::new(stdout?).lines().map_while(Result::ok);
    let messages = lines.filter_map(|line| serde_json::from_str::<serde_json::Value>(&line).ok());
    messages.filter_map(|message| message["executable"].as_str().map(PathBuf::from)).last()
}
