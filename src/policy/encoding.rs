//! The text in the bytes of a file: UTF-8, and UTF-16 as Windows writes it, with its mark or without.
//!
//! It does not guess at other encodings: a search reads them as well as it can, and a rule that needs the whole text is told that there is none.

use std::borrow::Cow;

/// So many bytes tell UTF-16 without a mark from what is binary.
const BEGINNING: usize = 64;

/// The whole text of a file; `None` where it is in neither encoding.
pub(super) fn text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    match wide(bytes) {
        Some(read) => {
            let units = bytes.chunks_exact(2).map(|pair| read([pair[0], pair[1]]));
            let whole = char::decode_utf16(units).collect::<Result<String, _>>().ok()?;
            bytes.len().is_multiple_of(2).then_some(Cow::Owned(whole))
        }
        None => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
    }
}

/// What a search reads of a file, as well as it can; `None` for what is binary. A character of zeros alone makes no text binary.
pub(super) fn searched(bytes: &[u8]) -> Option<Cow<'_, str>> {
    // Reading what is UTF-8 as if it might not be takes ten times as long.
    text(bytes).or_else(|| (!bytes.contains(&0)).then(|| String::from_utf8_lossy(bytes)))
}

/// What stands in the place of a file's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placeholder {
    /// A pointer of Git LFS, and so many bytes are meant (git-lfs specification, section "The Pointer").
    Pointer(u64),
    /// What git-crypt encrypted, in a checkout without the key.
    Encrypted,
}

/// What stands in the place of the content that is meant; `None` for content.
pub(super) fn placeholder(bytes: &[u8]) -> Option<Placeholder> {
    if bytes.starts_with(b"\0GITCRYPT\0") {
        return Some(Placeholder::Encrypted);
    }
    // A pointer is shorter, by its specification.
    if bytes.len() >= 1024 || !bytes.starts_with(b"version https://git-lfs.github.com/spec/v") {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.lines().any(|line| line.starts_with("oid ")))?;
    text.lines().find_map(|line| line.strip_prefix("size ")?.trim().parse().ok()).map(Placeholder::Pointer)
}

type Unit = fn([u8; 2]) -> u16;

/// How two bytes make a unit of UTF-16, if that is what these are: they begin with its mark, or nearly every other byte is zero and none beside it.
fn wide(bytes: &[u8]) -> Option<Unit> {
    let (low, high): (Unit, Unit) = (u16::from_le_bytes, u16::from_be_bytes);
    match bytes {
        [0xff, 0xfe, ..] => return Some(low),
        [0xfe, 0xff, ..] => return Some(high),
        _ => {}
    }
    let every_other = |first: usize| bytes.iter().take(BEGINNING).skip(first).step_by(2);
    let zeros = |first: usize| every_other(first).filter(|byte| **byte == 0).count();
    let is_mostly = |first: usize| zeros(first) * 4 >= every_other(first).count() * 3;
    match (zeros(0), zeros(1)) {
        (0, 2..) if is_mostly(1) => Some(low),
        (2.., 0) if is_mostly(0) => Some(high),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn low(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn high(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_be_bytes).collect()
    }

    #[track_caller]
    fn check(bytes: &[u8], whole: Option<&str>, seen: Option<&str>) {
        assert_eq!(text(bytes).as_deref(), whole, "{bytes:?}");
        assert_eq!(searched(bytes).as_deref(), seen, "{bytes:?}");
    }

    #[test]
    fn utf_16_is_read_with_its_mark_and_without() {
        for bytes in [low("key: ä🎉\r\n"), high("key: ä🎉\r\n")] {
            check(&bytes, Some("key: ä🎉\r\n"), Some("key: ä🎉\r\n"));
        }
        for bytes in [low("\u{feff}ключ"), high("\u{feff}ключ")] {
            check(&bytes, Some("\u{feff}ключ"), Some("\u{feff}ключ"));
        }
    }

    #[test]
    fn what_stands_for_content_is_none() {
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
        assert_eq!(placeholder(pointer.as_bytes()), Some(Placeholder::Pointer(12345)));
        assert_eq!(placeholder(pointer.replace('\n', "\r\n").as_bytes()), Some(Placeholder::Pointer(12345)));
        assert_eq!(placeholder(b"\0GITCRYPT\0\xff\x01"), Some(Placeholder::Encrypted));
        let others = [
            format!("a\n{pointer}"),
            pointer.replace("size", "sizes"),
            pointer.replace("oid", "old"),
            pointer.to_owned() + &"a".repeat(1024),
        ];
        for other in others.iter().map(String::as_str).chain(["", "\0", "version 1"]) {
            assert_eq!(placeholder(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn a_zero_makes_no_text_binary() {
        check(b"a\0b", Some("a\0b"), Some("a\0b"));
        check(b"", Some(""), Some(""));
        check(b"a\0", Some("a\0"), Some("a\0"));
    }

    #[test]
    fn what_is_neither_is_searched_unless_it_is_binary() {
        check(b"caf\xe9", None, Some("caf\u{fffd}"));
        check(b"\x7fELF\x02\0\xff\0", None, None);
        check(b"\xff\xfea", None, Some("\u{fffd}\u{fffd}a"));
        check(b"\xff\xfe\0\xd8", None, None);
    }
}
