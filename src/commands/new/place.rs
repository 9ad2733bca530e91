//! Where the service goes: what stands there now, and how the files get there.

use std::path::PathBuf;

use crate::cli::NewArgs;
use crate::disk::{self, Staging, enclosing_repository, sweep, write_and_commit};
use crate::error::Error;
use crate::template::Rendered;
use crate::tree::{Plan, RepoPath};

use super::Env;
use super::failed::{failed, taken, uncommitted};

/// The folder that is to hold the service.
pub(super) struct Target {
    path: PathBuf,
    /// Whether files are added to what stands there.
    is_addition: bool,
}

/// What happened on the disk.
pub(super) struct Placed {
    /// Files that existed and were kept.
    pub(super) kept: Vec<RepoPath>,
    /// Staging folders of killed runs that were removed.
    pub(super) swept: Vec<PathBuf>,
    /// What became of git.
    pub(super) git: Git,
}

/// What became of git.
pub(super) enum Git {
    /// A repository with a first commit was made.
    Committed,
    /// The service lies in this repository.
    Inside(PathBuf),
    /// The user did not want one.
    Unwanted,
    /// Files were added to a folder that is no repository.
    Addition,
}

impl Target {
    /// Looks at the target before anything is asked or rendered.
    pub(super) fn look(env: &Env<'_>, args: &NewArgs) -> Result<Self, Error> {
        let path = env.cwd.join(&args.dir);
        let shown = args.dir.display();
        if path.is_symlink() && !path.exists() {
            return Err(Error::usage(format!("`{shown}` is a link that leads nowhere")).help("name a new folder, or the folder itself"));
        }
        let path = if path.exists() { path.canonicalize().map_err(|e| Error::io(format!("look at `{shown}`"), e))? } else { path };
        if path.file_name().is_none() {
            return Err(Error::usage(format!("`{shown}` is not a folder to create")));
        }
        if path.iter().any(|part| part == ".git") {
            return Err(
                Error::usage(format!("`{shown}` lies in a `.git` directory")).help("what is there belongs to git: name another folder")
            );
        }
        let is_taken = match std::fs::read_dir(&path) {
            Ok(mut entries) => entries.next().is_some() || env.cwd.starts_with(&path),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
            Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
                let file = args.dir.ancestors().find(|part| env.cwd.join(part).is_file()).unwrap_or(&args.dir);
                return Err(Error::usage(format!("`{}` is a file", file.display())));
            }
            Err(error) => return Err(Error::io(format!("look at `{shown}`"), error)),
        };
        if is_taken && !args.force && !args.dry_run {
            return Err(taken(env, &path, &shown.to_string()));
        }
        Ok(Self { path, is_addition: is_taken })
    }

    /// The last part of the target's path.
    pub(super) fn name(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// Puts the files there.
    pub(super) fn fill(&self, rendered: &Rendered, args: &NewArgs) -> Result<Placed, Error> {
        let swept = sweep(&self.path);
        let plan = rendered.plan();
        let around = enclosing_repository(&self.path);
        if self.is_addition {
            let kept = disk::add(&self.path, &plan).map_err(|error| failed(error, &args.dir))?;
            let git = around.map_or(if args.no_git { Git::Unwanted } else { Git::Addition }, Git::Inside);
            self.keep(&git, &plan, rendered);
            return Ok(Placed { kept, swept, git });
        }
        let staging = Staging::begin(&self.path).map_err(|error| failed(error, &args.dir))?;
        let git = match around {
            None if !args.no_git => {
                let message = format!("Create {} from {}", self.name(), rendered.layers.last().map_or("a template", |layer| &layer.name));
                write_and_commit(&staging, &plan, &message).map_err(|error| uncommitted(error, &args.dir))?;
                Git::Committed
            }
            around => {
                staging.write(&plan).map_err(|error| failed(error, &args.dir))?;
                around.filter(|_| !args.no_git).map_or(Git::Unwanted, Git::Inside)
            }
        };
        staging.publish().map_err(|error| failed(error, &args.dir))?;
        self.keep(&git, &plan, rendered);
        Ok(Placed { kept: Vec::new(), swept, git })
    }

    /// Keeps what was rendered in the repository that the service lies in: it may be edited before it is committed. Where that fails the
    /// service stands all the same, and an update renders it again.
    fn keep(&self, git: &Git, plan: &Plan, rendered: &Rendered) {
        let Git::Inside(root) = git else { return };
        let made = rendered.layers.last().map_or_else(String::new, |layer| format!("{} {}", layer.name, layer.version));
        let inside = self.path.strip_prefix(root).unwrap_or(&self.path).display();
        let _ = disk::keep(root, plan, &format!("{made} in {inside}"));
    }
}
