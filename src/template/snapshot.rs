//! The snapshot of a case: one line a file, readable in a review and small whatever the template writes.

use std::fmt::Write as _;

use crate::config::LOCK_FILE;
use crate::tree::{Digest, Mode};

use super::Rendered;

/// The digits of a digest that a snapshot shows.
const DIGITS: usize = 16;

/// The files of a result: class, mode, the first digits of the SHA-256, path.
///
/// `polity.lock` has no digest here: it holds the digest of the template, which the snapshot itself is part of.
#[must_use]
pub fn snapshot(rendered: &Rendered) -> String {
    let mut text = String::from("# class  mode  sha256  path; written by `polity template test --accept`\n");
    for (path, file) in &rendered.files {
        let mode = if file.mode == Mode::Executable { "x" } else { "-" };
        let digest = if path.as_str() == LOCK_FILE { "-".repeat(DIGITS) } else { Digest::of(&file.bytes).as_str()[..DIGITS].to_owned() };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:<7} {mode} {digest} {path}", file.class.word());
    }
    text
}
