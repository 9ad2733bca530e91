//! A check that nothing has changed since: what it said is said again, without a walk, a policy or a rule.
//!
//! It holds for a check by the policies of the binary alone. What federations, the commits of a baseline and folders of policies say would
//! have to be looked at first, and the traces of rules make that cheap.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::cli::{CheckArgs, ReportFormat};
use crate::config::{BASELINE_FILE, LOCK_FILE};
use crate::disk::{Footprint, TraceFile, Trail};
use crate::error::{Error, Exit};
use crate::policy::Repository;
use crate::tree::RepoPath;

use super::output::{Heard, print};
use super::survey::above;
use super::{Env, federation, layers, traces};

/// A check that an earlier run may have made.
pub(super) struct Repeated {
    file: TraceFile,
    root: PathBuf,
    /// Everything that the result depends on beside files.
    key: String,
    /// The beginning of this run, in nanoseconds since 1970.
    began: i64,
}

/// What a check said.
#[derive(Default, Serialize, Deserialize)]
struct Said {
    key: String,
    trail: Trail,
    text: Vec<u8>,
    notices: Vec<String>,
    exit: u8,
}

impl Repeated {
    /// Nothing for a check that depends on more than the binary and the folder, or that does more than to print.
    pub(super) fn of(args: &CheckArgs, env: &Env<'_>) -> Result<Option<Self>, Error> {
        let prints = !args.fix && args.output.is_none() && args.reports.is_empty() && args.format != ReportFormat::Html;
        let is_plain = !args.no_cache && !args.locked && args.baseline.is_none() && args.since.is_none() && args.policies.is_empty();
        let is_alone = || env.registries.is_empty() && env.notices.borrow().is_empty() && matches!(federation::find(env), Ok(None));
        let Some(root) = env.subject.clone().filter(|_| prints && is_plain && is_alone()) else { return Ok(None) };
        let look = (env.colour, env.terminal, env.quiet, env.offline, &env.accept_stale);
        let Some((file, salt)) = traces::of_said(&root, &format!("{:?}", (args, look, &env.cwd))) else { return Ok(None) };
        let above = above(&root)?;
        let Ok(files) = above.files.digest() else { return Ok(None) };
        let key = format!("{:?}", (salt, user(), layers::today(args.today), above.prefix, above.homes, above.chart, files));
        Ok(Some(Self { file, root, key, began: traces::now() }))
    }

    /// Says what was said, if everything is as it was.
    pub(super) fn again(&self, env: &mut Env<'_>) -> Result<Option<Exit>, Error> {
        let said: Said = self.file.read();
        if said.key != self.key || !said.trail.holds(&self.root) {
            return Ok(None);
        }
        said.notices.into_iter().for_each(|notice| env.notice(notice));
        let text = String::from_utf8_lossy(&said.text);
        print(env, &text).map(|()| Some(Exit::from_code(said.exit.into())))
    }

    /// Keeps what this run said for the next one, if that can tell whether anything changed.
    pub(super) fn keep(self, heard: Heard, mut footprint: Footprint, repository: &Repository, env: &Env<'_>, exit: Exit) {
        let Self { file, root, key, began } = self;
        let has_baseline = root.join(BASELINE_FILE).symlink_metadata().is_ok()
            || repository.above().files.contains(&RepoPath::found(BASELINE_FILE.to_owned()));
        let Some(text) = heard.text.filter(|_| !has_baseline) else { return };
        // Locks are read where they stand, also when git ignores them.
        let homes = repository.roots().iter().map(String::as_str).chain([""]);
        homes.for_each(|home| footprint.note(&root, &PathBuf::from(home).join(LOCK_FILE).to_string_lossy()));
        if let Some(trail) = footprint.trail(repository.tree(), began) {
            file.write(&Said { key, trail, text, notices: env.notices.borrow().clone(), exit: exit as u8 });
        }
    }
}

/// Who runs this: another user may be let read other files.
#[cfg(unix)]
fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn user() -> u32 {
    0
}
