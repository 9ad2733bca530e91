//! The first commit of a new folder, with libgit2: no hooks run, no configuration of the user is changed.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use git2::{Buf, Config, IndexEntry, IndexTime, Indexer, Mempack, Repository, RepositoryInitOptions, Signature};

use crate::tree::{Change, Mode, Plan};

/// The branch when the user's configuration names none.
const BRANCH: &str = "main";

/// Before the folder of loose objects, so that new objects go to memory.
const PRIORITY: i32 = 1000;

/// The setting that libgit2 1.9 takes for the size from which it looks for no similar file when it packs.
const DELTA_LIMIT: &str = "pack.deltaCacheSize";

/// A repository that cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot make a git repository: {0}")]
pub struct GitError(#[from] git2::Error);

/// The root of the repository that a path lies in, if there is one.
#[must_use]
pub fn enclosing_repository(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_owned)
}

/// Makes `folder`, which holds exactly the files of `plan`, a repository with one commit.
///
/// # Errors
/// [`GitError`].
pub fn first_commit(folder: &Path, plan: &Plan, message: &str) -> Result<(), GitError> {
    let config = Config::open_default()?;
    let branch = config.get_string("init.defaultBranch").unwrap_or_else(|_| BRANCH.to_owned());
    let mut options = RepositoryInitOptions::new();
    options.external_template(false).no_reinit(true).initial_head(&branch);
    let repository = Repository::init_opts(folder, &options)?;
    // Objects are collected in memory and written as one pack: a hundred loose files would cost more than the service itself.
    let objects = repository.odb()?;
    let memory = objects.add_new_mempack_backend(PRIORITY)?;
    let mut index = repository.index()?;
    for (path, change) in plan.iter() {
        let Change::Write { mode, bytes } = change else { continue };
        // The blob is what was written, whatever `core.autocrlf` says.
        let id = repository.blob(bytes)?;
        index.add(&entry(folder, path.as_str(), *mode, id, bytes.len()))?;
    }
    let tree = repository.find_tree(index.write_tree()?)?;
    index.write()?;
    let author = identity(&config)?;
    repository.commit(Some("HEAD"), &author, &author, message, &tree, &[])?;
    let pack = pack(&repository, &memory)?;
    let mut indexer = Indexer::new(None, &repository.path().join("objects/pack"), 0o444, false)?;
    indexer.write_all(&pack).map_err(|error| git2::Error::from_str(&error.to_string()))?;
    indexer.commit()?;
    Ok(())
}

/// Everything that was collected in memory as one pack without deltas: the search for them would take longer than all the rest.
fn pack(repository: &Repository, memory: &Mempack<'_>) -> Result<Buf, GitError> {
    let mut pack = Buf::new();
    // The packer asks nothing but the repository's configuration, which is afterwards what it was.
    let file = repository.path().join("config");
    let failed = |error: std::io::Error| git2::Error::from_str(&error.to_string());
    let before = std::fs::read(&file).map_err(failed)?;
    repository.config()?.set_i64(DELTA_LIMIT, 1)?;
    let dumped = memory.dump(repository, &mut pack);
    std::fs::write(&file, before).map_err(failed)?;
    dumped?;
    Ok(pack)
}

/// The user's name and address, or a neutral one.
fn identity(config: &Config) -> Result<Signature<'static>, git2::Error> {
    let configured = |key: &str| config.get_string(key).ok().filter(|text| !text.trim().is_empty());
    match (configured("user.name"), configured("user.email")) {
        (Some(name), Some(email)) => Signature::now(&name, &email),
        _ => Signature::now("polity", "polity@localhost"),
    }
}

/// An entry with what the file system says, so that `git status` need not read the file again.
fn entry(folder: &Path, path: &str, mode: Mode, id: git2::Oid, size: usize) -> IndexEntry {
    let mode = if mode == Mode::Executable { 0o100_755 } else { 0o100_644 };
    let mut entry = IndexEntry {
        ctime: IndexTime::new(0, 0),
        mtime: IndexTime::new(0, 0),
        dev: 0,
        ino: 0,
        mode,
        uid: 0,
        gid: 0,
        file_size: u32::try_from(size).unwrap_or(u32::MAX),
        id,
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    };
    stat(&mut entry, &folder.join(path));
    entry
}

#[cfg(unix)]
fn stat(entry: &mut IndexEntry, file: &Path) {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(metadata) = file.symlink_metadata() else { return };
    let time = |seconds: i64, nanos: i64| IndexTime::new(i32::try_from(seconds).unwrap_or(0), u32::try_from(nanos).unwrap_or(0));
    entry.ctime = time(metadata.ctime(), metadata.ctime_nsec());
    entry.mtime = time(metadata.mtime(), metadata.mtime_nsec());
    // Git keeps the low 32 bits of these.
    let low = |number: u64| u32::try_from(number & u64::from(u32::MAX)).unwrap_or(0);
    (entry.dev, entry.ino) = (low(metadata.dev()), low(metadata.ino()));
    (entry.uid, entry.gid) = (metadata.uid(), metadata.gid());
}

#[cfg(not(unix))]
fn stat(_: &mut IndexEntry, _: &Path) {}
