//! Values that one run keeps for the next, in bytes that show what they are of and that nothing happened to them: `head SP sha256 LF payload`.
//!
//! The payload is in the wire format of postcard (<https://postcard.jamesmunns.com/wire-format>), which would read other values out of damaged bytes.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::tree::Digest;

/// A value in bytes; `head` says what it is of, in a line without spaces.
pub(super) fn seal(head: &str, value: &impl Serialize) -> Option<Vec<u8>> {
    // What is kept of a large repository is millions of bytes: the digest goes before them without a second copy.
    let line = |digest: &Digest| format!("{head} {digest}\n").into_bytes();
    let empty = line(&Digest::of(b""));
    let length = empty.len();
    let mut bytes = postcard::to_extend(value, empty).ok()?;
    let sealed = line(&Digest::of(&bytes[length..]));
    bytes[..length].copy_from_slice(&sealed);
    Some(bytes)
}

/// The value, if the bytes are of `head` and whole.
pub(super) fn unseal<T: DeserializeOwned>(head: &str, bytes: &[u8]) -> Option<T> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, payload) = (std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 1..]);
    let digest = line.strip_prefix(head)?.strip_prefix(' ')?;
    if Digest::of(payload).as_str() == digest { postcard::from_bytes(payload).ok() } else { None }
}
