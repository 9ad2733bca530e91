//! The layout of policies: what `opa fmt` makes of them, line by line.
//!
//! The engine's tree forgets what a layout needs, so there is a parser here; nothing is evaluated. A layout is given only when the new
//! text says the same as the old one, keeps every comment, and would not be changed again.

mod meaning;
mod parse;
mod print;
mod relocate;
mod syntax;
#[cfg(test)]
mod tests;
mod tokens;

use super::conftest::RegoVersion;
use parse::Parsed;
use print::Keep;

/// Why a policy has no layout.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// The policy does not parse.
    #[error("{row}: rego_parse_error: {what}")]
    Parse {
        /// The line.
        row: usize,
        /// What is wrong.
        what: String,
    },
    /// What was laid out would not be the same policy.
    #[error("cannot be formatted safely: {0}")]
    Unsafe(&'static str),
}

/// A piece of the text, and the row that counts as its first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    row: usize,
    start: usize,
    end: usize,
}

impl Place {
    fn text(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// How often a layout may be laid out again until nothing changes.
const MAX_ROUNDS: usize = 4;

/// Lays out a policy.
///
/// # Errors
/// [`LayoutError::Parse`]; [`LayoutError::Unsafe`] when the result would say something else, lose a comment or change again.
pub fn format(text: &str, version: RegoVersion) -> Result<String, LayoutError> {
    let mut current = round(text, version)?;
    for _ in 0..MAX_ROUNDS {
        let next = round(&current, version)?;
        if next == current {
            return Ok(current);
        }
        current = next;
    }
    Err(LayoutError::Unsafe("the result would change again"))
}

/// The first layout that says the same as the text.
fn round(text: &str, version: RegoVersion) -> Result<String, LayoutError> {
    let parsed = parse::parse(text, version)?;
    let laid_out = |keep| {
        let printed = print::print(&parsed, text, version, keep);
        same(&parsed, &printed, version).map(|()| printed)
    };
    laid_out(Keep::Term).or_else(|_| laid_out(Keep::Statement)).or_else(|_| laid_out(Keep::Rule))
}

fn same(parsed: &Parsed, printed: &str, version: RegoVersion) -> Result<(), LayoutError> {
    let again = parse::parse(printed, version).map_err(|_| LayoutError::Unsafe("the result would not parse"))?;
    let ((rules, comments), (new_rules, new_comments)) = (meaning::meaning(parsed, version), meaning::meaning(&again, version));
    match () {
        () if rules != new_rules => Err(LayoutError::Unsafe("the result would be another policy")),
        () if comments != new_comments => Err(LayoutError::Unsafe("a comment would be lost")),
        () => Ok(()),
    }
}
