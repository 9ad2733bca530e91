//! How a finding can be repaired, as data: edits of files, or a template layer that brings what is missing.

use serde::{Deserialize, Serialize};

/// A repair that a policy knows for a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// What it does, such as ``set `service: orders` ``.
    pub does: String,
    /// Who must look at it.
    pub safety: Safety,
    /// The edits; all of them or none.
    pub edits: Vec<Edit>,
    /// The template layer that brings what is missing, such as `org/health@1`; only named, not applied.
    pub layer: Option<String>,
}

/// Who must look at a repair before it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Safety {
    /// It writes down what the repository says elsewhere, and changes nothing that runs.
    Safe,
    /// It may change what runs or what is promised.
    Unsafe,
}

/// A change of one file. Paths are relative to the folder that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// Sets a value of a YAML, JSON or TOML document, with the mappings that lead to it.
    Set {
        /// The file.
        path: String,
        /// The document, from 0.
        document: usize,
        /// The place in the document.
        at: Vec<At>,
        /// The value.
        to: serde_json::Value,
    },
    /// Removes an entry or an item of a YAML, JSON or TOML document.
    Remove {
        /// The file.
        path: String,
        /// The document, from 0.
        document: usize,
        /// The place in the document.
        at: Vec<At>,
    },
    /// Puts text in the place of a range of one line; without columns, of the whole line.
    Replace {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// The first column and the one after the last, from 1.
        columns: Option<(usize, usize)>,
        /// What is to stand there.
        text: String,
    },
    /// Puts lines after a line; after line 0 is the top of the file.
    Insert {
        /// The file.
        path: String,
        /// The line, from 0.
        after: usize,
        /// The lines.
        text: String,
    },
    /// Makes a file.
    Create {
        /// The file, which does not exist.
        path: String,
        /// Its text.
        text: String,
    },
}

/// One step into a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum At {
    /// The item of a list, from 0; the number of items stands for a new one.
    Index(usize),
    /// The member of a mapping.
    Key(String),
}

impl Fix {
    /// The remark that a finding with this repair carries.
    #[must_use]
    pub fn note(&self) -> String {
        match (&self.layer, self.safety) {
            (Some(layer), _) => format!("a template layer brings it: polity update --add {layer}"),
            (None, Safety::Safe) => "safe fix available: polity check --fix".to_owned(),
            (None, Safety::Unsafe) => format!("fix available, to be looked at ({}): polity check --fix --unsafe", self.does),
        }
    }
}

impl Edit {
    /// The file that it changes.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::Set { path, .. }
            | Self::Remove { path, .. }
            | Self::Replace { path, .. }
            | Self::Insert { path, .. }
            | Self::Create { path, .. } => path,
        }
    }

    /// The same, to be changed.
    pub fn path_mut(&mut self) -> &mut String {
        match self {
            Self::Set { path, .. }
            | Self::Remove { path, .. }
            | Self::Replace { path, .. }
            | Self::Insert { path, .. }
            | Self::Create { path, .. } => path,
        }
    }
}
