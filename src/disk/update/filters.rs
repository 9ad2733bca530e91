//! The attributes of gitattributes(5) that only the git command carries out: programs (`filter`), `ident` and `working-tree-encoding`.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use git2::{AttrCheckFlags, AttrValue, Repository};
use tempfile::TempDir;

use crate::tree::{Files, RepoPath};

use super::ground::{Git, command};
use super::{Ground, UpdateError};

/// Whether git keeps other bytes of a file than the working tree holds, for another reason than line ends.
fn applies(git: &Git, path: &str) -> bool {
    let whole = format!("{}{path}", git.prefix);
    ["filter", "ident", "working-tree-encoding"].into_iter().any(|name| {
        let value = git.repository.get_attr(Path::new(&whole), name, AttrCheckFlags::default()).ok().flatten();
        matches!(AttrValue::from_string(value), AttrValue::True | AttrValue::String(_) | AttrValue::Bytes(_))
    })
}

/// What a checkout writes for a file that git keeps with these bytes; `None` where it writes them as they are, up to line ends.
///
/// # Errors
/// [`UpdateError::Command`] when a filter that is required fails.
pub(super) fn smudged(ground: &Ground, path: &str, bytes: &[u8]) -> Result<Option<Vec<u8>>, UpdateError> {
    let Some(git) = ground.git.as_ref().filter(|git| applies(git, path)) else { return Ok(None) };
    let blob = git.repository.blob(bytes)?.to_string();
    let whole = format!("--path={}{path}", git.prefix);
    let mut command = command(&ground.folder, &["cat-file", "--filters", &whole, &blob]);
    if let Some(root) = git.repository.workdir() {
        command.env("GIT_DIR", git.repository.path()).env("GIT_WORK_TREE", root);
    }
    said(command, b"").map(Some)
}

/// The repository with a working tree that has nothing but the attributes among these files: a checkout goes by them, and by those of the
/// index where they do not change. `None` when there are none.
pub(super) fn ahead(ground: &Ground, files: &Files) -> Result<Option<(TempDir, Ground)>, UpdateError> {
    let is_attributes = |path: &RepoPath| path.as_str().rsplit('/').next() == Some(".gitattributes");
    let attributes: Vec<_> = files.iter().filter(|(path, _)| is_attributes(path)).collect();
    let Some(git) = ground.git.as_ref().filter(|_| !attributes.is_empty()) else { return Ok(None) };
    let root = tempfile::tempdir().map_err(UpdateError::io("make", Path::new("a folder")))?;
    let folder = root.path().join(&git.prefix);
    fs::create_dir_all(&folder).map_err(UpdateError::io("make", &folder))?;
    for (path, (_, bytes)) in attributes {
        let file = folder.join(path.as_str());
        let made = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&file, bytes));
        made.map_err(UpdateError::io("write", &file))?;
    }
    let repository = Repository::open(git.repository.path())?;
    repository.set_workdir(root.path(), false)?;
    Ok(Some((root, Ground { folder, git: Some(Git { repository, prefix: git.prefix.clone() }) })))
}

/// What git keeps of a file whose working tree holds these bytes; `None` where that is the bytes themselves, up to line ends, or where it
/// cannot be told.
pub(super) fn cleaned(ground: &Ground, path: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let git = ground.git.as_ref().filter(|git| applies(git, path))?;
    let whole = format!("--path={}{path}", git.prefix);
    // Whoever only looks leaves nothing behind in the repository.
    let objects = tempfile::tempdir().ok()?;
    let aside = |args: &[&str]| {
        let mut command = command(&ground.folder, args);
        command.env("GIT_OBJECT_DIRECTORY", objects.path());
        command
    };
    let id = said(aside(&["hash-object", "-w", "--stdin", &whole]), bytes).ok()?;
    said(aside(&["cat-file", "blob", std::str::from_utf8(&id).ok()?.trim()]), b"").ok()
}

/// Runs a command and returns what it writes.
fn said(mut command: Command, input: &[u8]) -> Result<Vec<u8>, UpdateError> {
    let failed = |error: io::Error| UpdateError::Command(error.to_string());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    let mut stdin = child.stdin.take().expect("it was asked for");
    let output = std::thread::scope(|scope| {
        // A filter may write before it has read everything; one that reads nothing is none that failed.
        scope.spawn(move || drop(stdin.write_all(input)));
        child.wait_with_output()
    });
    let output = output.map_err(failed)?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(UpdateError::Command(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }
}
