//! From what a rule put into `deny` to findings with places. A finding of the wrong shape is an error of the policy.

use serde::Deserialize;

use crate::config::{SERVICE_FILE, Step};
use crate::finding::{At, Diagnostic, Finding, Fix, Identity, Location, Position, SourceText, pinned};
use crate::tree::RepoPath;

use super::evidence::Seen;
use super::fix::SaidFix;
use super::host::Session;
use super::pointer::{Pointer, pointer};
use super::repository::{join, lock};
use super::{Policy, SubjectKind, encoding};

/// The most characters that stay readable of a secret, and the share of it that may: one in so many.
const SHOWN: usize = 4;
const SHARE: usize = 3;

/// What a rule says about one place.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    message: String,
    #[serde(default)]
    help: OneOrMany,
    #[serde(default)]
    note: OneOrMany,
    #[serde(default)]
    also: Vec<Place>,
    path: Option<String>,
    at: Option<Vec<PathStep>>,
    document: Option<usize>,
    line: Option<usize>,
    column: Option<usize>,
    end_column: Option<usize>,
    label: Option<String>,
    #[serde(default)]
    redact: bool,
    key: Option<String>,
    thing: Option<String>,
    fix: Option<SaidFix>,
}

/// A place in a file of the subject.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    path: String,
    at: Option<Vec<PathStep>>,
    document: Option<usize>,
    line: Option<usize>,
    column: Option<usize>,
    end_column: Option<usize>,
    label: Option<String>,
    #[serde(default)]
    redact: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    #[default]
    None,
    One(String),
    Many(Vec<String>),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum PathStep {
    Index(usize),
    Key(String),
}

/// The finding that a rule's value stands for.
///
/// # Errors
/// What is wrong with the value's shape.
pub(super) fn finding(policy: &Policy, session: &Session, value: &regorus::Value) -> Result<Finding, String> {
    let json = value.to_json_str().map_err(|error| error.to_string())?;
    let said: Said = serde_json::from_str(&json).map_err(|error| shape(&error))?;
    for (name, text) in [("message", Some(&said.message)), ("key", said.key.as_ref()), ("thing", said.thing.as_ref())] {
        if text.is_some_and(|text| text.trim().is_empty()) {
            return Err(format!("`{name}` is empty"));
        }
    }
    let identity = Box::new(Identity { key: said.key.map(Into::into), thing: said.thing.map(Into::into) });
    let mut diagnostic = Diagnostic { identity, ..Diagnostic::new(said.message) };
    let place = said.path.map(|path| Place {
        path,
        at: said.at,
        document: said.document,
        line: said.line,
        column: said.column,
        end_column: said.end_column,
        label: said.label.clone(),
        redact: said.redact,
    });
    let first = place.map_or_else(|| descriptor(session, said.label.as_deref()), |place| Some(locate(session, &place)));
    diagnostic.locations = first.into_iter().chain(said.also.iter().map(|place| locate(session, place))).collect();
    diagnostic.helps = said.help.into_vec();
    diagnostic.notes = said.note.into_vec();
    let place = |path: &str, number: usize| item(session, path, number);
    let fix = said.fix.map(|fix| fix.into_fix(policy, &session.root, place)).transpose()?;
    diagnostic.notes.extend(fix.as_ref().map(Fix::note));
    let service = match session.kind {
        SubjectKind::Service => session.root.clone(),
        SubjectKind::Repository => diagnostic.locations.first().map_or("", |place| session.repository.service_of(&place.path)).to_owned(),
    };
    let finding = Finding::new(policy.shown.clone(), policy.file.severity, service, diagnostic);
    Ok(Finding { policy_name: policy.name(), fix, ..finding })
}

/// serde's own words, without the position in a JSON text that nobody wrote.
fn shape(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

impl OneOrMany {
    fn into_vec(self) -> Vec<String> {
        match self {
            Self::None => Vec::new(),
            Self::One(text) => vec![text],
            Self::Many(texts) => texts,
        }
    }
}

/// A finding without a place is about the service as a whole.
fn descriptor(session: &Session, label: Option<&str>) -> Option<Location> {
    let path = RepoPath::found(join(&session.root, SERVICE_FILE));
    session.repository.contains(&path).then(|| {
        let place = Place { path: SERVICE_FILE.to_owned(), at: Some(Vec::new()), label: label.map(str::to_owned), ..Place::default() };
        locate(session, &place)
    })
}

/// A place as reports show it; the one door for what is secret.
fn locate(session: &Session, place: &Place) -> Location {
    let mut location = found(session, place);
    if place.redact {
        redact(&mut location, place);
    }
    location
}

fn found(session: &Session, place: &Place) -> Location {
    let label = place.label.clone().unwrap_or_default();
    let shown = join(&session.root, &place.path);
    let found = session.repository.resolve(session.kind, &session.root, &place.path);
    let Some(evidence) = found.and_then(|path| session.repository.evidence(&path)) else {
        return Location::file(shown, label);
    };
    let tree = session.repository.tree();
    if let Some(steps) = &place.at {
        let seen: Option<Seen> = lock(&session.reads).get(evidence.path()).copied().flatten();
        if let Some(parsed) = evidence.documents(tree, seen, session.turned)
            && let Some((number, above)) = parsed.place(place.document.unwrap_or(0))
            && let Some(document) = parsed.documents.get(number)
        {
            let steps: Vec<_> = steps.iter().map(PathStep::to_step).collect();
            let Pointer { text: pointer, is_counted, alias } = pointer(&parsed, place.document.unwrap_or(0), &steps);
            let steps = [above, &steps].concat();
            let there = &parsed.source.text()[document.extent_of(&steps)];
            let standing = if is_counted { pinned(there) } else { String::new() };
            // A line inside of the value: the value is what has a name.
            let shown = match place.line {
                Some(line) => in_line(&parsed.source, line, place, label),
                None => parsed.source.location(document.span_of(&steps), label),
            };
            return Location { pointer, standing, alias: alias.unwrap_or_default(), ..shown };
        }
    }
    let searched = lock(&session.searched).clone().filter(|(path, _)| path == evidence.path()).map(|(_, source)| source);
    let Some(source) = searched.or_else(|| evidence.text(tree).ok()).or_else(|| lossy(session, evidence.path())) else {
        return Location::file(evidence.path().as_str(), label);
    };
    match place.line {
        Some(line) => in_line(&source, line, place, label),
        None => Location { label, ..source.location(0..0, "") },
    }
}

/// Which document of a file a rule means by a number, and the way to it when it is an item of a list.
fn item(session: &Session, path: &str, number: usize) -> (usize, Vec<At>) {
    let step = |step: &Step| match step {
        Step::Index(index) => At::Index(*index),
        Step::Key(name) => At::Key(name.clone()),
    };
    let evidence = session.repository.resolve(session.kind, &session.root, path).and_then(|path| session.repository.evidence(&path));
    let parsed = evidence.and_then(|evidence| {
        let seen = lock(&session.reads).get(evidence.path()).copied().flatten();
        evidence.documents(session.repository.tree(), seen, session.turned)
    });
    let place = parsed.and_then(|parsed| parsed.place(number).map(|(document, above)| (document, above.iter().map(step).collect())));
    place.unwrap_or((number, Vec::new()))
}

/// The text of a file that is not UTF-8 throughout, as `repo.matches` saw it.
fn lossy(session: &Session, path: &RepoPath) -> Option<std::sync::Arc<SourceText>> {
    let bytes = session.repository.tree().read(path).ok()?;
    let source = std::sync::Arc::new(SourceText::new(path.as_str(), &*encoding::searched(&bytes)?));
    // The next finding is most likely in the same file.
    *lock(&session.searched) = Some((path.clone(), source.clone()));
    Some(source)
}

/// A range of one line: from column to column, to the end of the line, or what is written on it.
fn in_line(source: &SourceText, line: usize, place: &Place, label: String) -> Location {
    // A line that is not there is shown at the nearest one that is: a finding may not be lost with its place.
    let line = line.clamp(1, source.lines().max(1));
    let Some(whole) = source.line(line) else { return Location::file(source.path(), label) };
    let text = &source.text()[whole.clone()];
    let range = match place.column {
        None => whole.start + (text.len() - text.trim_start().len())..whole.end,
        Some(column) => {
            let start = source.offset(Position { line, column });
            let end = place.end_column.map_or(whole.end, |column| source.offset(Position { line, column }));
            start..end.max(start)
        }
    };
    source.location(range, label)
}

/// Hides what a place points at: a report must not spread a secret. White space stays, so that columns do.
///
/// Of a range of a line the first characters stay, which tell what kind of secret it is; of a member of a document its key.
fn redact(location: &mut Location, place: &Place) {
    let (start, end) = (location.start.column.saturating_sub(1), location.end.column.saturating_sub(1));
    let first: Vec<char> = location.excerpt.lines().next().unwrap_or_default().chars().collect();
    let in_line = place.at.is_none() && place.line.is_some();
    let shown = |at: usize| match (&place.at, in_line) {
        (Some(steps), _) => {
            is_key(steps, &first, start..end) && ((start..end).contains(&at) || opens(&first[..start.min(first.len())], at))
        }
        (None, true) => at < start + SHOWN.min(end.saturating_sub(start) / SHARE) || (place.end_column.is_some() && at >= end),
        (None, false) => false,
    };
    let shown = |at: usize, c: char| c.is_whitespace() || shown(at) || (place.at.is_some() && at == end && c == ':');
    let mask = |row: usize, (at, c): (usize, char)| if (row == 0 && shown(at, c)) || c.is_whitespace() { c } else { '*' };
    let lines = location.excerpt.lines().enumerate();
    let hidden = lines.map(|(row, line)| line.chars().enumerate().map(|one| mask(row, one)).collect::<String>());
    location.excerpt = hidden.collect::<Vec<_>>().join("\n");
    if !location.standing.is_empty() {
        location.standing = pinned(location.excerpt.lines().next().unwrap_or_default());
    }
}

/// Whether a range of a line is the key that a path ends with, and not already a value.
fn is_key(steps: &[PathStep], line: &[char], range: std::ops::Range<usize>) -> bool {
    let text: String = line.get(range).unwrap_or_default().iter().collect();
    matches!(steps.last(), Some(PathStep::Key(name)) if text.trim_matches(['"', '\'']) == name)
}

/// Whether a character belongs to the signs that open a line. Words in front of a key are other members, which may be as secret.
fn opens(before: &[char], at: usize) -> bool {
    at < before.len() && before.iter().all(|c| !c.is_alphanumeric())
}

impl PathStep {
    fn to_step(&self) -> Step {
        match self {
            Self::Index(index) => Step::Index(*index),
            Self::Key(name) => Step::Key(name.clone()),
        }
    }
}
