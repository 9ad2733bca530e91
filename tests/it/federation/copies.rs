//! Worlds that are made once, kept in memory, and written out as often as they are wanted: making one costs dozens of processes.

use std::fs;
use std::path::{Path, PathBuf};

use super::world::World;
use crate::support::repo;

/// A path, and a file's permissions and bytes; a folder has neither.
type Entry = (PathBuf, Option<(fs::Permissions, Vec<u8>)>);

/// Everything below the root of a world.
pub struct Copies {
    root: String,
    entries: Vec<Entry>,
}

impl Copies {
    /// Takes a world in, its repositories packed.
    pub fn of(world: World) -> Self {
        for folder in fs::read_dir(world.repo.root()).unwrap().map(|entry| entry.unwrap().path()) {
            if folder.join("HEAD").is_file() || folder.join(".git").is_dir() {
                let folder = folder.to_str().unwrap();
                world.git(&["repack", "-q", "-a", "-d"], folder);
                world.git(&["pack-refs", "--all"], folder);
            }
        }
        // What was fetched is kept by its address, which will be another one.
        for machine in fs::read_dir(world.repo.path("caches")).unwrap() {
            let _ = fs::remove_dir_all(machine.unwrap().path().join("git"));
        }
        let mut entries = Vec::new();
        take_in(world.repo.root(), Path::new(""), &mut entries);
        Copies { root: world.repo.root().to_str().unwrap().to_owned(), entries }
    }

    /// The same world at another place.
    pub fn world(&self) -> World {
        let world = World { repo: repo() };
        for (path, content) in &self.entries {
            let path = world.repo.root().join(path);
            let Some((permissions, bytes)) = content else {
                fs::create_dir(path).unwrap();
                continue;
            };
            // The last sync names the address that it was from, which is below the root.
            let moved = path.ends_with("sync.json").then(|| {
                let text = std::str::from_utf8(bytes).unwrap();
                text.replace(&self.root, world.repo.root().to_str().unwrap()).into_bytes()
            });
            fs::write(&path, moved.as_ref().unwrap_or(bytes)).unwrap();
            fs::set_permissions(path, permissions.clone()).unwrap();
        }
        world.federate("");
        world
    }
}

fn take_in(root: &Path, below: &Path, entries: &mut Vec<Entry>) {
    for entry in fs::read_dir(root.join(below)).unwrap().map(Result::unwrap) {
        let (path, kind) = (below.join(entry.file_name()), entry.file_type().unwrap());
        if kind.is_dir() {
            entries.push((path.clone(), None));
            take_in(root, &path, entries);
        } else {
            assert!(kind.is_file(), "{}: only files and folders are taken in", path.display());
            let permissions = entry.metadata().unwrap().permissions();
            entries.push((path, Some((permissions, fs::read(entry.path()).unwrap()))));
        }
    }
}
