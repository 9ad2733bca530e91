//! Which files belong to a repository: what `.gitignore` and `.git/info/exclude` say (gitignore(5)), and `.polityignore`, which is for
//! what git keeps and polity should not look at, in the same syntax.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder, Glob};

use crate::config::{BASELINE_FILE, FEDERATION_FILE, LOCK_FILE, SERVICE_FILE};
use crate::disk::regular::is_fit;

use super::above::{WAIVERS, is_yaml};
use super::{DiskError, Footprint};

/// What git keeps and polity should not look at.
pub(in crate::disk) const OWN: &str = ".polityignore";
const GIT: &str = ".gitignore";
/// What polity goes by.
const BINDING: [&str; 4] = [SERVICE_FILE, LOCK_FILE, FEDERATION_FILE, BASELINE_FILE];
/// The largest file of patterns, in bytes: compiled, they take five hundred times as much memory.
const MAX_RULES: u64 = 1 << 20;

/// The rules of a folder and of those above it.
pub(super) struct Rules {
    above: Option<Arc<Rules>>,
    own: Gitignore,
    git: Gitignore,
    exclude: Gitignore,
    /// Whether it is the root of a repository: what git ignores above it means nothing below.
    is_root: bool,
    /// The root of the repository that the folder belongs to.
    repository: Arc<Path>,
}

impl Rules {
    /// The rules above a folder, as far up as its repository goes.
    pub(super) fn above(folder: &Path, repository: Option<&Path>) -> Result<Option<Arc<Self>>, DiskError> {
        let Some(repository) = repository else { return Ok(None) };
        let mut folders: Vec<_> = folder.ancestors().skip(1).take_while(|above| above.starts_with(repository)).collect();
        let mut rules = None;
        while let Some(above) = folders.pop() {
            let names = [OWN, GIT, ".git"].map(OsString::from);
            let present = names.into_iter().filter(|name| above.join(name).symlink_metadata().is_ok());
            rules = Self::of(above, present, rules.as_ref(), repository)?;
        }
        Ok(rules)
    }

    /// The rules of a folder that holds files of these names; those above it when it brings none.
    pub(super) fn of(
        folder: &Path,
        names: impl Iterator<Item = OsString>,
        above: Option<&Arc<Self>>,
        inside: &Path,
    ) -> Result<Option<Arc<Self>>, DiskError> {
        let (mut own, mut git, mut exclude) = (None, None, None);
        for name in names {
            match name.to_str() {
                Some(OWN) => own = Some(folder.join(OWN)),
                Some(GIT) => git = Some(folder.join(GIT)),
                Some(".git") => exclude = Some(exclude_file(folder)),
                _ => {}
            }
        }
        if own.is_none() && git.is_none() && exclude.is_none() {
            return Ok(above.cloned());
        }
        let is_root = exclude.is_some();
        let repository = match above.filter(|_| !is_root) {
            Some(above) => above.repository.clone(),
            None => Arc::from(if is_root { folder } else { inside }),
        };
        let read = |file: Option<PathBuf>| file.map_or(Ok(Gitignore::empty()), |file| read(folder, file, inside));
        let (own, git, exclude) = (read(own)?, read(git)?, read(exclude)?);
        Ok(Some(Arc::new(Self { above: above.cloned(), own, git, exclude, is_root, repository })))
    }

    /// The root of the repository that the folder belongs to.
    pub(super) fn repository(&self) -> &Path {
        &self.repository
    }

    /// What the rules say of a file or folder. What says what to leave out is never left out itself.
    pub(super) fn say(&self, path: &Path, is_folder: bool) -> Say<'_> {
        let (mut own, mut git, mut exclude, mut is_inside) = (Match::None, Match::None, Match::None, true);
        for rules in std::iter::successors(Some(self), |rules| rules.above.as_deref()) {
            own = own.or(rules.own.matched(path, is_folder));
            if is_inside {
                git = git.or(rules.git.matched(path, is_folder));
                exclude = exclude.or(rules.exclude.matched(path, is_folder));
                is_inside = !rules.is_root;
            }
        }
        let own = if own.is_ignore() && own.inner().is_some_and(|pattern| is_kept(pattern, path, is_folder)) { Match::None } else { own };
        match own {
            Match::Ignore(pattern) if is_folder || path.file_name().is_none_or(|name| name != OWN) => {
                Say::Out { pattern, is_in_git: !git.or(exclude).is_ignore() }
            }
            Match::None if git.or(exclude).is_ignore() => Say::OutUnlessTracked,
            _ => Say::In,
        }
    }

    /// The pattern of a `.polityignore` that leaves out a file below a folder that git ignores: by its own name, or by that of a folder on
    /// the way.
    pub(super) fn hide(&self, folder: &Path, path: &Path) -> Option<&Glob> {
        let on_the_way = path.ancestors().take_while(|above| *above != folder);
        on_the_way.enumerate().find_map(|(level, part)| match self.say(part, level > 0) {
            Say::Out { pattern, .. } => Some(pattern),
            _ => None,
        })
    }
}

/// Whether a pattern of a `.polityignore` cannot hide this by itself: what polity goes by, and waivers. Like all else it is hidden with the
/// folder that it lies in.
fn is_kept(pattern: &Glob, path: &Path, is_folder: bool) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    if is_folder {
        return name == WAIVERS;
    }
    let home = pattern.from().and_then(Path::parent).unwrap_or_else(|| Path::new(""));
    let mut folders = path.ancestors().skip(1).take_while(|above| above.starts_with(home));
    BINDING.contains(&name) || (is_yaml(name) && folders.any(|above| above.file_name().is_some_and(|name| name == WAIVERS)))
}

/// The folder whose rules decide about a file that no pattern hides by itself; `None` for any other file.
pub(in crate::disk) fn decided_by(path: &str) -> Option<&str> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let waivers = || {
        let at = format!("/{folder}/").find("/waivers/").filter(|_| is_yaml(name))?;
        Some(folder[..at].trim_end_matches('/'))
    };
    if name == OWN || BINDING.contains(&name) { Some(folder) } else { waivers() }
}

/// What rules say of a file or folder.
#[derive(Clone, Copy, Debug)]
pub(super) enum Say<'a> {
    /// It belongs to the repository.
    In,
    /// A pattern of a `.polityignore` leaves it out, whether or not git would.
    Out { pattern: &'a Glob, is_in_git: bool },
    /// It is left out, but for files that git tracks: to git those are never ignored (gitignore(5)).
    OutUnlessTracked,
}

/// The files that say what to leave out of a folder with these names in it: where they stand, or would stand.
pub(super) fn files(folder: &Path, names: impl Iterator<Item = OsString>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for name in names {
        match name.to_str() {
            Some(OWN | GIT) => files.push(folder.join(name)),
            Some(".git") if folder.join(&name).is_file() => files.extend([folder.join(name), exclude_file(folder)]),
            Some(".git") => files.push(exclude_file(folder)),
            _ => {}
        }
    }
    files
}

/// What decides about a walk and stands around it: the rules above it, as far up as its repository goes, and that no other begins between.
pub(super) fn around(root: &Path, repository: Option<&Path>) -> Footprint {
    let mut footprint = Footprint::default();
    for above in root.ancestors().skip(1).take_while(|above| repository.is_none_or(|repository| above.starts_with(repository))) {
        let names = [OWN, GIT, ".git"].map(OsString::from);
        footprint.note_around(root, &above.join(".git"));
        if repository.is_some() {
            files(above, names.into_iter()).iter().for_each(|file| footprint.note_around(root, file));
        }
    }
    footprint
}

/// Where git keeps what only this clone ignores; a linked worktree shares it with the others.
fn exclude_file(folder: &Path) -> PathBuf {
    let git = folder.join(".git");
    let shared = if git.is_file() { git2::Repository::open(folder).ok() } else { None };
    shared.map_or(git, |repository| repository.commondir().to_owned()).join("info/exclude")
}

/// Reads a file of rules. One that would hang the walk or fill the memory is refused.
///
/// Git reads no rules through a link at all; here a link is as good as a file while it stays `inside`.
fn read(folder: &Path, file: PathBuf, inside: &Path) -> Result<Gitignore, DiskError> {
    let Ok(metadata) = file.metadata() else { return Ok(Gitignore::empty()) };
    if metadata.is_dir() && file.canonicalize().is_ok_and(|real| real.starts_with(inside)) {
        return Ok(Gitignore::empty());
    }
    if let Err(cause) = is_fit(&file, inside, MAX_RULES) {
        return Err(DiskError { path: file, cause });
    }
    let mut builder = GitignoreBuilder::new(folder);
    // A line that is no pattern is passed over, as git does.
    builder.add(&file);
    Ok(builder.build().unwrap_or_else(|_| Gitignore::empty()))
}
