//! Values that one run keeps for the next, in bytes that show what they are of and that nothing happened to them: `head SP sha256 LF payload`.
//!
//! The payload is in the wire format of postcard (<https://postcard.jamesmunns.com/wire-format>), which would read other values out of damaged bytes.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::tree::Digest;

/// A value in bytes; `head` says what it is of, in a line without spaces.
pub(super) fn seal(head: &str, value: &impl Serialize) -> Option<Vec<u8>> {
    let payload = postcard::to_allocvec(value).ok()?;
    let mut bytes = format!("{head} {}\n", Digest::of(&payload)).into_bytes();
    bytes.extend(payload);
    Some(bytes)
}

/// The value, if the bytes are of `head` and whole.
pub(super) fn unseal<T: DeserializeOwned>(head: &str, bytes: &[u8]) -> Option<T> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, payload) = (std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 1..]);
    let digest = line.strip_prefix(head)?.strip_prefix(' ')?;
    if Digest::of(payload).as_str() == digest { postcard::from_bytes(payload).ok() } else { None }
}
