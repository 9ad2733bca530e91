//! The first commit of a new folder, with libgit2: no hooks run, no configuration of the user is changed.

use std::path::{Path, PathBuf};

use git2::{Config, IndexEntry, IndexTime, Oid, Repository, RepositoryInitOptions, Signature};

use crate::tree::{Change, Mode, Plan};

use super::pack::Pack;
use super::update::PRISTINE;
use super::{Staging, WriteError};

/// The branch when the user's configuration names none.
const BRANCH: &str = "main";

/// A folder that cannot be written, or not be made a repository.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A file that cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// What libgit2 says.
    #[error("cannot make a git repository: {0}")]
    Git(#[from] git2::Error),
}

/// The root of the repository that a path lies in, if there is one.
#[must_use]
pub fn enclosing_repository(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|folder| folder.join(".git").exists()).map(Path::to_owned)
}

/// Writes what a plan writes into a new folder and makes it a repository with one commit of that. The repository comes into being while the
/// files are written; only its index waits for them.
///
/// # Errors
/// [`CommitError`].
pub fn write_and_commit(staging: &Staging, plan: &Plan, message: &str) -> Result<(), CommitError> {
    let folder = staging.tree();
    let (written, committed) = rayon::join(|| staging.write(plan), || commit(&folder, plan, message));
    written?;
    let (repository, pack) = committed?;
    Ok(index(&repository, &folder, plan, &pack)?)
}

/// Keeps what a plan holds in a repository, reachable by a reference of its own; neither its index nor its working tree is touched.
///
/// # Errors
/// [`CommitError`].
pub fn keep(root: &Path, plan: &Plan, what: &str) -> Result<(), CommitError> {
    let (repository, pack) = (Repository::open(root)?, Pack::of(plan));
    write_pack(&repository, &pack)?;
    let tree = repository.find_tree(Oid::from_bytes(&pack.root())?)?;
    Ok(super::update::pristine(&repository, &tree, what)?)
}

fn write_pack(repository: &Repository, pack: &Pack) -> Result<(), git2::Error> {
    pack.write(&repository.commondir().join("objects/pack")).map_err(|error| git2::Error::from_str(&error.to_string()))
}

/// Makes `folder` a repository with one commit of what `plan` writes.
fn commit(folder: &Path, plan: &Plan, message: &str) -> Result<(Repository, Pack), git2::Error> {
    // It would read each object back that the pack holds, to see that it exists.
    git2::opts::strict_object_creation(false);
    let config = Config::open_default()?;
    let branch = config.get_string("init.defaultBranch").unwrap_or_else(|_| BRANCH.to_owned());
    let mut options = RepositoryInitOptions::new();
    options.external_template(false).no_reinit(true).initial_head(&branch);
    let repository = Repository::init_opts(folder, &options)?;
    let pack = Pack::of(plan);
    write_pack(&repository, &pack)?;
    let author = identity(&config)?;
    {
        let tree = repository.find_tree(Oid::from_bytes(&pack.root())?)?;
        let first = repository.commit(Some("HEAD"), &author, &author, message, &tree, &[])?;
        // It holds what was rendered, whatever becomes of the branch: the base of the first update.
        repository.reference(PRISTINE, first, false, "polity: what was rendered")?;
    }
    Ok((repository, pack))
}

/// Writes the index of the files of `plan`, which lie in `folder` by now.
fn index(repository: &Repository, folder: &Path, plan: &Plan, pack: &Pack) -> Result<(), git2::Error> {
    let mut index = repository.index()?;
    let written = plan.iter().filter_map(|(path, change)| match change {
        Change::Write { mode, bytes } => Some((path, *mode, bytes.len())),
        Change::Delete => None,
    });
    for ((path, mode, size), name) in written.zip(pack.files()) {
        index.add(&entry(folder, path.as_str(), mode, Oid::from_bytes(name)?, size))?;
    }
    index.write()
}

/// The user's name and address, or a neutral one.
fn identity(config: &Config) -> Result<Signature<'static>, git2::Error> {
    // Git drops what would end a name or an address; libgit2 refuses it.
    let clean = |text: String| text.chars().filter(|c| !matches!(c, '<' | '>') && !c.is_control()).collect::<String>();
    let configured = |key: &str| config.get_string(key).ok().map(clean).filter(|text| !text.trim().is_empty());
    match (configured("user.name"), configured("user.email")) {
        (Some(name), Some(email)) => Signature::now(&name, &email),
        _ => Signature::now("polity", "polity@localhost"),
    }
}

/// An entry with what the file system says, so that `git status` need not read the file again.
fn entry(folder: &Path, path: &str, mode: Mode, id: Oid, size: usize) -> IndexEntry {
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
