//! Searches over many files at once: `repo.search`, and `repo.code` and `repo.tests` for what a service runs and what proves it.
//!
//! Rules ask these instead of calling `repo.matches` on every file: the loop runs here, and a file without a match costs one read.

use regorus::Value as Rego;

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
    every("repo.search", session, pattern, regex, |path| !is_vendored(path))
}

/// `repo.code(regex)`: every match in source files that are no tests.
pub(super) fn code(session: &Session, values: &[Rego]) -> Answer {
    every("repo.code", session, CODE, argument("repo.code", values, 0)?, |path| !is_vendored(path) && !is_test(path))
}

/// `repo.tests(regex)`: every match in source files that are tests.
pub(super) fn tests(session: &Session, values: &[Rego]) -> Answer {
    every("repo.tests", session, CODE, argument("repo.tests", values, 0)?, |path| !is_vendored(path) && is_test(path))
}

/// `repo.written(regex)`: every match in files that people write by hand.
pub(super) fn written(session: &Session, values: &[Rego]) -> Answer {
    every("repo.written", session, "**", argument("repo.written", values, 0)?, is_written)
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
