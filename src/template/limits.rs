//! What a template and its answers may cost. Nothing legitimate comes near; a bomb hits one of them.

use std::io;

/// The most bytes of one text that is answered or derived.
pub(super) const MAX_TEXT: usize = 64 << 10;
/// The most bytes of all answers together.
pub(super) const MAX_ANSWERS: usize = 256 << 10;
/// The most files that a template holds or makes.
pub(super) const MAX_FILES: usize = 10_000;
/// The most bytes that a template holds or makes.
pub(super) const MAX_BYTES: usize = 64 << 20;
/// The deepest nesting of folders in a result.
pub(super) const MAX_DEPTH: usize = 32;
/// The most memory that compiling one regular expression takes, in bytes.
pub(super) const MAX_REGEX: usize = 1 << 20;

/// A buffer that refuses to grow past a limit, so that an endless output ends early.
pub(super) struct Limited {
    bytes: Vec<u8>,
    limit: usize,
}

impl Limited {
    /// An empty buffer for at most `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit }
    }

    /// Whether something did not fit.
    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() > self.limit
    }

    /// What was written.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.limit.saturating_sub(self.bytes.len());
        if bytes.len() > room {
            // One byte past the limit marks the buffer as full, whatever the writer does with the error.
            self.bytes.resize(self.limit + 1, 0);
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the output is too large"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_limited_buffer_takes_exactly_its_limit() {
        let mut buffer = Limited::new(4);
        buffer.write_all(b"1234").unwrap();
        assert!(!buffer.is_full());
        assert!(buffer.write_all(b"5").is_err() && buffer.is_full());
    }
}
