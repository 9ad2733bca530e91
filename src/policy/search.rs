//! Searches over many files at once: `repo.search`, and `repo.code` and `repo.tests` for what a service runs and what proves it.
//!
//! Rules ask these instead of calling `repo.matches` on every file: the loop runs here, and a file without a match costs one read.

use rayon::prelude::*;
use regorus::Value as Rego;

use crate::finding::Severity;

use super::host::{Answer, Misuse, Session, argument, hits, joined, row};
use super::patterns::{self, Anchors};
use super::repository::lock;
use super::value;

/// Source files of the languages that services are written in.
const CODE: &str = "**/*.{rs,go,java,kt,kts,scala,groovy,clj,cs,fs,vb,py,rb,php,ts,tsx,mts,cts,js,jsx,mjs,cjs,vue,svelte,ex,exs,erl,swift,dart,c,cc,cpp,h,hpp}";

/// Folders that hold the code of others.
const VENDORED: [&str; 8] = ["node_modules", "vendor", "third_party", "target", "dist", "bower_components", ".venv", "site-packages"];

/// Endings of files that programs make.
const MADE: [&str; 63] = [
    "png", "jpg", "jpeg", "gif", "webp", "ico", "icns", "bmp", "tif", "tiff", "svg", "pdf", "psd", "woff", "woff2", "ttf", "eot", "otf",
    "mp3", "mp4", "mov", "avi", "webm", "wav", "ogg", "zip", "gz", "tgz", "bz2", "xz", "zst", "7z", "rar", "tar", "jar", "war", "class",
    "so", "dylib", "dll", "exe", "a", "o", "bin", "dat", "db", "sqlite", "sqlite3", "parquet", "wasm", "pyc", "lock", "sum", "map", "snap",
    "min.js", "min.css", "pb", "onnx", "npy", "bundle", "pack", "idx",
];

/// Lock files that are named like others.
const LOCK_FILES: [&str; 3] = ["package-lock.json", "pnpm-lock.yaml", "npm-shrinkwrap.json"];

/// Folders that hold tests.
const TEST_FOLDERS: [&str; 11] =
    ["test", "tests", "__tests__", "spec", "specs", "e2e", "testing", "testdata", "fixtures", "benches", "integration"];

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
    let paths = session.files(function, pattern, Severity::Advice)?;
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
    let found = joined(paths.par_iter().filter(|path| wanted(path)).map(of_file).collect())?;
    lock(&session.answers).insert(key, found.clone());
    Ok(found)
}

fn is_vendored(path: &str) -> bool {
    folders(path).any(|folder| VENDORED.contains(&folder))
}

/// Whether people of this repository write such files: no pictures, archives, binaries, lock files, minified code, or code of others.
/// What a build made counts when it is committed.
fn is_written(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let made = |ending: &&str| name.strip_suffix(*ending).is_some_and(|stem| stem.ends_with('.'));
    let foreign = folders(path).any(|folder| VENDORED[..3].contains(&folder));
    !foreign && !MADE.iter().any(made) && !LOCK_FILES.contains(&name.as_str())
}

/// Whether a path is one of a test: by a folder, or by how its language names tests.
fn is_test(path: &str) -> bool {
    let in_folder = folders(path).any(|folder| {
        let word = folder.to_ascii_lowercase();
        TEST_FOLDERS.contains(&word.as_str())
            || ["tests", "test"].iter().any(|end| word.ends_with(&format!(".{end}")) || folder.ends_with(&title(end)))
    });
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let marks = ["_test", "_tests", ".test", ".spec", "_spec", ".e2e", "Test", "Tests", "IT", "Spec"];
    in_folder || stem.starts_with("test_") || marks.iter().any(|mark| stem.ends_with(mark)) || matches!(stem, "tests" | "test" | "conftest")
}

fn title(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').rev().skip(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_told_from_code() {
        for path in [
            "tests/a.rs",
            "src/a_test.go",
            "web/a.spec.ts",
            "src/test/java/A.java",
            "AppTest.java",
            "Basket.UnitTests/A.cs",
            "a/Orders.Tests/A.cs",
            "test_a.py",
            "src/x/tests.rs",
        ] {
            assert!(is_test(path), "{path}");
        }
        for path in ["src/main.rs", "src/latest/a.go", "contest/a.py", "src/attest.ts", "src/Greatest.java", "src/protest.rs"] {
            assert!(!is_test(path), "{path}");
        }
        for path in ["a/logo.PNG", "Cargo.lock", "web/app.min.js", "package-lock.json", "a.tar.gz", "a/vendor/b.go"] {
            assert!(!is_written(path), "{path}");
        }
        assert!(is_written("src/main.rs") && is_written("png") && is_written("a.env") && is_written(".npmrc"));
        assert!(is_vendored("web/node_modules/a/b.js") && !is_vendored("web/vendor.js"));
    }
}
