//! Searches over many files at once: `repo.search`, and `repo.code` and `repo.tests` for what a service runs and what proves it.
//!
//! Rules ask these instead of calling `repo.matches` on every file: the loop runs here, and a file without a match costs one read.

use std::collections::BTreeMap;

use regorus::Value as Rego;

use crate::finding::{Position, SourceText};

use super::comments::prose;
use super::encoding;
use super::host::{Answer, Misuse, Session, argument, hits, joined, row};
use super::patterns::{self, Anchors};
use super::purpose::{is_test, is_vendored, is_written};
use super::repository::lock;
use super::value;

/// Source files of the languages that services are written in.
const CODE: &str = "**/*.{rs,go,java,kt,kts,scala,groovy,clj,cs,fs,vb,py,rb,php,ts,tsx,mts,cts,js,jsx,mjs,cjs,vue,svelte,ex,exs,erl,swift,dart,c,cc,cpp,h,hpp}";

/// `repo.search(pattern, regex)`: every match in every file that the pattern names.
pub(super) fn files(session: &Session, values: &[Rego]) -> Answer {
    let (pattern, regex) = (argument("repo.search", values, 0)?, argument("repo.search", values, 1)?);
    every("repo.search", session, pattern, regex, |path| !session.named(path, is_vendored))
}

/// `repo.code(regex)`: every match in source files that are no tests.
pub(super) fn code(session: &Session, values: &[Rego]) -> Answer {
    every("repo.code", session, CODE, argument("repo.code", values, 0)?, |path| {
        !session.named(path, is_vendored) && !session.named(path, is_test)
    })
}

/// `repo.tests(regex)`: every match in source files that are tests.
pub(super) fn tests(session: &Session, values: &[Rego]) -> Answer {
    every("repo.tests", session, CODE, argument("repo.tests", values, 0)?, |path| {
        !session.named(path, is_vendored) && session.named(path, is_test)
    })
}

/// `repo.written(regex)`: every match in files that people write by hand.
pub(super) fn written(session: &Session, values: &[Rego]) -> Answer {
    every("repo.written", session, "**", argument("repo.written", values, 0)?, |path| !session.named(path, |path| !is_written(path)))
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
            let is_said = |place: &Position| {
                let at = source.offset(*place);
                let before = all.partition_point(|comment| comment.start <= at);
                all[..before].last().is_some_and(|comment| at < comment.end)
            };
            kept.extend(rows.iter().filter(|(_, place)| !is_said(place)).map(|(row, _)| (*row).clone()));
            Ok(Rego::Null)
        })?;
    }
    Ok(Rego::from(kept))
}

fn every(function: &'static str, session: &Session, pattern: &str, regex: &str, wanted: impl Fn(&str) -> bool + Sync) -> Answer {
    let key = (function, pattern.to_owned(), regex.to_owned());
    if let Some(known) = lock(&session.answers).get(&key) {
        return Ok(known.clone());
    }
    let regex = patterns::regex(regex, Anchors::Line).map_err(|error| Misuse::Pattern(function, error.to_string()))?;
    let paths = session.files(function, pattern, &wanted)?;
    let of_file = |path: &String| {
        session.with_file(path, None, |evidence| {
            let Some(source) = session.searchable(evidence, &regex)? else { return Ok(Rego::Undefined) };
            let rows = hits(&source, &regex).into_iter().map(|hit| {
                let [line, column, end_column, text] = row(&source, hit);
                value::object([("path", Rego::from(path.as_str())), line, column, end_column, text])
            });
            Ok(Rego::from(rows.collect::<Vec<_>>()))
        })
    };
    let found = joined(&paths, |path| wanted(path).then(|| of_file(path)))?;
    lock(&session.answers).insert(key, found.clone());
    Ok(found)
}
