//! One file that policies look at: read once, parsed once for each format, and why that failed.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use regorus::Value as Rego;
use serde::{Deserialize, Serialize};

use crate::config::formats::INSTRUCTIONS;
use crate::config::{Document, Format, Step, parse};
use crate::finding::{Diagnostic, Location, Severity, SourceText};
use crate::tree::{ReadError, RepoPath, Tree};

use super::dockerfile::{Instruction, Unclosed};
use super::dockerfiles::Inline;
use super::encoding::Placeholder;
use super::helm::{Choices, Turned, Unseen};
use super::kubernetes::{Item, Told};
use super::pointer::Names;
use super::repository::lock;
use super::traces::Identity;
use super::{dockerfile, dockerfiles, encoding, kubernetes, value};

/// The largest TOML, in bytes: its tree takes seventy times as much memory.
const MOST_TOML: usize = 4 << 20;
/// The most stages of a Dockerfile: rules compare each with every other one.
const MOST_STAGES: i64 = 1000;

/// The most bytes that what people write has: what Git LFS keeps is data when it is larger.
const MOST_WRITTEN: u64 = 1 << 20;

/// How bad it is that something cannot be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Weight {
    /// It is seen elsewhere.
    Advice,
    /// As the next, and it decides about nothing but its own file.
    Own,
    /// It is ordinary, and may hold what a policy looks for.
    Warning,
    /// As bad as to find something: as grave as the policy, and at least a warning.
    Policy,
    /// Whoever asks.
    Error,
}

impl Weight {
    /// The severity for one who asked; without anybody, a policy is taken for a warning.
    pub fn severity(self, policy: Option<Severity>) -> Severity {
        match self {
            Self::Advice => Severity::Advice,
            Self::Own | Self::Warning => Severity::Warning,
            Self::Policy => policy.unwrap_or(Severity::Warning).max(Severity::Warning),
            Self::Error => Severity::Error,
        }
    }
}

/// Why a policy could not have what it asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Problem {
    /// How bad it is that the policy could not see the file.
    pub weight: Weight,
    /// What and where.
    pub diagnostic: Diagnostic,
}

impl Problem {
    /// Orders problems of one file, so that the reported one does not depend on which thread came first.
    pub fn rank(&self) -> (Weight, &str) {
        (self.weight, &self.diagnostic.title)
    }
}

/// A file's documents, for places and for rules.
pub(super) struct Parsed {
    /// The text that the spans refer to.
    pub source: SourceText,
    /// The documents with places.
    pub documents: Vec<Document>,
    /// The items of lists among Kubernetes documents. For rules they are numbered after the documents.
    pub items: Vec<Item>,
    /// The documents and the items as rules see them.
    pub values: Vec<Rego>,
    /// The other ways in which conditions that are not known may turn out in the template that this is.
    pub ways: Vec<Choices>,
    /// The blocks of it that are there once for a list that is not known.
    pub open: Vec<Range<usize>>,
    /// What cannot be seen of the objects in the template that this is.
    pub unseen: Vec<Unseen>,
    /// What rules were told of its objects.
    pub told: Told,
    names: OnceLock<Names>,
}

/// How a rule has seen a file that has documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// Parsed as it stands.
    Parsed(Format),
    /// As Kubernetes objects, with template actions masked.
    Manifests,
}

/// One form of a file, once somebody asked for it. There are eight of each file, and most stay empty: what went wrong is kept elsewhere.
struct Cell<T>(OnceLock<Result<Arc<T>, Box<Problem>>>);

impl<T> Cell<T> {
    const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// What is in it, made if nobody asked before.
    fn get_or_init(&self, make: impl FnOnce() -> Result<Arc<T>, Problem>) -> Result<Arc<T>, Problem> {
        self.0.get_or_init(|| make().map_err(Box::new)).clone().map_err(|problem| *problem)
    }

    /// What is in it, if somebody asked and could have it.
    fn get(&self) -> Option<Arc<T>> {
        self.0.get()?.clone().ok()
    }
}

/// How many bytes of files may still be kept, so that the next rule need not read them again. Beyond that files are read for each
/// search: memory must not grow with the repository.
pub(super) struct Room {
    left: AtomicUsize,
    /// Whether it is to be noted what the content of each file is.
    is_traced: bool,
}

impl Room {
    /// All of it.
    pub fn new(is_traced: bool) -> Self {
        Self { left: AtomicUsize::new(12 << 20), is_traced }
    }

    /// Takes room for a file, if there is enough.
    fn take(&self, size: usize) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(size)).is_ok()
    }
}

/// A file, read and parsed when somebody asks.
pub(super) struct Evidence {
    path: RepoPath,
    room: Arc<Room>,
    bytes: OnceLock<Arc<[u8]>>,
    identity: OnceLock<Identity>,
    text: Cell<SourceText>,
    yaml: Cell<Parsed>,
    json: Cell<Parsed>,
    toml: Cell<Parsed>,
    manifests: Cell<Parsed>,
    /// The same with conditions turned, by which of the ways it is; `None` for what cannot be understood then.
    turned: Mutex<BTreeMap<usize, Option<Arc<Parsed>>>>,
    dockerfile: Cell<Rego>,
    inline: Cell<Vec<Inline>>,
    contract: Cell<Rego>,
}

impl Evidence {
    pub fn new(path: RepoPath, room: Arc<Room>) -> Self {
        Self {
            path,
            room,
            bytes: OnceLock::new(),
            identity: OnceLock::new(),
            text: Cell::new(),
            yaml: Cell::new(),
            json: Cell::new(),
            toml: Cell::new(),
            manifests: Cell::new(),
            turned: Mutex::default(),
            dockerfile: Cell::new(),
            inline: Cell::new(),
            contract: Cell::new(),
        }
    }

    /// The file's full path.
    pub fn path(&self) -> &RepoPath {
        &self.path
    }

    /// The bytes for a search through all files. That some file is too large for it is ordinary, and no error.
    pub fn searched(&self, tree: &Tree) -> Result<Arc<[u8]>, Problem> {
        self.bytes(tree).map_err(|problem| match tree.read(&self.path) {
            Err(ReadError::TooLarge { .. }) => Problem { weight: Weight::Warning, ..problem },
            _ => problem,
        })
    }

    /// What stands between a rule and a file whose content is not in the checkout.
    pub fn missing(&self, bytes: &[u8]) -> Option<Problem> {
        let (title, weight, help) = match encoding::placeholder(bytes)? {
            Placeholder::Pointer(size) => {
                let weight = if size > MOST_WRITTEN { Weight::Warning } else { Weight::Policy };
                (
                    "file is a pointer of Git LFS",
                    weight,
                    "fetch what it stands for with `git lfs pull`, which the checkout of a CI service has to be told",
                )
            }
            Placeholder::Encrypted => ("file is encrypted by git-crypt", Weight::Policy, "unlock the checkout with `git-crypt unlock`"),
        };
        let place = Location::file(self.path.as_str(), "its content is not here");
        Some(Problem { weight, diagnostic: Diagnostic::new(title).at(place).help(help) })
    }

    /// The file's bytes.
    pub fn bytes(&self, tree: &Tree) -> Result<Arc<[u8]>, Problem> {
        if let Some(bytes) = self.bytes.get() {
            return Ok(bytes.clone());
        }
        let mut bytes = read(tree, &self.path)?;
        if self.bytes.get().is_none() && self.room.take(bytes.len()) {
            bytes = self.bytes.get_or_init(|| bytes).clone();
        }
        if self.room.is_traced {
            // The stamp is older than what was read: a change in between makes the next run read the file again.
            let stamp = || tree.get(&self.path)?.stamp;
            self.identity.get_or_init(|| Identity::of(stamp(), &bytes, self.bytes.get().is_some()));
        }
        Ok(bytes)
    }

    /// What the content is, for which it is read. Nothing for a file that cannot be read.
    pub fn identity(&self, tree: &Tree) -> Option<&Identity> {
        if self.identity.get().is_none() {
            self.bytes(tree).ok()?;
        }
        self.identity.get()
    }

    /// What became known of the content in this run.
    pub fn learnt(&self) -> Option<&Identity> {
        self.identity.get()
    }

    /// The file as text.
    pub fn text(&self, tree: &Tree) -> Result<Arc<SourceText>, Problem> {
        let read = || {
            let bytes = self.bytes(tree)?;
            if let Some(problem) = self.missing(&bytes) {
                return Err(problem);
            }
            match encoding::text(&bytes) {
                Some(text) => Ok(Arc::new(SourceText::new(self.path.as_str(), &*text))),
                None => Err(not_text(&self.path, &bytes)),
            }
        };
        self.text.get_or_init(read)
    }

    /// The file's documents in a format.
    pub fn parsed(&self, tree: &Tree, format: Format) -> Result<Arc<Parsed>, Problem> {
        let cell = match format {
            Format::Yaml => &self.yaml,
            Format::Json => &self.json,
            Format::Toml => &self.toml,
        };
        cell.get_or_init(|| {
            let source = self.text(tree)?;
            if format == Format::Toml && source.text().len() > MOST_TOML {
                return Err(too_large(&self.path, format!("it has {} bytes, and TOML may have {MOST_TOML}", source.text().len())));
            }
            let documents = parse(&source, format).map_err(|diagnostic| broken(*diagnostic))?;
            Ok(Arc::new(Parsed::new((*source).clone(), documents)))
        })
    }

    /// The file's Kubernetes objects; `make` masks and parses the text.
    pub fn manifests(&self, make: impl FnOnce() -> Result<Parsed, Problem>) -> Result<Arc<Parsed>, Problem> {
        self.manifests.get_or_init(|| make().map(Arc::new))
    }

    /// The same with conditions turned in one of the ways.
    pub fn turned(&self, way: usize, make: impl FnOnce() -> Option<Parsed>) -> Option<Arc<Parsed>> {
        if let Some(known) = lock(&self.turned).get(&way) {
            return known.clone();
        }
        // Two threads may make the same at the same time; waiting for each other would cost as much.
        let made = make().map(Arc::new);
        lock(&self.turned).insert(way, made.clone());
        made
    }

    /// The instructions of a Dockerfile.
    pub fn dockerfile(&self, tree: &Tree) -> Result<Arc<Rego>, Problem> {
        self.dockerfile.get_or_init(|| {
            let source = self.text(tree)?;
            Ok(Arc::new(self.instructions(&source, dockerfile::parse(source.text()))?))
        })
    }

    /// The Dockerfiles that stand in a Compose file.
    pub fn inline_dockerfiles(&self, tree: &Tree) -> Result<Arc<Vec<Inline>>, Problem> {
        self.inline.get_or_init(|| {
            if !encoding::searched(&self.bytes(tree)?).is_some_and(|text| dockerfiles::speaks_of_inline(&text)) {
                return Ok(Arc::default());
            }
            let parsed = self.parsed(tree, Format::Yaml)?;
            dockerfiles::inline(&parsed.source, &parsed.documents, |read| self.instructions(&parsed.source, read))
        })
    }

    /// What was read of a Dockerfile, as rules see it.
    fn instructions(&self, source: &SourceText, read: Result<Vec<Instruction>, Unclosed>) -> Result<Rego, Problem> {
        let instructions = read.map_err(|open| unclosed(source, &open))?;
        if let Some(problem) = not_built(source, &instructions) {
            return Err(problem);
        }
        if instructions.last().is_some_and(|last| last.stage >= MOST_STAGES) {
            return Err(too_large(&self.path, format!("it has more than {MOST_STAGES} stages")));
        }
        Ok(dockerfile::to_value(&instructions))
    }

    /// The contract in the file; `read` makes the model.
    pub fn contract(&self, tree: &Tree, read: super::ContractReader) -> Result<Arc<Rego>, Problem> {
        self.contract.get_or_init(|| {
            let source = self.text(tree)?;
            let model = read(&source).map_err(|diagnostic| broken(*diagnostic))?;
            Ok(Arc::new(Rego::from(model)))
        })
    }

    /// The documents that a place in this file refers to: those that the rule has seen, else what the file's name stands for.
    pub fn documents(&self, tree: &Tree, seen: Option<Seen>, turned: Turned) -> Option<Arc<Parsed>> {
        let other = || turned.and_then(|way| lock(&self.turned).get(&way)?.clone());
        let objects = || other().or_else(|| self.manifests.get()).filter(|parsed| !parsed.documents.is_empty());
        match seen {
            Some(Seen::Manifests) if let Some(parsed) = objects() => Some(parsed),
            Some(Seen::Parsed(format)) => self.parsed(tree, format).ok(),
            // A rule may have asked for objects first where there are none, and then for what there is.
            Some(Seen::Manifests) | None => self.parsed(tree, Format::of_path(self.path.as_str())?).ok(),
        }
    }
}

impl Parsed {
    fn new(source: SourceText, documents: Vec<Document>) -> Self {
        let values = documents.iter().map(value::from_node).collect();
        Self {
            source,
            documents,
            items: Vec::new(),
            values,
            ways: Vec::new(),
            open: Vec::new(),
            unseen: Vec::new(),
            told: Told::default(),
            names: OnceLock::new(),
        }
    }

    /// Kubernetes documents, and the objects in their lists.
    pub fn of_kubernetes(source: SourceText, documents: Vec<Document>) -> Self {
        let (items, seen): (Vec<_>, Vec<_>) = kubernetes::items(&documents).into_iter().unzip();
        let parsed = Self::new(source, documents);
        Self { items, values: parsed.values.into_iter().chain(seen).collect(), ..parsed }
    }

    /// What the documents and the items are called.
    pub fn names(&self) -> &Names {
        let item = |item: &Item| self.documents.get(item.document)?.at(&item.at);
        self.names.get_or_init(|| Names::of(&self.documents, self.items.iter().map(item)))
    }

    /// Where what a rule calls by a number stands: which document, and the way to it.
    pub fn place(&self, number: usize) -> Option<(usize, &[Step])> {
        match number.checked_sub(self.documents.len()) {
            None => Some((number, &[])),
            Some(item) => self.items.get(item).map(|item| (item.document, &item.at[..])),
        }
    }
}

/// Reads a file's bytes.
fn read(tree: &Tree, path: &RepoPath) -> Result<Arc<[u8]>, Problem> {
    tree.read(path).map_err(|error| {
        let title = match error {
            ReadError::TooLarge { .. } => "file is too large to be checked",
            ReadError::Missing | ReadError::Io(_) => "file cannot be read",
        };
        Problem { weight: Weight::Policy, diagnostic: Diagnostic::new(title).at(Location::file(path.as_str(), error.to_string())) }
    })
}

/// What would take more time and memory than a check has.
fn too_large(path: &RepoPath, reason: String) -> Problem {
    let diagnostic = Diagnostic::new("file is too large to be checked").at(Location::file(path.as_str(), reason));
    Problem { weight: Weight::Policy, diagnostic }
}

fn not_text(path: &RepoPath, bytes: &[u8]) -> Problem {
    let valid = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    let line = bytes[..valid].iter().filter(|b| **b == b'\n').count() + 1;
    let reason = format!("byte {} in line {line} is not UTF-8", valid + 1);
    let diagnostic = Diagnostic::new("file is not UTF-8 text").at(Location::file(path.as_str(), reason));
    Problem { weight: Weight::Policy, diagnostic }
}

/// No builder takes such a file, and nobody knows what its last lines are.
fn unclosed(source: &SourceText, open: &Unclosed) -> Problem {
    let place = source.location(source.line(open.line).unwrap_or_default(), "opened here");
    let diagnostic = Diagnostic::new(format!("heredoc `{}` is never closed", open.name)).at(place);
    broken(diagnostic.help(format!("end it by a line that is `{}` and nothing else", open.name)))
}

/// What no builder takes for a Dockerfile: nobody knows what its lines mean.
fn not_built(source: &SourceText, instructions: &[Instruction]) -> Option<Problem> {
    let odd = instructions.iter().find(|one| !INSTRUCTIONS.contains(&one.name.as_str()));
    let diagnostic = match odd {
        Some(odd) => {
            let line = source.line(odd.line).unwrap_or_default();
            Diagnostic::new(format!("`{}` is no instruction of a Dockerfile", odd.name))
                .at(source.location(line, "no builder takes this line"))
        }
        None if instructions.iter().any(|one| one.name == "FROM") => return None,
        None => {
            let place = Location::file(source.path(), "no image begins here, so that no builder takes it");
            Diagnostic::new("Dockerfile has no `FROM`").at(place)
        }
    };
    Some(Problem { weight: Weight::Policy, diagnostic })
}

/// What a policy should have judged cannot be understood: that must not look like a pass.
fn broken(diagnostic: Diagnostic) -> Problem {
    Problem { weight: Weight::Error, diagnostic }
}
