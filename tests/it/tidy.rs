//! The house rules that a compiler does not check: module order, purity, file size, headers, names, units of data.

use std::path::{Path, PathBuf};

/// A module imports only modules that stand before it.
const MODULES: [&str; 14] = [
    "tree", "finding", "config", "catalog", "template", "policy", "contract", "migrate", "error", "report", "disk", "net", "cli",
    "commands",
];
/// The product's jobs meet in `commands` only.
const SIBLINGS: [&str; 5] = ["catalog", "template", "policy", "contract", "migrate"];
/// Modules that may touch the world: the others are functions over values.
const IMPURE: [&str; 4] = ["disk", "net", "commands", "cli"];
const MAX_LINES: usize = 500;
const MAX_COMMAND_LINES: usize = 120;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below a folder of the project, with its text.
fn rust_files(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(&root().join(folder), &mut |path| {
        if path.extension().is_some_and(|e| e == "rs") {
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            found.push((name, std::fs::read_to_string(path).unwrap()));
        }
    });
    found.sort();
    assert!(!found.is_empty(), "no Rust file below {folder}");
    found
}

fn walk(folder: &Path, visit: &mut impl FnMut(&Path)) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() { walk(&path, visit) } else { visit(&path) }
    }
}

/// The top-level module that a file of `src/` belongs to.
fn module_of(file: &str) -> &str {
    let rest = file.strip_prefix("src/").unwrap_or(file);
    rest.split('/').next().unwrap_or(rest).trim_end_matches(".rs")
}

/// The text before the tests of a file.
fn product(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod ").next().unwrap_or(text)
}

#[test]
fn every_file_opens_with_a_header() {
    for (name, text) in rust_files("src").into_iter().chain(rust_files("tests")) {
        assert!(text.starts_with("//! "), "{name}: the first line must be a `//!` header that says what the file is");
    }
}

#[test]
fn files_stay_short() {
    for (name, text) in rust_files("src") {
        if name.ends_with("/tests.rs") {
            continue;
        }
        let lines = product(&text).lines().count();
        assert!(lines <= MAX_LINES, "{name} has {lines} lines; split it, {MAX_LINES} is the limit");
        if name.starts_with("src/commands/") {
            assert!(lines <= MAX_COMMAND_LINES, "{name} has {lines} lines; move work into the core, {MAX_COMMAND_LINES} is the limit");
        }
    }
    let main = std::fs::read_to_string(root().join("src/main.rs")).unwrap();
    assert!(main.lines().count() <= 20, "src/main.rs only hands over to the library");
}

#[test]
fn modules_import_only_what_stands_before_them() {
    for (name, text) in rust_files("src") {
        let module = module_of(&name);
        let Some(rank) = MODULES.iter().position(|m| *m == module) else {
            assert!(matches!(module, "lib" | "main"), "{name}: `{module}` is not in the module table");
            continue;
        };
        for other in MODULES.iter().filter(|m| **m != module) {
            if !text.contains(&format!("crate::{other}::")) && !text.contains(&format!("use crate::{other};")) {
                continue;
            }
            let other_rank = MODULES.iter().position(|m| m == other).unwrap();
            assert!(other_rank < rank, "{name} imports `{other}`, which stands below `{module}`");
            let both_jobs = SIBLINGS.contains(&module) && SIBLINGS.contains(other);
            assert!(!both_jobs, "{name} imports `{other}`: the product's jobs meet in `commands` only");
        }
    }
}

#[test]
fn the_core_is_pure() {
    let forbidden = ["std::fs", "std::net", "std::process::Command", "std::env::", "SystemTime::now", "Utc::now", "println!", "eprintln!"];
    for (name, text) in rust_files("src") {
        let module = module_of(&name);
        if IMPURE.contains(&module) || !MODULES.contains(&module) || name.ends_with("tests.rs") {
            continue;
        }
        for word in forbidden {
            assert!(!product(&text).contains(word), "{name} uses `{word}`: only {IMPURE:?} touch the world");
        }
    }
}

#[test]
fn there_is_no_drawer_for_odds_and_ends() {
    for (name, _) in rust_files("src") {
        for word in ["utils", "util", "common", "helpers", "types", "manager", "misc"] {
            let stem = name.trim_end_matches(".rs").trim_end_matches("/mod");
            assert!(!stem.ends_with(&format!("/{word}")), "{name}: name the file after what it holds");
        }
    }
}

#[test]
fn nothing_unwraps_outside_tests() {
    for (name, text) in rust_files("src") {
        if name.ends_with("tests.rs") {
            continue;
        }
        assert!(!product(&text).contains(".unwrap()"), "{name}: use `expect` with the invariant, or return an error");
    }
}
