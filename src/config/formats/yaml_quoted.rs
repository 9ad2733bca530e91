//! YAML that go-yaml reads and the parser does not, put right: quoted texts whose lines stand too far left, which are folded whatever
//! their indent, and tabs between a key and its value.

/// Indents the lines of the quoted text that begins at a line (from 1) and a column (from 0), more than what it belongs to.
pub(super) fn indent(text: &str, line: usize, column: usize) -> String {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let start = text[before..].char_indices().nth(column).map_or(text.len(), |(at, _)| before + at);
    let end = end(&text[start..]).map_or(text.len(), |length| start + length);
    let quoted = text[start..end].replace('\n', &format!("\n{}", " ".repeat(column + 1)));
    format!("{}{quoted}{}", &text[..start], &text[end..])
}

/// Whether a tab is between a key and its value, in a line (from 1) before a column (from 0).
pub(super) fn has_tab(text: &str, line: usize, column: usize) -> bool {
    tab(text, line, column).is_some()
}

/// Makes that tab a space.
pub(super) fn space(text: &str, line: usize, column: usize) -> String {
    let mut text = text.to_owned();
    if let Some(at) = tab(&text, line, column) {
        text.replace_range(at..=at, " ");
    }
    text
}

fn tab(text: &str, line: usize, column: usize) -> Option<usize> {
    let mut lines = text.split_inclusive('\n');
    let before: usize = lines.by_ref().take(line.saturating_sub(1)).map(str::len).sum();
    let line = lines.next()?;
    let end = line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
    line[..end].rfind(":\t").map(|at| before + at + 1)
}

/// Where the closing quote is.
fn end(text: &str) -> Option<usize> {
    let mut chars = text.char_indices();
    let (_, quote) = chars.next()?;
    let mut chars = chars.peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote == '"' {
            chars.next();
        } else if c == quote && (quote == '"' || chars.next_if(|(_, next)| *next == quote).is_none()) {
            return Some(at);
        }
    }
    None
}
