//! A bare repository in a temporary folder that sees the objects of the real one: merges are computed there, whatever becomes of them.

use std::path::Path;
use std::process::Command;

use git2::{Index, IndexEntry, IndexTime, Oid, Repository, RepositoryInitOptions, Signature, Time};

use crate::tree::{Files, Mode, RepoPath};

use super::ground::command;
use super::{Ground, UpdateError, filemode};

/// The scratch repository; gone with the value.
pub(super) struct Scratch {
    folder: tempfile::TempDir,
    pub(super) repository: Repository,
}

impl Scratch {
    /// A scratch repository that reads the objects of `beside`.
    pub(super) fn new(beside: Option<&Repository>, attributes: Option<&[u8]>) -> Result<Self, UpdateError> {
        let folder = tempfile::Builder::new().prefix("polity-merge-").tempdir().map_err(UpdateError::io("make", Path::new("a folder")))?;
        let mut options = RepositoryInitOptions::new();
        options.bare(true).external_template(false).initial_head("main");
        let repository = Repository::init_opts(folder.path(), &options)?;
        let put = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            let made = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, bytes));
            made.map_err(UpdateError::io("write", &path))
        };
        if let Some(real) = beside {
            let objects = real.commondir().join("objects");
            let objects = objects.canonicalize().map_err(UpdateError::io("find", &objects))?;
            put("objects/info/alternates", format!("{}\n", objects.display()).as_bytes())?;
        }
        if let Some(attributes) = attributes {
            put("info/attributes", attributes)?;
        }
        // Alternates are read when a repository is opened.
        let repository = if beside.is_some() { Repository::open_bare(folder.path())? } else { repository };
        Ok(Self { folder, repository })
    }

    /// Writes files as a tree.
    pub(super) fn tree(&self, files: &Files) -> Result<Oid, UpdateError> {
        tree(&self.repository, files)
    }

    /// The tree `base` with some paths set or removed.
    pub(super) fn changed<'a>(
        &self,
        base: Oid,
        changes: impl IntoIterator<Item = (&'a RepoPath, Option<(Mode, Oid)>)>,
    ) -> Result<Oid, UpdateError> {
        let mut index = Index::new()?;
        index.read_tree(&self.repository.find_tree(base)?)?;
        for (path, change) in changes {
            match change {
                Some((mode, id)) => index.add(&entry(path.as_str(), filemode(mode), id, 0))?,
                // What is not there need not be removed.
                None => drop(index.remove(Path::new(path.as_str()), 0)),
            }
        }
        Ok(index.write_tree_to(&self.repository)?)
    }

    /// Commits a tree, so that the git command knows which of three is the ancestor.
    pub(super) fn commit(&self, tree: Oid, parent: Option<Oid>) -> Result<Oid, UpdateError> {
        let who = Signature::new("polity", "polity@localhost", &Time::new(0, 0))?;
        let parents: Vec<_> = parent.map(|id| self.repository.find_commit(id)).transpose()?.into_iter().collect();
        let parents: Vec<_> = parents.iter().collect();
        Ok(self.repository.commit(None, &who, &who, "side", &self.repository.find_tree(tree)?, &parents)?)
    }

    /// The tree below a folder, which has a `/` at its end, or is empty for the tree itself.
    pub(super) fn nested(&self, tree: Oid, prefix: &str) -> Result<Oid, UpdateError> {
        let mut tree = tree;
        for name in prefix.split('/').rev().filter(|name| !name.is_empty()) {
            let mut outer = self.repository.treebuilder(None)?;
            if !self.repository.find_tree(tree)?.is_empty() {
                outer.insert(name, tree, 0o040_000)?;
            }
            tree = outer.write()?;
        }
        Ok(tree)
    }

    /// What lies below a folder of a tree: the way back from [`Self::nested`].
    pub(super) fn inside(&self, tree: Oid, prefix: &str) -> Result<Oid, UpdateError> {
        if prefix.is_empty() {
            return Ok(tree);
        }
        match self.repository.find_tree(tree)?.get_path(Path::new(prefix.trim_end_matches('/'))) {
            Ok(entry) => Ok(entry.id()),
            Err(_) => self.tree(&Files::new()),
        }
    }

    /// The git command for a service: in its repository if it has one, with the objects of this one, which sees those of that, else here.
    pub(super) fn git_for(&self, ground: &Ground, args: &[&str]) -> Command {
        if !ground.is_versioned() {
            return command(self.folder.path(), args);
        }
        let mut command = command(&ground.folder, args);
        command.env("GIT_OBJECT_DIRECTORY", self.folder.path().join("objects"));
        command
    }
}

/// Writes files as a tree of a repository.
pub(super) fn tree(repository: &Repository, files: &Files) -> Result<Oid, UpdateError> {
    let mut index = Index::new()?;
    for (path, (mode, bytes)) in files {
        index.add(&entry(path.as_str(), filemode(*mode), repository.blob(bytes)?, 0))?;
    }
    Ok(index.write_tree_to(repository)?)
}

/// An index entry without anything of the file system in it.
pub(super) fn entry(path: &str, mode: u32, id: Oid, stage: u16) -> IndexEntry {
    let time = IndexTime::new(0, 0);
    IndexEntry {
        ctime: time,
        mtime: time,
        dev: 0,
        ino: 0,
        mode,
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: stage << 12,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    }
}
