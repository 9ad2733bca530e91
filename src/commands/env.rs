//! What a verb knows of its surroundings: streams, places, and what the user said to all verbs alike.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::{Value, json};

use crate::cli::{Colour, GlobalArgs};
use crate::disk::Sparse;
use crate::error::Error;

use super::shelf::Shelf;

/// What a verb knows of its surroundings.
pub struct Env<'a> {
    /// Where results go.
    pub stdout: &'a mut dyn Write,
    /// Where progress and errors go.
    pub stderr: &'a mut dyn Write,
    /// The folder the user stands in.
    pub cwd: PathBuf,
    /// Whether somebody can answer a question.
    pub interactive: bool,
    /// Whether results are coloured.
    pub colour: bool,
    /// Whether progress may be drawn on the standard error stream.
    pub progress: bool,
    /// Whether results go to a terminal.
    pub terminal: bool,
    /// Whether to print nothing but results and errors.
    pub quiet: bool,
    /// Registry folders beside the embedded one, as the user named them.
    pub registries: Vec<PathBuf>,
    /// The federation file that the user named.
    pub federation: Option<PathBuf>,
    /// The folder that the verb is about, when it is not the one the user stands in.
    pub subject: Option<PathBuf>,
    /// Why knowledge that is too old is used all the same.
    pub accept_stale: Option<String>,
    /// Whether the network must not be used.
    pub offline: bool,
    /// How old the knowledge of each namespace is that the result rests on, by name.
    pub freshness: RefCell<BTreeMap<String, String>>,
    /// The registries at hand, once somebody asked for them.
    pub(super) shelf: OnceCell<Shelf>,
    /// What is left out of the work trees that somebody asked for, by their roots: a run asks many times, and the index of a large one is long.
    sparse: RefCell<BTreeMap<PathBuf, Rc<Sparse>>>,
    /// What is worth knowing of what the result rests on; printed once, after it.
    pub notices: RefCell<Vec<String>>,
}

/// How the notice begins that says how old the knowledge of all namespaces is.
pub(super) const MARKS: &str = "registries: ";

impl Env<'_> {
    /// An object for programs as text, with the marks of the registries that it rests on and what is worth knowing of them.
    pub(super) fn document(&self, mut value: Value) -> String {
        if let (Some(object), false) = (value.as_object_mut(), self.freshness.borrow().is_empty()) {
            object.insert("registries".to_owned(), json!(*self.freshness.borrow()));
        }
        let notices = self.said();
        if let (Some(object), false) = (value.as_object_mut(), notices.is_empty()) {
            object.insert("notices".to_owned(), json!(notices));
        }
        format!("{value:#}\n")
    }

    /// The notices as programs are told them: how old the knowledge is stands elsewhere.
    pub(super) fn said(&self) -> Vec<String> {
        self.notices.borrow().iter().filter(|notice| !notice.starts_with(MARKS)).cloned().collect()
    }

    /// What a sparse checkout leaves out of the work tree of a repository.
    pub(super) fn sparse(&self, repository: &Path) -> Rc<Sparse> {
        self.sparse.borrow_mut().entry(repository.to_owned()).or_insert_with(|| Rc::new(Sparse::of(repository))).clone()
    }

    /// Keeps a notice for the end of the run; the same one is said once.
    pub(crate) fn notice(&self, text: String) {
        let mut notices = self.notices.borrow_mut();
        if !notices.contains(&text) {
            notices.push(text);
        }
    }
}

/// The surroundings of this process.
pub(super) fn surroundings<'a>(global: &GlobalArgs, stdout: &'a mut dyn Write, stderr: &'a mut dyn Write) -> Result<Env<'a>, Error> {
    let cwd = std::env::current_dir().map_err(|e| Error::io("find the current folder", e))?;
    let terminal = std::io::stdout().is_terminal();
    let colour = match global.color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
    };
    Ok(Env {
        stdout,
        stderr,
        cwd,
        interactive: std::io::stdin().is_terminal() && std::io::stderr().is_terminal(),
        colour,
        progress: !global.quiet && std::io::stderr().is_terminal(),
        terminal,
        quiet: global.quiet,
        registries: global.registries.clone(),
        federation: global.federation.clone(),
        subject: None,
        accept_stale: global.accept_stale.clone(),
        offline: global.offline,
        freshness: RefCell::default(),
        shelf: OnceCell::new(),
        sparse: RefCell::default(),
        notices: RefCell::default(),
    })
}
