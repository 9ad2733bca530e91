//! What is to change in a repository, as data: the one thing every verb that writes produces.
//!
//! A plan is made in memory and shown as a diff; `disk` is the only module that carries one out.

use std::collections::BTreeMap;
use std::sync::Arc;

use similar::TextDiff;

use super::{Mode, ReadError, RepoPath, Tree};

/// What happens to one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Write a file, whether or not one stands there.
    Write {
        /// The file's kind afterwards.
        mode: Mode,
        /// The file's whole content afterwards.
        bytes: Arc<[u8]>,
    },
    /// Remove the file.
    Delete,
}

/// A set of changes, one a path, in byte order of the paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    changes: BTreeMap<RepoPath, Change>,
}

impl Plan {
    /// A plan that changes nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Plans to write `bytes` to `path`; the last word on a path wins.
    pub fn write(&mut self, path: RepoPath, mode: Mode, bytes: impl Into<Arc<[u8]>>) {
        self.changes.insert(path, Change::Write { mode, bytes: bytes.into() });
    }

    /// Plans to remove `path`.
    pub fn delete(&mut self, path: RepoPath) {
        self.changes.insert(path, Change::Delete);
    }

    /// The changes in byte order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&RepoPath, &Change)> {
        self.changes.iter()
    }

    /// The number of paths that change.
    #[must_use]
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The plan as a unified diff against `tree`; binary files are named, not shown.
    ///
    /// # Errors
    /// [`ReadError`] when a file that the plan replaces cannot be read.
    pub fn diff(&self, tree: &Tree) -> Result<String, ReadError> {
        let mut text = String::new();
        for (path, change) in &self.changes {
            let old = match tree.read(path) {
                Ok(bytes) => Some(bytes),
                Err(ReadError::Missing) => None,
                Err(error) => return Err(error),
            };
            let new = match change {
                Change::Write { bytes, .. } => Some(bytes.clone()),
                Change::Delete => None,
            };
            text.push_str(&file_diff(path, old.as_deref(), new.as_deref()));
        }
        Ok(text)
    }
}

fn file_diff(path: &RepoPath, old: Option<&[u8]>, new: Option<&[u8]>) -> String {
    if old == new {
        return String::new();
    }
    let before = old.map_or_else(|| "/dev/null".to_owned(), |_| format!("a/{path}"));
    let after = new.map_or_else(|| "/dev/null".to_owned(), |_| format!("b/{path}"));
    let (Some(old), Some(new)) = (text_of(old), text_of(new)) else {
        return format!("Binary files {before} and {after} differ\n");
    };
    TextDiff::from_lines(old, new).unified_diff().context_radius(3).header(&before, &after).to_string()
}

/// The text of a file, an absent one being empty; `None` for a binary file.
fn text_of(bytes: Option<&[u8]>) -> Option<&str> {
    let bytes = bytes.unwrap_or_default();
    if bytes.contains(&0) { None } else { std::str::from_utf8(bytes).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_every_kind_of_change() {
        let path = |t: &str| RepoPath::new(t).unwrap();
        let mut tree = Tree::new();
        tree.insert(path("edit"), Mode::File, &b"one\ntwo\n"[..]);
        tree.insert(path("gone"), Mode::File, &b"x\n"[..]);
        tree.insert(path("same"), Mode::File, &b"s\n"[..]);
        let mut plan = Plan::new();
        plan.write(path("edit"), Mode::File, &b"one\n2\n"[..]);
        plan.write(path("bin"), Mode::File, &b"\0"[..]);
        plan.write(path("same"), Mode::File, &b"s\n"[..]);
        plan.delete(path("gone"));
        insta::assert_snapshot!(plan.diff(&tree).unwrap(), @r"
        Binary files /dev/null and b/bin differ
        --- a/edit
        +++ b/edit
        @@ -1,2 +1,2 @@
         one
        -two
        +2
        --- a/gone
        +++ /dev/null
        @@ -1 +0,0 @@
        -x
        ");
    }
}
