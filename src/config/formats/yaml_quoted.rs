//! Quoted YAML texts over several lines, put further right: how far is of no meaning, because the lines are folded.

/// Indents the lines of the quoted text that begins at a line (from 1) and a column (from 0), more than what it belongs to.
pub(super) fn indent(text: &str, line: usize, column: usize) -> String {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let start = text[before..].char_indices().nth(column).map_or(text.len(), |(at, _)| before + at);
    let end = end(&text[start..]).map_or(text.len(), |length| start + length);
    let quoted = text[start..end].replace('\n', &format!("\n{}", " ".repeat(column + 1)));
    format!("{}{quoted}{}", &text[..start], &text[end..])
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
