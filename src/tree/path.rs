//! Paths inside a repository: relative, slash-separated, valid UTF-8, never leaving the root.
//!
//! Every path that polity writes goes through [`RepoPath::new`], so traversal is refused in one place.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// The longest path accepted, in bytes: common file systems stop at 4,096 for the absolute path.
const MAX_BYTES: usize = 1024;
/// The longest component accepted, in bytes.
const MAX_COMPONENT: usize = 255;

/// A safe relative path, such as `src/main.rs`. Copies share the text: each rule notes every path that it reads.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RepoPath(Arc<str>);

/// Why a text is not a path that polity would write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// The path or one of its components is empty.
    #[error("path `{0}` has an empty component")]
    Empty(String),
    /// The path starts at a root or a drive.
    #[error("path `{0}` is absolute")]
    Absolute(String),
    /// The path has a `.` or `..` component.
    #[error("path `{0}` has a `{1}` component")]
    Traversal(String, String),
    /// The path would write into a git directory.
    #[error("path `{0}` lies in a `.git` directory")]
    Git(String),
    /// The path has a control character, a backslash or a character that Windows refuses.
    #[error("path `{0}` has the character {1:?}, which not every file system accepts")]
    Character(String, char),
    /// The path is a device name on Windows, or ends in a dot or a space.
    #[error("path `{0}` has the component `{1}`, which is reserved on some systems")]
    Reserved(String, String),
    /// The path or a component is too long.
    #[error("path `{0}…` is longer than {1} bytes")]
    TooLong(String, usize),
}

impl RepoPath {
    /// Checks `text` and makes it a path.
    ///
    /// # Errors
    /// Any [`PathError`]: the path is absolute, leaves the root, enters `.git`, or is not portable.
    pub fn new(text: impl Into<String>) -> Result<Self, PathError> {
        let text = text.into();
        if text.starts_with('/') || text.as_bytes().get(1) == Some(&b':') {
            return Err(PathError::Absolute(text));
        }
        if text.len() > MAX_BYTES {
            return Err(PathError::TooLong(head(&text), MAX_BYTES));
        }
        for component in text.split('/') {
            check_component(&text, component)?;
        }
        Ok(Self(text.into()))
    }

    /// Takes a path found on disk, which may be unportable, as it is.
    ///
    /// Used only for reading: a repository may hold names that polity itself would never write.
    #[must_use]
    pub fn found(text: String) -> Self {
        Self(text.into())
    }

    /// The path with `/` between components.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last component.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The folder that holds this path; empty for a path at the root.
    #[must_use]
    pub fn parent(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// What two paths share when a case-insensitive or normalising file system would take them for one.
    #[must_use]
    pub fn collision_key(&self) -> String {
        if self.0.is_ascii() {
            return self.0.to_ascii_lowercase();
        }
        self.0.nfkc().flat_map(char::to_lowercase).collect()
    }
}

fn check_component(whole: &str, component: &str) -> Result<(), PathError> {
    let owned = || (whole.to_owned(), component.to_owned());
    if component.is_empty() {
        return Err(PathError::Empty(whole.to_owned()));
    }
    if component == "." || component == ".." {
        let (w, c) = owned();
        return Err(PathError::Traversal(w, c));
    }
    if component.len() > MAX_COMPONENT {
        return Err(PathError::TooLong(head(whole), MAX_COMPONENT));
    }
    if let Some(bad) = component.chars().find(|c| is_refused(*c)) {
        return Err(PathError::Character(whole.to_owned(), bad));
    }
    if is_git_directory(component) {
        return Err(PathError::Git(whole.to_owned()));
    }
    if is_reserved(component) {
        let (w, c) = owned();
        return Err(PathError::Reserved(w, c));
    }
    Ok(())
}

/// Control and format characters hide what a name is; the others are refused by Windows.
fn is_refused(c: char) -> bool {
    c.is_control()
        || matches!(c, '\\' | '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// `.git`, and the names that NTFS or HFS+ take for it (`git~1`, `.GIT`); a trailing dot or space is refused as reserved.
fn is_git_directory(component: &str) -> bool {
    let folded = component.trim_end_matches(['.', ' ']).to_ascii_lowercase();
    folded == ".git" || folded == "git~1"
}

/// Device names of Windows (with any extension), and names that Windows would shorten.
fn is_reserved(component: &str) -> bool {
    if component.ends_with(['.', ' ']) {
        return true;
    }
    let stem = component.split('.').next().unwrap_or("").to_ascii_uppercase();
    let numbered = |prefix: &str| stem.strip_prefix(prefix).is_some_and(|n| n.len() == 1 && n.as_bytes()[0].is_ascii_digit() && n != "0");
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
}

fn head(text: &str) -> String {
    text.chars().take(60).collect()
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl TryFrom<String> for RepoPath {
    type Error = PathError;
    fn try_from(text: String) -> Result<Self, PathError> {
        Self::new(text)
    }
}

impl From<RepoPath> for String {
    fn from(path: RepoPath) -> Self {
        path.as_str().to_owned()
    }
}

/// Where a way from a folder leads, without going down and up again.
#[must_use]
pub fn from_folder(folder: &str, way: &str) -> String {
    if folder.is_empty() {
        return way.to_owned();
    }
    let (mut folders, mut rest) = (folder.split('/').collect::<Vec<_>>(), way);
    while let Some(below) = rest.strip_prefix("../").filter(|_| folders.last().is_some_and(|last| !matches!(*last, "" | ".."))) {
        folders.pop();
        rest = below;
    }
    folders.push(rest);
    folders.join("/")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn refused(text: &str) {
        assert!(RepoPath::new(text).is_err(), "{text:?} was accepted");
    }

    #[test]
    fn accepts_ordinary_paths() {
        for text in ["a", "src/main.rs", ".gitignore", ".github/workflows/ci.yaml", "docs/équipe.md", "console.rs", "com10"] {
            assert!(RepoPath::new(text).is_ok(), "{text:?} was refused");
        }
    }

    #[test]
    fn refuses_paths_that_leave_or_surprise() {
        for text in ["", "/etc/passwd", "../x", "a/../b", "./a", "a//b", "a/", "C:/x", "c:x", "a\\b", "a\0b", "a\nb"] {
            refused(text);
        }
        for text in [".git/config", "sub/.GIT/hooks/x", "git~1/x", ".git./x", "nul", "COM1.txt", "a./b", "a /b", "a\u{202e}b"] {
            refused(text);
        }
        refused(&"a/".repeat(600));
        refused(&"a".repeat(256));
    }

    #[test]
    fn case_and_composition_collide() {
        let key = |t: &str| RepoPath::new(t).unwrap().collision_key();
        assert_eq!(key("README.md"), key("readme.MD"));
        assert_eq!(key("caf\u{e9}"), key("cafe\u{301}"));
        assert_ne!(key("a"), key("b"));
    }

    proptest! {
        #[test]
        fn an_accepted_path_stays_below_the_root(text in "\\PC{0,40}") {
            if let Ok(path) = RepoPath::new(text) {
                let joined = std::path::Path::new("/root").join(path.as_str());
                prop_assert!(joined.starts_with("/root"));
                prop_assert!(joined.components().all(|c| c.as_os_str() != ".."));
            }
        }
    }

    #[test]
    fn no_way_leads_down_and_up_again() {
        for (prefix, path, expected) in [
            ("", "x/y", "x/y"),
            ("a", "x", "a/x"),
            ("a", "../b/x", "b/x"),
            ("a/c", "../../b/x", "b/x"),
            ("a", "../../x", "../x"),
            ("../a", "../b/x", "../b/x"),
            ("/srv/a", "../b/x", "/srv/b/x"),
            ("/a", "../../x", "/../x"),
        ] {
            assert_eq!(from_folder(prefix, path), expected, "{prefix} {path}");
        }
    }
}
