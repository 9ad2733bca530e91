//! Finds, reads and parses the config files that a user named.

use std::collections::HashSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use regex::Regex;

use crate::config::formats::{Means, Syntax, SyntaxError};
use crate::disk::is_special;
use crate::policy::conftest::Config;

use super::{Doing as _, Failure, go_words};

/// The files behind `paths`: folders give the files that have a parser, each file once.
///
/// # Errors
/// Also when a folder holds a file that conftest would read and polity cannot: leaving it out would be a pass.
pub(super) fn find(paths: &[String], ignore: Option<&str>) -> Result<Vec<String>, Failure> {
    let context = "parse files";
    let ignore = ignore.filter(|pattern| !pattern.is_empty()).map(Regex::new).transpose();
    let ignore = ignore.map_err(|e| format!("given regexp couldn't be parsed :{e}")).doing(context)?;
    let mut walk = Walk { ignore, folders: HashSet::new(), files: Vec::new() };
    for path in paths.iter().filter(|path| !path.is_empty()) {
        if path == "-" {
            walk.files.push(path.clone());
            continue;
        }
        let found = std::fs::metadata(path).map_err(|e| format!("get file info: stat {path}: {}", go_words(&e))).doing(context)?;
        if found.is_dir() {
            walk.visit(Path::new(path))?;
        } else if !walk.ignores(path) {
            walk.files.push(path.clone());
        }
    }
    let mut seen = HashSet::new();
    walk.files.retain(|file| seen.insert(file.clone()));
    if walk.files.is_empty() { Err(Failure(format!("{context}: no files found"))) } else { Ok(walk.files) }
}

struct Walk {
    ignore: Option<Regex>,
    folders: HashSet<PathBuf>,
    files: Vec<String>,
}

impl Walk {
    fn ignores(&self, path: &str) -> bool {
        self.ignore.as_ref().is_some_and(|pattern| pattern.is_match(path))
    }

    fn visit(&mut self, path: &Path) -> Result<(), Failure> {
        let context = "parse files: get files from directory: walk path";
        let failed = |e: &std::io::Error| format!("{}: {}", path.display(), go_words(e));
        let kind = std::fs::symlink_metadata(path).map_err(|e| failed(&e)).doing(context)?.file_type();
        if kind.is_dir() {
            if !self.folders.insert(path.to_owned()) {
                return Ok(());
            }
            let entries =
                std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(|e| failed(&e)).doing(context)?;
            let mut entries: Vec<_> = entries.iter().map(std::fs::DirEntry::path).collect();
            entries.sort();
            return entries.iter().try_for_each(|entry| self.visit(entry));
        }
        let shown = path.to_string_lossy();
        if self.ignores(shown.strip_prefix("./").unwrap_or(&shown)) {
            return Ok(());
        }
        if !kind.is_symlink() {
            return self.file(path);
        }
        let real = path.canonicalize().map_err(|e| failed(&e)).doing(context)?;
        if real.is_dir() { self.visit(&real) } else { self.file(&real) }
    }

    fn file(&mut self, path: &Path) -> Result<(), Failure> {
        let shown = path.to_string_lossy();
        let shown = shown.strip_prefix("./").unwrap_or(&shown);
        match Syntax::of_path(shown) {
            Ok(_) if is_special(path) => {
                return Err(Failure(format!(
                    "parse files: get files from directory: {shown}: not a regular file (leave it out with --ignore)"
                )));
            }
            Ok(_) => self.files.push(shown.to_owned()),
            Err(SyntaxError::Unknown(_)) => {}
            Err(error @ (SyntaxError::Unsupported(_) | SyntaxError::Invalid { .. })) => {
                return Err(Failure(format!("parse configurations: new parser: {error}, path: {shown} (leave it out with --ignore)")));
            }
        }
        Ok(())
    }
}

/// Reads and parses files, all in one format or each in the one that its name stands for.
pub(super) fn parse(files: &[String], parser: Option<&str>, means: &Means) -> Result<Vec<Config>, Failure> {
    files.par_iter().map(|path| parse_one(path, parser, means)).collect()
}

/// Reads and parses a file.
pub(super) fn parse_one(path: &str, parser: Option<&str>, means: &Means) -> Result<Config, Failure> {
    let located = |what: &str, error: &dyn std::fmt::Display| Failure(format!("parse configurations: {what}: {error}, path: {path}"));
    let forced = parser.filter(|name| !name.is_empty());
    let syntax = forced.map_or_else(|| Syntax::of_path(path), Syntax::named).map_err(|e| located("new parser", &e))?;
    let bytes = read(path).map_err(|e| located("get configuration content", &format!("open {path}: {}", go_words(&e))))?;
    let value = syntax.parse_with(path, &bytes, means).map_err(|e| located("parser unmarshal", &e))?;
    Ok(Config { path: path.to_owned(), value })
}

fn read(path: &str) -> std::io::Result<Vec<u8>> {
    if path != "-" {
        return std::fs::read(path);
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
}
