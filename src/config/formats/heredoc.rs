//! The heredocs of a Dockerfile's line, as buildkit opens and closes them.

use super::dockerfile_words::words;

/// A heredoc that a line opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// The line that closes it.
    pub name: String,
    /// Whether tabs at the beginning of its lines do not count: `<<-EOF`.
    pub strips_tabs: bool,
}

/// The heredocs that a line opens: words such as `<<EOF`, `<<-EOF`, `3<<"EOF"`. `<<<`, and what stands inside of a word or of quotes, is none.
#[must_use]
pub fn heredocs(line: &str, escape: char) -> Vec<Heredoc> {
    let one = |word: String| {
        let (descriptor, rest) = word.split_once("<<")?;
        if !descriptor.bytes().all(|b| b.is_ascii_digit()) || rest.contains('<') {
            return None;
        }
        let name = rest.trim_start_matches('-').trim().trim_matches(['"', '\'']);
        let is_name = !name.is_empty() && !name.contains(char::is_whitespace);
        is_name.then(|| Heredoc { name: name.to_owned(), strips_tabs: rest.starts_with('-') })
    };
    words(line, escape).into_iter().filter_map(one).collect()
}

impl Heredoc {
    /// How many of the lines that follow are its text; the next one closes it. `None` when none does.
    #[must_use]
    pub fn length(&self, lines: &[&str]) -> Option<usize> {
        lines.iter().position(|line| self.name == self.text(line))
    }

    /// What a line of it says.
    #[must_use]
    pub fn text<'a>(&self, line: &'a str) -> &'a str {
        let line = line.trim_end_matches('\r');
        if self.strips_tabs { line.trim_start_matches('\t') } else { line }
    }
}
