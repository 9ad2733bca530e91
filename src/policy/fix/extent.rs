//! How far the text of a YAML or JSON value reaches. The parser's spans of quoted scalars and flow collections run on over blanks
//! and comments, which must stay.

use std::ops::Range;

/// The range of a value that begins where `span` does.
pub(super) fn extent(text: &str, span: Range<usize>) -> Range<usize> {
    let bytes = text.as_bytes();
    let end = match bytes.get(span.start) {
        _ if span.is_empty() => None,
        Some(b'"' | b'\'') => quoted(bytes, span.start),
        Some(b'{' | b'[') => flow(bytes, span.start),
        _ => None,
    };
    span.start..end.unwrap_or(span.start + text[span.clone()].trim_end().len())
}

/// The offset behind a quoted scalar.
fn quoted(bytes: &[u8], start: usize) -> Option<usize> {
    let quote = bytes[start];
    let mut at = start + 1;
    loop {
        match *bytes.get(at)? {
            b'\\' if quote == b'"' => at += 2,
            b'\'' if quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') => at += 2,
            byte if byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// The offset behind a flow collection.
fn flow(bytes: &[u8], start: usize) -> Option<usize> {
    let (mut at, mut depth) = (start, 0_usize);
    loop {
        let before = bytes[at.saturating_sub(1)];
        match *bytes.get(at)? {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            // A quote inside a plain scalar (`it's`) begins nothing.
            b'"' | b'\'' if before.is_ascii_whitespace() || matches!(before, b'{' | b'[' | b',' | b':') => {
                at = quoted(bytes, at)?;
                continue;
            }
            b'#' if before.is_ascii_whitespace() => at += bytes[at..].iter().position(|byte| *byte == b'\n')?,
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(&text[extent(text, 0..text.len())], expected);
    }

    #[test]
    fn blanks_and_comments_behind_a_value_are_none_of_it() {
        check("\"a\\\" # b\" # \"c", "\"a\\\" # b\"");
        check("'it''s' # x'", "'it''s'");
        check("{a: '}', b: [it's], # }\n c: 1} # }", "{a: '}', b: [it's], # }\n c: 1}");
        check("plain  ", "plain");
        check("\"open", "\"open");
        check("{open", "{open");
    }
}
