//! What the statements of a namespace added up to when they were judged last, so that a thousand of them are not judged again in every run.
//!
//! A file `judged` beside the log, sealed with a key that stands for all that the judgement was made of. What does not fit, is damaged or
//! cannot be written counts as absent: it is judged again.

use std::fs;
use std::path::Path;

use crate::catalog::trust::Judged;
use crate::tree::Digest;

use super::super::sealed::{seal, unseal};
use super::{Cache, Space};

const FILE: &str = "judged";

impl Cache {
    /// What was kept under this key, and how many lines of the log were damaged then.
    #[must_use]
    pub fn judged(&self, space: &Space, key: &Digest) -> Option<(Judged, usize)> {
        unseal(key.as_str(), &fs::read(self.place_of(space).join(FILE)).ok()?)
    }

    /// Keeps it for the next run.
    pub fn keep_judged(&self, space: &Space, key: &Digest, judged: &(Judged, usize)) {
        let path = self.place_of(space).join(FILE);
        // Whoever only reads makes no folder: the cache may not be this user's to write.
        if let Some(bytes) = seal(key.as_str(), judged).filter(|_| path.parent().is_some_and(Path::is_dir)) {
            let _ = self.replace(&path, &bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::trust::{StatementSet, Timestamp, Trust};

    #[test]
    fn what_is_damaged_or_of_something_else_counts_as_absent() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::at(dir.path().to_owned());
        let space = Space { federation: "acme".to_owned(), namespace: "pay".to_owned() };
        let trust = Trust { federation: "acme".to_owned(), namespace: "pay".to_owned(), signers: Vec::new(), threshold: 1 };
        let judged = (Judged::of(&StatementSet::default(), &trust, Timestamp::from_unix(9)), 3);
        let (key, other) = (Digest::of(b"key"), Digest::of(b"other"));
        cache.keep_judged(&space, &key, &judged);
        assert_eq!((cache.judged(&space, &key), dir.path().read_dir().unwrap().count()), (None, 0), "a reader makes no folder");
        drop(cache.lock(&space).unwrap());
        cache.keep_judged(&space, &key, &judged);
        assert_eq!(cache.judged(&space, &key), Some(judged.clone()));
        assert_eq!(cache.judged(&space, &other), None);
        let path = dir.path().join("namespaces/acme/pay").join(FILE);
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut wrong = whole.clone();
            wrong[at] ^= 1;
            fs::write(&path, &wrong).unwrap();
            assert_eq!(cache.judged(&space, &key), None, "byte {at}");
            fs::write(&path, &whole[..at]).unwrap();
            assert_eq!(cache.judged(&space, &key), None, "cut at {at}");
        }
    }
}
