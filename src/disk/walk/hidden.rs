//! What a `.polityignore` hides of the files that git keeps: counted by pattern, so that nobody hides files unnoticed.

use std::path::{MAIN_SEPARATOR, Path};

use ignore::gitignore::Glob;

use super::{OWN, Open, Visited, Walk};

/// A pattern that hides files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hidden {
    /// The file that says so, relative to the folder that was walked.
    pub file: String,
    /// The pattern as it is written there.
    pub pattern: String,
}

impl Hidden {
    pub(super) fn by(pattern: &Glob, root: &Path) -> Self {
        let file = pattern.from().unwrap_or_else(|| Path::new(OWN));
        // A file above the folder is called by the way up to it.
        let up = root.ancestors().position(|above| file.starts_with(above)).unwrap_or_default();
        let below = root.ancestors().nth(up).and_then(|above| file.strip_prefix(above).ok()).unwrap_or(file);
        let file = "../".repeat(up) + &below.to_string_lossy().replace(MAIN_SEPARATOR, "/");
        Self { file, pattern: pattern.original().to_owned() }
    }
}

impl Walk {
    pub(super) fn hide(&mut self, pattern: Hidden, files: usize) {
        *self.hidden.entry(pattern).or_default() += files;
    }
}

impl Visited {
    /// What is hidden is counted, and nothing else is asked of it.
    pub(super) fn hide(&mut self, pattern: Hidden, entry: Open, is_folder: bool) {
        match is_folder {
            true => self.folders.push(Open { hidden: Some(pattern), ..entry }),
            false => self.hidden.push(pattern),
        }
    }
}
