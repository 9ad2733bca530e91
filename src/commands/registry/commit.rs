//! Signed statements as files below `statements/`, in a commit of the registry's working copy, with the tag of what they release.

use std::time::Duration;

use crate::catalog::trust::{FOLDER, StatementSet, files};
use crate::disk::write_file_by;
use crate::error::Error;
use crate::net::git;
use crate::tree::Digest;

use super::desk::Desk;
use super::publish::is_begun;

const DEADLINE: Duration = Duration::from_secs(60);

/// Writes the files, and returns the names of those that were not there.
fn write(desk: &Desk, made: &StatementSet) -> Result<Vec<String>, Error> {
    std::fs::create_dir_all(desk.root.join(FOLDER)).map_err(|e| Error::io("write the statements", e))?;
    // The checkpoint covers what came from elsewhere too. Whoever reads it here finds all of it here, or would take it for withheld.
    let counts = |id: &Digest| desk.known.state.refused.get(id).is_none_or(is_begun);
    let covered = desk.known.set().iter().filter(|(id, _)| counts(id)).chain(made.iter());
    let mut written = Vec::new();
    // Signatures come first: a killed run leaves behind no statement that nobody signed.
    for (name, text) in covered.flat_map(|(_, signed)| files(signed).into_iter().rev()) {
        if std::fs::read(desk.root.join(&name)).is_ok_and(|there| there == text.as_bytes()) {
            continue;
        }
        place(&desk.root, &name, text.as_bytes()).map_err(|e| Error::io(format!("write `{name}`"), e))?;
        written.push(name);
    }
    Ok(written)
}

/// Writes the files, and commits them when the registry is a git repository; returns what is to be pushed.
pub(super) fn commit(desk: &Desk, made: &StatementSet, summary: &str, tag: Option<&str>) -> Result<Vec<String>, Error> {
    let failed = |e: crate::net::ProgramError| Error::io("commit the statements", e);
    let written = write(desk, made)?;
    if !desk.root.join(".git").exists() {
        return Ok(Vec::new());
    }
    let run = |args: &[&str]| git::run(&desk.root, args, DEADLINE).map_err(failed);
    // The whole folder: what a killed run wrote and did not commit belongs to it.
    let kept = run(&["add", "--force", "--", FOLDER]).and_then(|_| {
        let is_new = !run(&["status", "--porcelain", "--", FOLDER])?.is_empty();
        if is_new { run(&["commit", "--quiet", "--no-verify", "-m", summary, "--", FOLDER]).map(drop) } else { Ok(()) }
    });
    if let Err(error) = kept {
        // The next commit of something else would publish them, without the tag of what they release.
        let _ = run(&["reset", "--quiet", "--", FOLDER]);
        written.iter().for_each(|name| drop(std::fs::remove_file(desk.root.join(name))));
        return Err(error.help("nothing was published; run this again when the cause is gone"));
    }
    let branch = run(&["symbolic-ref", "HEAD"])?.trim().to_owned();
    // By their ids: what is checked out or tagged when they are sent at last is something else.
    let id = |name: &str| run(&["rev-parse", "--verify", name]).map(|id| id.trim().to_owned());
    let mut refs = vec![format!("{}:{branch}", id("HEAD")?)];
    if let Some(tag) = tag {
        if run(&["tag", "--list", "--", tag])?.trim().is_empty() {
            run(&["-c", "tag.gpgSign=false", "tag", "--end-of-options", tag, "HEAD"])?;
        }
        let name = format!("refs/tags/{tag}");
        refs.push(format!("{}:{name}", id(&name)?));
    }
    Ok(refs)
}

/// Writes a file in one step.
fn place(root: &std::path::Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let git = root.join(".git");
    write_file_by(&root.join(name), if git.is_dir() { &git } else { root }, bytes)
}
