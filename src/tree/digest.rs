//! SHA-256 digests of files and of whole trees.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Mode, RepoPath};

/// A SHA-256 digest, written as 64 lower-case hexadecimal digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Digest(String);

/// A text that is no digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a SHA-256 digest of 64 lower-case hexadecimal digits")]
pub struct DigestError(String);

impl Digest {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(hex(&Sha256::digest(bytes)))
    }

    /// Reads 64 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`DigestError`] for any other text: a digest may become the name of a file.
    pub fn parse(text: &str) -> Result<Self, DigestError> {
        let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() == 64 && text.bytes().all(digit) { Ok(Self(text.to_owned())) } else { Err(DigestError(text.to_owned())) }
    }

    /// The 64 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The digest of bytes that come in parts, which are never all in memory.
#[derive(Default)]
pub struct DigestOfParts(Sha256);

impl DigestOfParts {
    /// Adds what comes next.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all parts.
    #[must_use]
    pub fn done(self) -> Digest {
        Digest(hex(&self.0.finalize()))
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;
    fn try_from(text: String) -> Result<Self, DigestError> {
        Self::parse(&text)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.0)
    }
}

/// What git calls a file's bytes: SHA-1 over a header and the bytes, in hexadecimal digits.
///
/// A name, not a proof: what is found under it is held against a [`Digest`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct BlobId(String);

impl BlobId {
    /// The name of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = sha1::Sha1::new();
        hasher.update(format!("blob {}\0", bytes.len()).as_bytes());
        hasher.update(bytes);
        Self(hex(&hasher.finalize()))
    }

    /// The 40 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for BlobId {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() == 40 && text.bytes().all(digit) {
            Ok(Self(text))
        } else {
            Err(format!("`{text}` is not a git object name of 40 lower-case hexadecimal digits"))
        }
    }
}

impl From<BlobId> for String {
    fn from(id: BlobId) -> Self {
        id.0
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "blob:{}", self.0)
    }
}

/// The digest of a tree: SHA-256 over the sorted lines `mode SP path NUL sha256(bytes) LF`.
///
/// `files` may come in any order; the result depends on the set alone.
#[must_use]
pub fn tree_digest<'a>(files: impl IntoIterator<Item = (&'a RepoPath, Mode, &'a Digest)>) -> Digest {
    let mut rows: Vec<_> = files.into_iter().collect();
    rows.sort_by_key(|row| row.0);
    let mut whole = DigestOfParts::default();
    for (path, mode, digest) in rows {
        [mode.as_git(), " ", path.as_str(), "\0", digest.as_str(), "\n"].into_iter().for_each(|part| whole.add(part.as_bytes()));
    }
    whole.done()
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_vector() {
        // FIPS 180-4, the empty message.
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").as_str(), empty);
        assert_eq!(Digest::parse(empty), Ok(Digest::of(b"")));
        for text in ["", "../x", &empty.to_uppercase(), &empty[1..]] {
            assert!(Digest::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_blob_has_the_name_that_git_gives_it() {
        // `git hash-object --stdin < /dev/null`, and of "hello\n".
        assert_eq!(BlobId::of(b"").as_str(), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(BlobId::of(b"hello\n").as_str(), "ce013625030ba8dba906f756967f9e9ca394464a");
        assert!(BlobId::try_from("E69DE29BB2D1D6434B8B29AE775AD8C2E48C5391".to_owned()).is_err());
    }

    #[test]
    fn tree_digest_ignores_order_but_not_mode() {
        let (a, b) = (RepoPath::new("a").unwrap(), RepoPath::new("b").unwrap());
        let d = Digest::of(b"x");
        let one = tree_digest([(&a, Mode::File, &d), (&b, Mode::File, &d)]);
        let two = tree_digest([(&b, Mode::File, &d), (&a, Mode::File, &d)]);
        let exec = tree_digest([(&a, Mode::Executable, &d), (&b, Mode::File, &d)]);
        assert_eq!(one, two);
        assert_ne!(one, exec);
    }
}
