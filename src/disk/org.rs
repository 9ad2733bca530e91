//! The federation file of an organisation, named once by this user: where it comes from, and a copy of it with the files that it names.
//!
//! A copy is a folder that never changes; which one holds is said by one small file, replaced in one step.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::config::FEDERATION_FILE;
use crate::tree::{Digest, RepoPath};

use super::{CacheError, write_file_by};

/// The file that says which copy holds.
const CURRENT: &str = "current.json";

/// The folder of this user's choice of an organisation.
pub struct Org {
    root: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Current {
    address: String,
    copy: Digest,
}

impl Org {
    /// The platform's place for it: `POLITY_CONFIG`, else `polity` below the user's folder of settings (XDG Base Directory, Apple, Windows).
    #[must_use]
    pub fn place(variable: impl Fn(&str) -> Option<OsString>) -> Option<Self> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = |below: &str| Some(set("HOME")?.join(below).join("polity"));
        // The XDG specification has relative values ignored.
        let xdg = || Some(set("XDG_CONFIG_HOME").filter(|path| path.is_absolute())?.join("polity"));
        let usual = || match () {
            () if cfg!(windows) => Some(set("APPDATA")?.join("polity")),
            () if cfg!(target_os = "macos") => home("Library/Application Support"),
            () => home(".config"),
        };
        let root = set("POLITY_CONFIG").or_else(xdg).or_else(usual)?.join("org");
        Some(Self { root })
    }

    /// Where the federation file comes from; nothing when the user named no organisation.
    ///
    /// # Errors
    /// As for [`Org::file`].
    pub fn address(&self) -> Result<Option<String>, CacheError> {
        Ok(self.current()?.map(|current| current.address))
    }

    /// The copy of the federation file; nothing when the user named no organisation.
    ///
    /// # Errors
    /// [`CacheError`] when what the user named cannot be read: what it demands would be gone without a word.
    pub fn file(&self) -> Result<Option<PathBuf>, CacheError> {
        Ok(self.current()?.map(|current| self.root.join(current.copy.as_str()).join(FEDERATION_FILE)))
    }

    /// Keeps a copy and makes it hold; says whether it is another one than before.
    ///
    /// # Errors
    /// [`CacheError`] when it cannot be written.
    pub fn keep(&self, address: &str, files: &BTreeMap<RepoPath, Vec<u8>>) -> Result<bool, CacheError> {
        let text: String = files.iter().map(|(path, bytes)| format!("{path}\0{}\n", Digest::of(bytes))).collect();
        let copy = Digest::of(text.as_bytes());
        let before = self.current().ok().flatten().filter(|current| current.address == address).map(|current| current.copy);
        self.write(address, &copy, files).map_err(|cause| CacheError { path: self.root.clone(), cause })?;
        Ok(before != Some(copy))
    }

    fn write(&self, address: &str, copy: &Digest, files: &BTreeMap<RepoPath, Vec<u8>>) -> io::Result<()> {
        fs::create_dir_all(&self.root)?;
        let target = self.root.join(copy.as_str());
        if !target.is_dir() {
            let scratch = tempfile::TempDir::new_in(&self.root)?;
            for (path, bytes) in files {
                let place = scratch.path().join(path.as_str());
                fs::create_dir_all(place.parent().unwrap_or(scratch.path()))?;
                fs::write(place, bytes)?;
            }
            fs::rename(scratch.keep(), &target)?;
        }
        let current = serde_json::to_vec(&Current { address: address.to_owned(), copy: copy.clone() })?;
        write_file_by(&self.root.join(CURRENT), &self.root, &current)?;
        let others = fs::read_dir(&self.root)?.filter_map(Result::ok).map(|entry| entry.path());
        others.filter(|path| path.is_dir() && *path != target).for_each(|old| drop(fs::remove_dir_all(old)));
        Ok(())
    }

    fn current(&self) -> Result<Option<Current>, CacheError> {
        let path = self.root.join(CURRENT);
        let read = match fs::read(&path) {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(None),
            read => read.and_then(|bytes| Ok(serde_json::from_slice(&bytes)?)),
        };
        read.map(Some).map_err(|cause| CacheError { path, cause })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_copy_holds_and_the_older_ones_go() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().to_owned().into_os_string();
        let org = Org::place(|name| (name == "POLITY_CONFIG").then(|| root.clone())).unwrap();
        assert!(org.address().unwrap().is_none() && org.file().unwrap().is_none());
        let files = |text: &str| {
            let names = [FEDERATION_FILE, "signers/pay"].map(|name| RepoPath::new(name).unwrap());
            names.into_iter().map(|name| (name, text.as_bytes().to_vec())).collect::<BTreeMap<_, _>>()
        };
        for (text, is_new) in [("one", true), ("one", false), ("two", true), ("one", true)] {
            assert_eq!(org.keep("https://h/x", &files(text)).unwrap(), is_new);
            let file = org.file().unwrap().unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
            assert_eq!(fs::read_to_string(file.with_file_name("signers").join("pay")).unwrap(), text);
            assert_eq!(fs::read_dir(dir.path().join("org")).unwrap().count(), 2, "one copy, and what says so");
        }
        for damaged in ["half", ""] {
            fs::write(dir.path().join("org").join(CURRENT), damaged).unwrap();
            assert!(org.file().is_err() && org.address().is_err(), "what it demands is not gone");
        }
        assert!(org.keep("https://h/x", &files("one")).unwrap(), "and is there again");
        assert!(org.file().unwrap().is_some());
    }

    #[test]
    fn the_place_is_the_platforms() {
        let place = |set: &[(&str, &str)]| {
            let found = Org::place(|name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).into()));
            found.map(|org| org.root.to_string_lossy().into_owned())
        };
        assert_eq!(place(&[("POLITY_CONFIG", "/c"), ("HOME", "/h")]).as_deref(), Some("/c/org"));
        assert_eq!(place(&[("XDG_CONFIG_HOME", "/x"), ("HOME", "/h")]).as_deref(), Some("/x/polity/org"));
        if cfg!(target_os = "linux") {
            assert_eq!(place(&[("XDG_CONFIG_HOME", "x"), ("HOME", "/h")]).as_deref(), Some("/h/.config/polity/org"));
        }
        assert_eq!(place(&[]), None);
    }
}
