//! Text of strangers inside XML, HTML and Markdown: file names and messages never become markup, mentions or links.

/// Text inside an element or a quoted attribute of XML 1.0 or HTML; characters that XML cannot hold become U+FFFD.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || is_bidi(c) || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// HTML of a message: what stands between backticks is code.
pub(super) fn html_message(text: &str) -> String {
    pieces(text).map(|(piece, is_code)| if is_code { format!("<code>{}</code>", xml(piece)) } else { xml(piece) }).collect()
}

/// A message as one line of GitHub Flavored Markdown, also inside a table.
pub(super) fn markdown(text: &str) -> String {
    pieces(text).map(|(piece, is_code)| if is_code { markdown_code(piece) } else { inert(piece, "\u{200b}") }).collect()
}

/// Text as code in one line of GitHub Flavored Markdown, also inside a table. A code span cannot hold every text there (a bar
/// behind a backslash ends the cell), an HTML element can; names in it are no mentions.
pub(super) fn markdown_code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("<code>{}</code>", inert(text, "")) }
}

/// The first `most` characters, and a mark when there are more.
pub(super) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Punctuation as character references, line breaks as blanks. After `@` and `#` stands `guard`, since GitHub looks for mentions
/// and issues once the references are resolved.
fn inert(text: &str, guard: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // These begin no markup in the middle of a line, and the source stays readable.
            '-' | ',' | '/' | ';' | '(' | ')' | '?' | '%' => out.push(c),
            c if c.is_ascii_punctuation() => {
                out.push_str(&format!("&#{};", u32::from(c)));
                if matches!(c, '@' | '#') {
                    out.push_str(guard);
                }
            }
            c if c.is_whitespace() => out.push(' '),
            c if c.is_control() || is_bidi(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// The parts of a text outside (`false`) and inside (`true`) of backticks; a lone backtick is text.
fn pieces(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = text;
    let mut in_code = false;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if in_code {
            let end = rest.find('`').unwrap_or(rest.len());
            let piece = &rest[..end];
            rest = rest.get(end + 1..).unwrap_or_default();
            in_code = false;
            return Some((piece, true));
        }
        match rest.find('`').filter(|at| rest[at + 1..].contains('`')) {
            Some(at) => {
                let piece = &rest[..at];
                rest = &rest[at + 1..];
                in_code = true;
                Some((piece, false))
            }
            None => Some((std::mem::take(&mut rest), false)),
        }
    })
}

/// Characters that turn the direction of what follows: they would show a name as another one.
pub(super) fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn xml_holds_any_text() {
        assert_eq!(xml("<a b=\"c\" d='e'>&\u{0}\u{1b}\n"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;\u{fffd}\u{fffd}\n");
        assert_eq!(html_message("`<b>` is `not"), "<code>&lt;b&gt;</code> is `not");
    }

    #[test]
    fn markdown_is_one_line_without_markup_or_mentions() {
        assert_eq!(markdown("see @org/all, #1"), "see &#64;\u{200b}org/all, &#35;\u{200b}1");
        assert_eq!(markdown("set `a|b`\nnow"), "set <code>a&#124;b</code> now");
        assert_eq!(markdown("[x](https://e.x) <img> \\|"), "&#91;x&#93;(https&#58;//e&#46;x) &#60;img&#62; &#92;&#124;");
        assert_eq!((markdown_code(""), shortened("äöü", 2)), (String::new(), "äö…".to_owned()));
    }

    proptest! {
        #[test]
        fn nothing_of_the_text_is_left_to_be_markup(text in "\\PC{0,40}|[`|<>&@#\\[\\]()!*_~\n\\\\]{0,40}") {
            for out in [markdown(&text), markdown_code(&text)] {
                let bare = out.replace("<code>", "").replace("</code>", "");
                prop_assert!(!bare.contains(['<', '>', '|', '`', '[', ']', '*', '_', '\\', '@', '\n', '\r', '!', '~']), "{out}");
                prop_assert_eq!(out.matches("<code>").count(), out.matches("</code>").count());
            }
            prop_assert!(!xml(&text).contains(['<', '>', '"']));
        }
    }
}
