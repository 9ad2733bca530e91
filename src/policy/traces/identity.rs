//! What is known of a file's content: its digest, and how sure that is.

use crate::policy::waivers::is_marked;
use crate::tree::RepoPath;
use crate::tree::{Digest, Stamp, Tree};

use super::Known;

/// What is known of a file's content.
#[derive(Clone, Debug)]
pub(in crate::policy) struct Identity {
    /// What the file system said before the file was read.
    pub stamp: Option<Stamp>,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Whether comments in it may waive findings.
    pub is_marked: bool,
    /// Whether the digest is that of the very bytes that rules were given.
    is_exact: bool,
}

impl Identity {
    /// From a file's bytes. `is_exact` says that every rule of this run gets these bytes.
    pub fn of(stamp: Option<Stamp>, bytes: &[u8], is_exact: bool) -> Self {
        let is_marked = std::str::from_utf8(bytes).is_ok_and(is_marked);
        Self { stamp, digest: Digest::of(bytes), is_marked, is_exact }
    }

    /// From what an earlier run learnt, if the file still has that stamp.
    pub fn recalled(known: &Known, stamp: Option<Stamp>) -> Option<Self> {
        let seen = known.seen.as_ref().filter(|seen| stamp == Some(seen.stamp))?;
        Some(Self { stamp, digest: seen.digest.clone(), is_marked: seen.is_marked, is_exact: false })
    }

    /// Whether it is what rules of this run saw: they had these bytes, or the file was the same from before the first read until now.
    pub fn is_sure(&self, path: &RepoPath, tree: &Tree, now: i64) -> bool {
        self.is_exact || (self.is_settled(now) && self.stamp == tree.stamp(path))
    }

    /// Whether the next run can tell by the stamp that the file is the same.
    pub fn is_settled(&self, now: i64) -> bool {
        self.stamp.is_some_and(|stamp| stamp.is_settled(now))
    }
}
