//! Since when a line of the working tree is there, by the git command's word.

use std::collections::BTreeMap;
use std::process::Command;

use crate::finding::plain;
use crate::tree::RepoPath;

use super::{Ground, ground};

/// The commit that brought a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Since {
    /// Its id; empty when the line is not committed.
    pub commit: String,
    /// Who wrote it.
    pub author: String,
    /// When, as `2026-11-25`.
    pub date: String,
    /// The first line of its message.
    pub summary: String,
    /// What the file was called in it, from the root of the repository.
    pub file: String,
}

impl Ground {
    /// The commit of every line of a file; nothing when the file is not committed.
    ///
    /// # Errors
    /// What git says when it fails.
    pub fn blame(&self, path: &RepoPath) -> Result<Vec<Since>, String> {
        if !self.is_versioned() {
            return Ok(Vec::new());
        }
        // The repository was opened, so that it may be trusted.
        let args = ["-c", "safe.directory=*", "blame", "--porcelain", "--", path.as_str()];
        let run = |command: &mut Command| command.output().map_err(|error| format!("cannot run git: {error}"));
        let mut output = run(&mut ground::command(&self.folder, &args))?;
        if String::from_utf8_lossy(&output.stderr).contains("could not open object name list") {
            // The user's settings name a list of commits to pass over in every repository, and this one has none.
            output = run(ground::command(&self.folder, &args).env("GIT_CONFIG_GLOBAL", "").env("GIT_CONFIG_NOSYSTEM", "1"))?;
        }
        if output.status.success() {
            return Ok(read(&String::from_utf8_lossy(&output.stdout)));
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let why = said.lines().last().unwrap_or("git blame failed and said nothing").trim_start_matches("fatal: ");
        if why.starts_with("no such path ") || why.starts_with("no such ref") { Ok(Vec::new()) } else { Err(plain(why)) }
    }
}

/// Reads `git blame --porcelain`: a header for every line, what is known of a commit at its first.
fn read(text: &str) -> Vec<Since> {
    let mut known: BTreeMap<String, Since> = BTreeMap::new();
    let mut lines = Vec::new();
    let mut current = String::new();
    for row in text.lines() {
        if row.starts_with('\t') {
            lines.push(known.get(&current).cloned().unwrap_or_default());
            continue;
        }
        let (word, rest) = row.split_once(' ').unwrap_or((row, ""));
        if word.len() >= 40 && word.bytes().all(|b| b.is_ascii_hexdigit()) {
            current = word.to_owned();
            let commit = if word.bytes().all(|b| b == b'0') { String::new() } else { word.to_owned() };
            known.entry(current.clone()).or_default().commit = commit;
            continue;
        }
        let Some(since) = known.get_mut(&current) else { continue };
        match word {
            "author" => since.author = plain(rest),
            "summary" => since.summary = plain(rest),
            "filename" => rest.clone_into(&mut since.file),
            "author-time" => since.date = rest.parse().map(day).unwrap_or_default(),
            _ => {}
        }
    }
    lines
}

/// The day of a second since 1970.
fn day(seconds: u64) -> String {
    let text = humantime::format_rfc3339_seconds(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds.min(1 << 37))).to_string();
    text.chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_its_commit() {
        let (a, zero) = ("a".repeat(40), "0".repeat(40));
        let text =
            format!("{a} 1 1 2\nauthor Ana\nauthor-time 86400\nsummary first\n\tone\n{a} 2 2\n\ttwo\n{zero} 3 3 1\nauthor Not\n\tx\n");
        let since = read(&text);
        assert_eq!(since.iter().map(|s| (s.commit.len(), &*s.author)).collect::<Vec<_>>(), [(40, "Ana"), (40, "Ana"), (0, "Not")]);
        assert_eq!((&*since[1].date, &*since[1].summary), ("1970-01-02", "first"));
    }
}
