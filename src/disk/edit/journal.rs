//! What an edit is about to do to files, written down before the first of them changes, and how it is taken back: by the run itself
//! when it fails, by the next one when it was killed.
//!
//! A file that is neither as it was nor as the edit left it is somebody else's work by now, and stays.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::tree::{Digest, RepoPath};

use super::super::add::refuse_detours;
use super::super::stage::{JOURNAL, WriteError};

/// The version of the journal's format.
const VERSION: u32 = 1;
/// What stood in the places of the new files.
const KEPT: &str = "kept";

/// The files that an edit writes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Journal {
    version: u32,
    /// The edited folder, from the one that the staging folder lies in.
    folder: String,
    rows: Vec<Row>,
    /// Folders that are made for them, the outermost first.
    made: Vec<RepoPath>,
}

/// One file, from the edited folder.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    path: RepoPath,
    /// What it held; nothing where there was no file.
    before: Option<Digest>,
    /// What it is to hold.
    after: Digest,
}

/// What became of an edit that was taken back.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Undone {
    /// The number of files that are as they were before.
    pub restored: usize,
    /// The files that somebody changed since; they stay as they are.
    pub left: Vec<String>,
}

impl Journal {
    /// An edit of a folder, which `folder` names as seen from the folder that the staging folder lies in.
    pub(super) fn new(folder: &Path) -> Self {
        Self { version: VERSION, folder: folder.to_string_lossy().replace('\\', "/"), rows: Vec::new(), made: Vec::new() }
    }

    /// Keeps what stands in the place of a file that is to hold `new`.
    pub(super) fn keep(&mut self, staging: &Path, target: &Path, path: &RepoPath, new: &[u8]) -> io::Result<()> {
        let (file, kept) = (target.join(path.as_str()), staging.join(KEPT).join(path.as_str()));
        let before = match file.symlink_metadata() {
            Ok(_) => {
                fs::create_dir_all(kept.parent().unwrap_or(staging))?;
                fs::copy(&file, &kept)?;
                Some(Digest::of(&fs::read(&kept)?))
            }
            Err(_) => None,
        };
        let parents = path.as_str().match_indices('/').map(|(end, _)| &path.as_str()[..end]);
        let missing = parents.filter(|folder| !target.join(folder).exists()).map(|folder| RepoPath::found(folder.to_owned()));
        self.made.extend(missing);
        self.rows.push(Row { path: path.clone(), before, after: Digest::of(new) });
        Ok(())
    }

    /// Makes the journal known, until [`Self::end`]: from here on a killed run is taken back.
    pub(super) fn begin(&self, staging: &Path) -> io::Result<()> {
        let (path, new) = (staging.join(JOURNAL), staging.join("journal.new"));
        let text = serde_json::to_vec(self).expect("it holds texts and lists");
        File::create(&new).and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()))?;
        fs::rename(new, path)
    }

    /// Ends an edit that went well: there is nothing to be taken back any more, not half of it either.
    pub(super) fn end(staging: &Path) -> io::Result<()> {
        fs::remove_file(staging.join(JOURNAL))
    }

    /// The journal of a staging folder, if its edit had begun and not ended.
    ///
    /// # Errors
    /// [`WriteError::Io`] when it is not what this program writes.
    pub(super) fn of(staging: &Path) -> Result<Option<Self>, WriteError> {
        let path = staging.join(JOURNAL);
        let fail = |cause| WriteError::io("read the journal", &path)(cause);
        let text = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(fail)?,
        };
        let journal: Self = serde_json::from_slice(&text).map_err(|error| fail(io::Error::other(error)))?;
        let root = staging.parent().unwrap_or(Path::new("."));
        // Who made the repository may have made this as well: nothing leads out of it.
        let is_below = journal.folder.is_empty() || RepoPath::new(journal.folder.clone()).is_ok_and(|folder| is_inside(root, &folder));
        let wrong = match journal.version == VERSION {
            false => "another version of polity wrote it",
            true if !is_below => "it leads out of the repository",
            true => return Ok(Some(journal)),
        };
        Err(fail(io::Error::new(io::ErrorKind::InvalidData, wrong)))
    }

    /// Whether a staging folder has one.
    pub(super) fn is_in(staging: &Path) -> bool {
        staging.join(JOURNAL).is_file()
    }

    /// Brings back what was. It may be interrupted, and done again.
    ///
    /// # Errors
    /// [`WriteError::Io`] when a file cannot be brought back.
    pub(super) fn undo(&self, staging: &Path) -> Result<Undone, WriteError> {
        let target = staging.parent().unwrap_or(Path::new(".")).join(&self.folder);
        let mut undone = Undone::default();
        for row in &self.rows {
            let file = target.join(row.path.as_str());
            let fail = |cause| WriteError::io("bring back", &file)(cause);
            let kept = staging.join(KEPT).join(row.path.as_str());
            match (content(&target, &row.path), &row.before) {
                (now, before) if now == *before => continue,
                (Some(now), None) if now == row.after => fs::remove_file(&file).map_err(fail)?,
                // A machine that lost its power may have lost the copy: what is there is better than that.
                (Some(now), Some(before)) if now == row.after && content(staging, &below(&row.path)).as_ref() == Some(before) => {
                    fs::rename(kept, &file).map_err(fail)?;
                }
                _ => {
                    undone.left.push(row.path.to_string());
                    continue;
                }
            }
            undone.restored += 1;
        }
        for folder in self.made.iter().rev().filter(|folder| is_inside(&target, folder)) {
            // One in which somebody made more stays.
            let _ = fs::remove_dir(target.join(folder.as_str()));
        }
        Ok(undone)
    }
}

/// Whether no part of the way to a folder is a link.
fn is_inside(root: &Path, folder: &RepoPath) -> bool {
    refuse_detours(root, &RepoPath::found(format!("{folder}/{JOURNAL}"))).is_ok()
}

/// A path in the folder of what is kept.
fn below(path: &RepoPath) -> RepoPath {
    RepoPath::found(format!("{KEPT}/{path}"))
}

/// The digest of a file; nothing where none stands, or where a link leads elsewhere.
fn content(root: &Path, path: &RepoPath) -> Option<Digest> {
    refuse_detours(root, path).ok()?;
    let file: PathBuf = root.join(path.as_str());
    let is_file = file.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    is_file.then(|| fs::read(&file).ok()).flatten().map(|bytes| Digest::of(&bytes))
}
