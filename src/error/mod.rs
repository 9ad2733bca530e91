//! Errors as users meet them: a kind that decides the exit code, and diagnostics that say where and what next.
//!
//! Core modules own a typed error each; they are turned into [`Error`] only at the edge, in `commands`.

mod from;

use std::process::ExitCode;

use crate::finding::Diagnostic;

/// Every way polity ends. The numbers are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Nothing to complain about.
    Clean = 0,
    /// The verb worked and found something.
    Findings = 1,
    /// The command line or an answer is wrong.
    Usage = 2,
    /// A config file, template or policy is wrong.
    Config = 3,
    /// The disk or the network failed.
    Io = 4,
    /// polity itself is wrong.
    Bug = 70,
}

impl Exit {
    /// The exit of another polity process by its code; a code that polity does not have is a bug.
    #[must_use]
    pub fn from_code(code: i32) -> Self {
        [Self::Clean, Self::Findings, Self::Usage, Self::Config, Self::Io]
            .into_iter()
            .find(|exit| *exit as i32 == code)
            .unwrap_or(Self::Bug)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What went wrong, for whom to repair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The command line or an answer.
    Usage,
    /// A config file, a template or a policy.
    Config,
    /// The disk or the network.
    Io,
    /// polity itself.
    Bug,
}

impl Kind {
    /// The exit code of this kind.
    #[must_use]
    pub fn exit(self) -> Exit {
        match self {
            Self::Usage => Exit::Usage,
            Self::Config => Exit::Config,
            Self::Io => Exit::Io,
            Self::Bug => Exit::Bug,
        }
    }
}

/// An operational error: nothing was changed, and here is why.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", diagnostics.first().map_or("unknown error", |d| d.title.as_str()))]
pub struct Error {
    /// Decides the exit code.
    pub kind: Kind,
    /// At least one diagnostic, the most important first.
    pub diagnostics: Vec<Diagnostic>,
}

impl Error {
    /// An error with one diagnostic.
    #[must_use]
    pub fn new(kind: Kind, diagnostic: Diagnostic) -> Self {
        Self { kind, diagnostics: vec![diagnostic] }
    }

    /// A wrong command line or answer.
    #[must_use]
    pub fn usage(title: impl Into<String>) -> Self {
        Self::new(Kind::Usage, Diagnostic::new(title))
    }

    /// A wrong config file, template or policy without a place.
    #[must_use]
    pub fn config(title: impl Into<String>) -> Self {
        Self::new(Kind::Config, Diagnostic::new(title))
    }

    /// A failure of the disk or the network.
    #[must_use]
    pub fn io(doing: impl std::fmt::Display, cause: impl std::fmt::Display) -> Self {
        Self::new(Kind::Io, Diagnostic::new(format!("cannot {doing}: {cause}")))
    }

    /// Adds a next action to the first diagnostic.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        if let Some(first) = self.diagnostics.first_mut() {
            first.helps.push(text.into());
        }
        self
    }
}
