//! Searches over many files at once: `repo.search`, and `repo.code` and `repo.tests` for what a service runs and what proves it.
//!
//! Rules ask these instead of calling `repo.matches` on every file: the loop runs here, and a file without a match costs one read.
//! All but `repo.written` look for what a service has, so they do not find what is said of it to polity alone.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use regorus::Value as Rego;

use crate::finding::{Position, SourceText};

use super::comments::{around, prose};
use super::encoding;
use super::host::{Answer, Elsewhere, Misuse, Session, argument, hits, joined, row};
use super::own::{is_own, without};
use super::patterns;
use super::purpose::{CODE, is_test, is_vendored, is_written};
use super::repository::lock;
use super::{value, waivers};

/// `repo.search(pattern, regex)`: every match in every file that the pattern names.
pub(super) fn files(session: &Session, values: &[Rego]) -> Answer {
    let (pattern, regex) = (argument("repo.search", values, 0)?, argument("repo.search", values, 1)?);
    every(Search("repo.search", Wanted::Proof), session, (pattern, regex), |path| !session.named(path, is_vendored))
}

/// `repo.code(regex)`: every match in source files that are no tests.
pub(super) fn code(session: &Session, values: &[Rego]) -> Answer {
    every(Search("repo.code", Wanted::Proof), session, (CODE, argument("repo.code", values, 0)?), |path| {
        !session.named(path, is_vendored) && !session.named(path, is_test)
    })
}

/// `repo.tests(regex)`: every match in source files that are tests.
pub(super) fn tests(session: &Session, values: &[Rego]) -> Answer {
    every(Search("repo.tests", Wanted::Proof), session, (CODE, argument("repo.tests", values, 0)?), |path| {
        !session.named(path, is_vendored) && session.named(path, is_test)
    })
}

/// `repo.written(regex)`: every match in files that people write by hand.
pub(super) fn written(session: &Session, values: &[Rego]) -> Answer {
    let regex = argument("repo.written", values, 0)?;
    every(Search("repo.written", Wanted::Fault), session, ("**", regex), |path| !session.named(path, |path| !is_written(path)))
}

/// `repo.uncommented(matches)`: those that do not begin in a comment.
pub(super) fn uncommented(session: &Session, values: &[Rego]) -> Answer {
    let misuse = || Misuse::NotMatches("repo.uncommented");
    let Some(Rego::Array(rows)) = values.first() else { return Err(misuse().into()) };
    let mut by_path: BTreeMap<&str, Vec<(&Rego, Position)>> = BTreeMap::new();
    for row in rows.iter() {
        let number = |key: &str| row[&Rego::from(key)].as_u64().ok().and_then(|number| usize::try_from(number).ok());
        let (Ok(path), Some(line), Some(column)) = (row[&Rego::from("path")].as_string(), number("line"), number("column")) else {
            return Err(misuse().into());
        };
        by_path.entry(&**path).or_default().push((row, Position { line, column }));
    }
    let mut kept = Vec::new();
    for (path, rows) in by_path {
        session.with_file(path, None, |evidence| {
            let bytes = evidence.searched(session.repository.tree())?;
            let source = SourceText::new(path, encoding::searched(&bytes).unwrap_or_default());
            let all = prose(path, source.text());
            let is_said = |place: &Position| around(&all, source.offset(*place)).is_some();
            kept.extend(rows.iter().filter(|(_, place)| !is_said(place)).map(|(row, _)| (*row).clone()));
            Ok(Rego::Null)
        })?;
    }
    Ok(Rego::from(kept))
}

/// A function, and what rules search for by it.
struct Search(&'static str, Wanted);

/// What a search is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// Something that a service has. What is written down about that for polity, such as the name of the policy that asks for it, is none.
    Proof,
    /// Something that must stand nowhere.
    Fault,
}

fn every(
    Search(function, wanted): Search,
    session: &Session,
    (pattern, regex): (&str, &str),
    concerns: impl Fn(&str) -> bool + Sync,
) -> Answer {
    let key = (function, pattern.to_owned(), regex.to_owned());
    if let Some(known) = lock(&session.answers).get(&key) {
        return Ok(known.clone());
    }
    // Who searches for waivers means them.
    let is_proof = wanted == Wanted::Proof && !regex.contains(waivers::MARK);
    let regex = patterns::lines(regex).map_err(|error| Misuse::Pattern(function, error.to_string()))?;
    let concerns = |path: &str| !(is_proof && is_own(path, session.repository.roots())) && concerns(path);
    let paths = session.files(function, pattern, concerns)?;
    let elsewhere = if wanted == Wanted::Proof { Elsewhere::Ordinary } else { Elsewhere::Aside };
    let of_file = |path: &String| {
        session.with_file(path, None, |evidence| {
            let Some(source) = session.searchable(evidence, &regex, elsewhere)? else { return Ok(Rego::Undefined) };
            let hits = if is_proof { proofs(&source, &regex, &session.name) } else { hits(&source, &regex) };
            let rows = hits.into_iter().map(|hit| {
                let [line, column, end_column, text] = row(&source, hit);
                value::object([("path", Rego::from(path.as_str())), line, column, end_column, text])
            });
            Ok(Rego::from(rows.collect::<Vec<_>>()))
        })
    };
    let found = joined(&paths, |path| concerns(path).then(|| of_file(path)))?;
    lock(&session.answers).insert(key, found.clone());
    Ok(found)
}

/// Every match inside one line, but for those in what a text says to polity.
fn proofs(source: &Arc<SourceText>, regex: &regex::Regex, policy: &str) -> Vec<Range<usize>> {
    let found = hits(source, regex);
    let other = without(source.path(), source.text(), policy, &found);
    other.map_or(found, |text| hits(&SourceText::new(source.path(), text), regex))
}
