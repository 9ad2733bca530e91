//! The text of a lock: what the YAML library writes, to the byte.
//!
//! Its emitter costs more for the files of a service than rendering them does. Files whose names need no quotes are therefore written as
//! they stand; any other goes through the library.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::{Lock, LockedFile};
use crate::tree::RepoPath;

/// The longest key that the library writes without a question mark is a little longer.
const MAX_KEY: usize = 100;

pub(super) fn text(lock: &Lock) -> String {
    const EMPTY: &str = "files: {}\n";
    let mut text = written(&Lock {
        version: lock.version,
        answers: lock.answers.clone(),
        layers: lock.layers.clone(),
        policies: lock.policies.clone(),
        policy_layers: lock.policy_layers.clone(),
        files: [].into(),
    });
    if lock.files.is_empty() {
        return text;
    }
    debug_assert!(text.ends_with(EMPTY), "files come last");
    text.truncate(text.len() - EMPTY.len());
    text.push_str("files:\n");
    for (path, file) in &lock.files {
        if is_plain_entry((path, file)) {
            entry(&mut text, path, file).expect("a string can always grow");
        } else {
            written(&BTreeMap::from([(path, file)])).lines().for_each(|line| text.extend(["  ", line, "\n"]));
        }
    }
    text
}

fn written(value: &impl Serialize) -> String {
    serde_yaml::to_string(value).expect("a lock holds texts, numbers, lists and mappings with text keys")
}

fn entry(text: &mut String, path: &RepoPath, file: &LockedFile) -> std::fmt::Result {
    writeln!(text, "  {path}:\n    class: {}\n    sha256: {}", file.class.word(), file.sha256)?;
    if let Some(blob) = &file.blob {
        writeln!(text, "    blob: {}", blob.as_str())?;
    }
    if file.executable {
        text.push_str("    executable: true\n");
    }
    if !file.from.is_empty() {
        text.push_str("    from:\n");
    }
    file.from.iter().try_for_each(|source| writeln!(text, "    - {source}"))
}

fn is_plain_entry((path, file): (&RepoPath, &LockedFile)) -> bool {
    let digests = [Some(file.sha256.as_str()), file.blob.as_ref().map(|blob| blob.as_str())];
    is_plain(path.as_str())
        && !path.as_str().contains(':')
        && path.as_str().len() <= MAX_KEY
        && file.from.iter().all(|source| is_plain(source))
        // Digits alone, with an `e` among them or a `b` behind the first, are numbers to YAML.
        && digests.into_iter().flatten().all(|digits| digits.contains(['a', 'c', 'd', 'f']))
}

/// Whether a name is surely a text to every YAML reader without quotes. It begins with a letter, and a slash or a dot further on keeps it from
/// being a word with a meaning; or it begins with a dot and a letter, and is longer than `.inf` and `.nan`.
fn is_plain(name: &str) -> bool {
    let begins = |text: &str| text.starts_with(|first: char| first.is_ascii_alphabetic());
    let is_text = match name.strip_prefix('.') {
        Some(rest) => begins(rest) && rest.len() > 3,
        None => begins(name) && name.contains(['/', '.']),
    };
    is_text && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_./-:".contains(&byte)) && !name.ends_with(':')
}
