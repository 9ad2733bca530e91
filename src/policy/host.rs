//! The functions that rules call. They read the files of one subject and nothing else, and remember what was read.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

use rayon::prelude::*;
use regorus::{Engine, Value as Rego};

use crate::config::{Format, SERVICE_FILE};
use crate::finding::SourceText;
use crate::tree::{Digest, Lack, Mode, RepoPath};

use super::evidence::{Evidence, Problem, Seen, Weight};
use super::helm::Turned;
use super::patterns;
use super::purpose::{is_test_data, is_written};
use super::repository::{Repository, join, left_out_problem, lock};
use super::traces::Effect;
use super::{ContractReader, SubjectKind, conftest, dockerfiles, encoding, kubernetes, search, value};

/// One evaluation of one policy on one subject.
pub(super) struct Session {
    pub repository: Arc<Repository>,
    pub kind: SubjectKind,
    pub root: String,
    pub policy: String,
    /// Its full name.
    pub name: String,
    pub contract: ContractReader,
    /// Every file that was read, and how its documents were seen.
    pub reads: Mutex<BTreeMap<RepoPath, Option<Seen>>>,
    /// The conditions of chart templates that turn out the other way for this evaluation, which then tells the run nothing.
    pub turned: Turned,
    /// The most ways in which conditions that are not known may turn out in a file that was read.
    pub ways: AtomicUsize,
    /// What the rule asked for and could not have, by path, with the reason.
    pub unknown: Mutex<BTreeMap<String, String>>,
    /// What it told the run about files.
    pub effects: Mutex<BTreeMap<String, Vec<Effect>>>,
    /// The text that was searched last: rules search one file for several patterns in a row.
    pub searched: Mutex<Option<(RepoPath, Arc<SourceText>)>>,
    /// The files that the rule left out because of the names of their folders.
    pub aside: Mutex<BTreeSet<String>>,
    /// The files of objects that it leaves out for that when it asks whether they run.
    pub objects_aside: Mutex<BTreeSet<String>>,
    /// What searches of many files found, by function, pattern and expression: rules ask again in `not_applicable`.
    pub answers: Mutex<HashMap<(&'static str, String, String), Rego>>,
}

/// What a rule did wrong when it called a host function.
#[derive(Debug, thiserror::Error)]
pub(super) enum Misuse {
    #[error("`{0}` wants a text as its argument {1}")]
    NotText(&'static str, usize),
    #[error("`{0}` wants an array of matches, each with `path`, `line` and `column`")]
    NotMatches(&'static str),
    #[error("`{0}` cannot use this pattern: {1}")]
    Pattern(&'static str, String),
    #[error("`{0}` is not available to policies: a verdict may depend on nothing but the repository")]
    Refused(&'static str),
    #[error("`{0}` would make more than {MAX_RANGE} values")]
    Range(&'static str),
}

pub(super) type Answer = Result<Rego, anyhow::Error>;
type Function = fn(&Session, &[Rego]) -> Answer;

/// The longest list that `numbers.range` makes.
const MAX_RANGE: i64 = 1_000_000;

/// Every host function, with the number of its arguments.
const FUNCTIONS: [(&str, u8, Function); 20] = [
    ("repo.glob", 1, glob),
    ("repo.exists", 1, exists),
    ("repo.file", 1, file),
    ("repo.unix_sha256", 1, unix_sha256),
    ("repo.runs", 1, runs),
    ("repo.text", 1, text),
    ("repo.matches", 2, matches),
    ("repo.search", 2, search::files),
    ("repo.code", 1, search::code),
    ("repo.written", 1, search::written),
    ("repo.tests", 1, search::tests),
    ("repo.uncommented", 1, search::uncommented),
    ("repo.yaml", 1, yaml),
    ("repo.json", 1, json),
    ("repo.toml", 1, toml),
    ("repo.manifests", 1, kubernetes::manifests),
    ("repo.containers", 1, kubernetes::containers),
    ("repo.dockerfile", 1, dockerfile),
    ("repo.dockerfiles", 0, dockerfiles::dockerfiles),
    ("repo.contract", 1, contract),
];

/// Functions of the engine that a rule may not call, or only within bounds, or that are dear in the engine. A host function of the same name stands before them.
const BOUNDED: [(&str, u8, Function); 6] = [
    ("regex.match", 2, regex_match),
    ("rand.intn", 2, |_, _| Err(Misuse::Refused("rand.intn").into())),
    ("print", 1, |_, _| Err(Misuse::Refused("print").into())),
    ("trace", 1, |_, _| Err(Misuse::Refused("trace").into())),
    ("numbers.range", 2, range),
    ("numbers.range_step", 3, range_step),
];

/// The names of all host functions.
pub fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|(name, _, _)| *name)
}

/// The names of all host functions, each with the number of its arguments.
pub(super) fn signatures() -> impl Iterator<Item = (&'static str, u8)> {
    FUNCTIONS.iter().map(|(name, arguments, _)| (*name, *arguments))
}

/// How many arguments a host function takes.
pub(super) fn arity(name: &str) -> Option<usize> {
    signatures().find(|(known, _)| *known == name).map(|(_, arguments)| usize::from(arguments))
}

/// Gives an engine the host functions of one session.
pub(super) fn install(engine: &mut Engine, session: &Arc<Session>) -> Result<(), anyhow::Error> {
    for (name, arguments, function) in FUNCTIONS.into_iter().chain(BOUNDED) {
        let session = session.clone();
        engine.add_extension(name.to_owned(), arguments, Box::new(move |values: Vec<Rego>| function(&session, &values)))?;
    }
    conftest::install(engine)
}

impl Session {
    /// A session in which nothing was read yet; `of` is what findings call the policy, and its full name.
    pub fn new(repository: Arc<Repository>, kind: SubjectKind, root: String, of: (String, String), contract: ContractReader) -> Self {
        let (policy, name) = of;
        Self {
            repository,
            kind,
            root,
            policy,
            name,
            contract,
            turned: None,
            ways: AtomicUsize::new(0),
            reads: Mutex::default(),
            unknown: Mutex::default(),
            effects: Mutex::default(),
            searched: Mutex::default(),
            aside: Mutex::default(),
            objects_aside: Mutex::default(),
            answers: Mutex::default(),
        }
    }

    /// The same evaluation once more, with the conditions of each file turned in one of the ways that it has.
    pub fn turned(&self, way: usize) -> Self {
        let new = Self::new(self.repository.clone(), self.kind, self.root.clone(), (self.policy.clone(), self.name.clone()), self.contract);
        Self { turned: Some(way), ..new }
    }

    /// The file that a rule calls `path`. A file that the repository has but the tree lacks is reported.
    fn find(&self, path: &str) -> Option<Arc<Evidence>> {
        let full = self.repository.resolve(self.kind, &self.root, path)?;
        let found = self.repository.evidence(&full);
        if found.is_none()
            && let Some((item, weight)) = self.repository.why_missing(&full)
        {
            self.report(&left_out_problem(item, weight), full.as_str());
        }
        found
    }

    pub(super) fn report(&self, problem: &Problem, path: &str) {
        lock(&self.unknown).entry(path.to_owned()).or_insert_with(|| problem.diagnostic.title.clone());
        self.tell(Effect::Problem(path.to_owned(), problem.clone()));
    }

    /// Reports what stands between a rule and the documents of `file`. What a test feeds to a parser is often broken on purpose, and
    /// nothing runs it.
    pub(super) fn miss(&self, file: &str, path: &RepoPath, problem: &Problem) {
        if self.named(file, is_test_data) {
            let reason = format!("data of a test: {}", problem.diagnostic.title);
            self.tell(Effect::Skipped(path.as_str().to_owned(), reason));
        } else {
            self.report(problem, path.as_str());
        }
    }

    /// Tells the run about a file, now or as an earlier run was told.
    pub(super) fn tell(&self, effect: Effect) {
        if self.turned.is_some() {
            return;
        }
        let path = match &effect {
            Effect::Problem(path, problem) => {
                self.repository.report(path, problem, Some(&self.policy));
                path
            }
            Effect::Skipped(path, reason) => {
                self.repository.skip(path, reason);
                path
            }
        };
        let mut effects = lock(&self.effects);
        let of_file = effects.entry(path.clone()).or_default();
        if !of_file.contains(&effect) {
            of_file.push(effect);
        }
    }

    /// Notes what describes the services that are judged: a rule is told it without reading.
    pub fn note_descriptions(&self) {
        let is_judged = |root: &&String| self.kind == SubjectKind::Repository || **root == self.root;
        for root in self.repository.roots().iter().filter(is_judged) {
            self.note(&RepoPath::found(join(root, SERVICE_FILE)), None);
        }
    }

    fn note(&self, path: &RepoPath, seen: Option<Seen>) {
        let mut reads = lock(&self.reads);
        let entry = reads.entry(path.clone()).or_default();
        *entry = seen.or(*entry);
    }

    /// The value that `make` gets out of a file: undefined when there is no such file, or when it cannot be had, which is reported.
    pub(super) fn with_file(&self, path: &str, seen: Option<Seen>, make: impl FnOnce(&Evidence) -> Result<Rego, Problem>) -> Answer {
        let Some(evidence) = self.find(path) else { return Ok(Rego::Undefined) };
        self.note(evidence.path(), seen);
        Ok(make(&evidence).unwrap_or_else(|problem| {
            self.report(&problem, evidence.path().as_str());
            Rego::Undefined
        }))
    }

    fn documents(&self, path: &str, format: Format) -> Answer {
        self.with_file(path, Some(Seen::Parsed(format)), |evidence| {
            let parsed = evidence.parsed(self.repository.tree(), format)?;
            Ok(match format {
                Format::Yaml => Rego::from(parsed.values.clone()),
                Format::Json | Format::Toml => parsed.values.first().cloned().unwrap_or(Rego::Undefined),
            })
        })
    }

    /// The files that a pattern names. What may be among them and cannot be read is reported, if files of its path are `wanted`.
    pub(super) fn files(
        &self,
        function: &'static str,
        pattern: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Arc<Vec<String>>, anyhow::Error> {
        for (item, weight) in self.repository.missed(self.kind, &self.root, pattern) {
            let path = if item.lack.is_folder() { Cow::from(format!("{}/file", item.path)) } else { Cow::from(&item.path) };
            // A link that leads nowhere on purpose; the report lists it among what was left out.
            let is_meant = self.named(&item.path, is_test_data) && item.lack != Lack::Folder;
            if wanted(&path) && !is_meant {
                self.report(&left_out_problem(item, weight), &item.path);
            }
        }
        let found = self.repository.glob(self.kind, &self.root, pattern);
        found.map_err(|error| Misuse::Pattern(function, error.kind().to_string()).into())
    }
}

pub(super) fn argument<'a>(function: &'static str, values: &'a [Rego], index: usize) -> Result<&'a str, anyhow::Error> {
    match values.get(index) {
        Some(Rego::String(text)) => Ok(text),
        _ => Err(Misuse::NotText(function, index + 1).into()),
    }
}

fn runs(session: &Session, values: &[Rego]) -> Answer {
    Ok(Rego::from(session.asks_runs(argument("repo.runs", values, 0)?)))
}

fn glob(session: &Session, values: &[Rego]) -> Answer {
    let files = session.files("repo.glob", argument("repo.glob", values, 0)?, |_| true)?;
    Ok(value::texts(files.iter().map(String::as_str)))
}

fn exists(session: &Session, values: &[Rego]) -> Answer {
    let path = argument("repo.exists", values, 0)?;
    let full = session.repository.resolve(session.kind, &session.root, path);
    if let Some(full) = &full {
        session.note(full, None);
    }
    // What the walk left out may well be there: that is reported, and the verdict is no pass.
    Ok(Rego::from(session.find(path).is_some()))
}

/// What a file is, whatever it holds.
fn file(session: &Session, values: &[Rego]) -> Answer {
    let path = argument("repo.file", values, 0)?;
    session.with_file(path, None, |evidence| {
        let (repository, path) = (&session.repository, evidence.path());
        let digest = match repository.identity(path) {
            Some(identity) => identity.digest,
            None => Digest::of(&evidence.bytes(repository.tree())?),
        };
        let mode = repository.tree().get(path).map_or(Mode::File, |entry| entry.mode);
        Ok(value::object([
            ("sha256", Rego::from(digest.as_str())),
            ("executable", Rego::from(mode == Mode::Executable)),
            ("link", Rego::from(mode == Mode::Symlink)),
        ]))
    })
}

/// The digest of a file with the line ends of Unix, whatever git made of them on this machine.
fn unix_sha256(session: &Session, values: &[Rego]) -> Answer {
    let path = argument("repo.unix_sha256", values, 0)?;
    session.with_file(path, None, |evidence| {
        let bytes = evidence.bytes(session.repository.tree())?;
        let text = std::str::from_utf8(&bytes).ok().filter(|text| !text.contains('\0'));
        let digest = text.map_or_else(|| Digest::of(&bytes), |text| Digest::of(text.replace("\r\n", "\n").as_bytes()));
        Ok(Rego::from(digest.as_str()))
    })
}

fn text(session: &Session, values: &[Rego]) -> Answer {
    let path = argument("repo.text", values, 0)?;
    session.with_file(path, None, |evidence| Ok(Rego::from(evidence.text(session.repository.tree())?.text())))
}

fn yaml(session: &Session, values: &[Rego]) -> Answer {
    session.documents(argument("repo.yaml", values, 0)?, Format::Yaml)
}

fn json(session: &Session, values: &[Rego]) -> Answer {
    session.documents(argument("repo.json", values, 0)?, Format::Json)
}

fn toml(session: &Session, values: &[Rego]) -> Answer {
    session.documents(argument("repo.toml", values, 0)?, Format::Toml)
}

fn dockerfile(session: &Session, values: &[Rego]) -> Answer {
    let path = argument("repo.dockerfile", values, 0)?;
    session.with_file(path, None, |evidence| Ok((*evidence.dockerfile(session.repository.tree())?).clone()))
}

fn contract(session: &Session, values: &[Rego]) -> Answer {
    let path = argument("repo.contract", values, 0)?;
    session.with_file(path, None, |evidence| Ok((*evidence.contract(session.repository.tree(), session.contract)?).clone()))
}

/// The rows of many files as one array. Each thread begins at another file: what two of them read and parse at the same time, one of them
/// waits for.
pub(super) fn joined(files: &[String], rows: impl Fn(&String) -> Option<Answer> + Send + Sync) -> Answer {
    let begin = rayon::current_thread_index().unwrap_or_default() * files.len() / rayon::current_num_threads();
    let (last, first) = files.split_at(begin);
    let mut answers: Vec<_> = first.par_iter().chain(last).map(rows).collect();
    answers.rotate_right(begin);
    let mut found = Vec::new();
    for answer in answers.into_iter().flatten() {
        if let Rego::Array(rows) = answer? {
            found.extend(rows.iter().cloned());
        }
    }
    Ok(Rego::from(found))
}

fn matches(session: &Session, values: &[Rego]) -> Answer {
    let (path, pattern) = (argument("repo.matches", values, 0)?, argument("repo.matches", values, 1)?);
    let regex = patterns::lines(pattern).map_err(|error| Misuse::Pattern("repo.matches", error.to_string()))?;
    session.with_file(path, None, |evidence| {
        // Who names a file that people write means what it says.
        let elsewhere = if is_written(path) { Elsewhere::Grave } else { Elsewhere::Aside };
        let found = session.searchable(evidence, &regex, elsewhere)?;
        let rows =
            |source: Arc<SourceText>| hits(&source, &regex).into_iter().map(|hit| value::object(row(&source, hit))).collect::<Vec<_>>();
        Ok(Rego::from(found.map(rows).unwrap_or_default()))
    })
}

/// What the engine's own function answers. It compiles an expression anew for every call.
fn regex_match(_: &Session, values: &[Rego]) -> Answer {
    let [Rego::String(pattern), Rego::String(text)] = values else { return Ok(Rego::Undefined) };
    let matched = patterns::expression(pattern).and_then(|expression| expression.is_match(text));
    Ok(Rego::from(matched.map_err(|error| Misuse::Pattern("regex.match", error.to_string()))?))
}

/// How bad it is for a search that the content of a file is not in the checkout.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Elsewhere {
    /// As bad as for who reads the file.
    Grave,
    /// It is one of many.
    Ordinary,
    /// Most such files are pictures and data: they are listed.
    Aside,
}

impl Session {
    /// A file's text when it may hold a match.
    pub(super) fn searchable(
        &self,
        evidence: &Evidence,
        regex: &regex::Regex,
        elsewhere: Elsewhere,
    ) -> Result<Option<Arc<SourceText>>, Problem> {
        let last = lock(&self.searched).clone();
        if let Some((_, source)) = last.filter(|(path, _)| path == evidence.path()) {
            return Ok(Some(source));
        }
        let bytes = evidence.searched(self.repository.tree())?;
        if let Some(problem) = evidence.missing(&bytes) {
            match elsewhere {
                Elsewhere::Grave => return Err(problem),
                Elsewhere::Ordinary => return Err(Problem { weight: Weight::Warning, ..problem }),
                Elsewhere::Aside => {
                    self.tell(Effect::Skipped(evidence.path().as_str().to_owned(), problem.diagnostic.title));
                    return Ok(None);
                }
            }
        }
        // Nearly every file that a rule searches has no match, and lines are counted only where there is one.
        let Some(text) = encoding::searched(&bytes).filter(|text| regex.is_match(text)) else { return Ok(None) };
        let source = Arc::new(SourceText::new(evidence.path().as_str(), &*text));
        *lock(&self.searched) = Some((evidence.path().clone(), source.clone()));
        Ok(Some(source))
    }
}

/// Every match inside one line.
pub(super) fn hits(source: &SourceText, regex: &regex::Regex) -> Vec<Range<usize>> {
    let text = source.text();
    let hits: Vec<_> = regex.find_iter(text).map(|hit| hit.range()).collect();
    // White space in an expression may run over a line break and hide a match that ends before it.
    if hits.iter().all(|hit| !text[hit.clone()].contains('\n')) {
        return hits;
    }
    let lines = (1..).map_while(|line| source.line(line));
    let in_line = |line: Range<usize>| {
        regex.find_iter(&text[line.clone()]).map(|hit| line.start + hit.start()..line.start + hit.end()).collect::<Vec<_>>()
    };
    lines.flat_map(in_line).collect()
}

/// Where a match is and what it says.
pub(super) fn row(source: &SourceText, hit: Range<usize>) -> [(&'static str, Rego); 4] {
    let (start, end) = (source.position(hit.start), source.position(hit.end));
    [
        ("line", Rego::from(start.line)),
        ("column", Rego::from(start.column)),
        ("end_column", Rego::from(end.column)),
        ("text", Rego::from(&source.text()[hit])),
    ]
}

fn range(_: &Session, values: &[Rego]) -> Answer {
    steps("numbers.range", values, 1)
}

fn range_step(_: &Session, values: &[Rego]) -> Answer {
    let step = values.get(2).and_then(|v| v.as_i64().ok()).unwrap_or(0);
    if step <= 0 {
        Err(Misuse::Pattern("numbers.range_step", "the step must be a positive integer".to_owned()).into())
    } else {
        steps("numbers.range_step", values, step)
    }
}

/// What the engine's own function answers, but never more than memory holds.
fn steps(function: &'static str, values: &[Rego], step: i64) -> Answer {
    let bound = |index: usize| values.get(index).and_then(|v| v.as_i64().ok());
    let (Some(first), Some(last)) = (bound(0), bound(1)) else {
        return Err(Misuse::Pattern(function, "the bounds must be integers".to_owned()).into());
    };
    let distance = i128::from(last) - i128::from(first);
    if distance.abs() / i128::from(step) >= i128::from(MAX_RANGE) {
        return Err(Misuse::Range(function).into());
    }
    let count = distance.abs() / i128::from(step);
    let sign = if distance < 0 { -1 } else { 1 };
    let at = |index: i128| first + i64::try_from(index * i128::from(step) * sign).unwrap_or_default();
    Ok(Rego::from((0..=count).map(|index| Rego::from(at(index))).collect::<Vec<_>>()))
}
