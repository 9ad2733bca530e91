//! Text of strangers on a terminal: nothing in it is obeyed.

/// The text as one line: what moves the cursor, colours or turns letters around becomes a blank or U+FFFD. A tab stays.
#[must_use]
pub fn plain(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\r' => ' ',
        '\t' => c,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_terminal_obeys_nothing_of_it() {
        assert_eq!(plain("a\tb é\nc\x1b[31m\u{202e}d\u{9b}"), "a\tb é c\u{fffd}[31m\u{fffd}d\u{fffd}");
    }
}
