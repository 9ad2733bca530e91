//! `polity check --fix`: repairs what policies know how to repair, and shows what is left.

use std::sync::Arc;

use crate::cli::CheckArgs;
use crate::disk::{self, Turn};
use crate::error::{Error, Exit};
use crate::finding::Safety;
use crate::policy::fix::{Missing, Repaired, of_layers, repair};
use crate::report::human::count;

use super::added::{self, Added};
use super::check::exit;
use super::governed::{self, Governed};
use super::reports::publish;
use super::{Env, show};

/// Waits for the turn of a run that repairs, and takes back what a killed one had done. A run that only looks says that there is such a thing.
pub(super) fn turn(args: &CheckArgs, env: &Env<'_>) -> Result<Option<Turn>, Error> {
    let folder = env.cwd.join(&args.path);
    if !args.fix {
        if disk::is_half_done(&folder) {
            env.notice(
                "a `polity check --fix` is writing here or was killed while it did; another one takes back what is half done".to_owned(),
            );
        }
        return Ok(None);
    }
    let turn = disk::turn(&folder).map_err(|error| Error::io("take back what a killed run wrote", std::io::Error::other(error)))?;
    for undone in &turn.undone {
        let files = count(undone.restored, "file is as it was", "files are as they were");
        env.notice(format!("a `polity check --fix` was killed while it wrote, and is taken back: {files}"));
        undone.left.iter().for_each(|file| env.notice(format!("`{file}` was changed since, and stays as it is")));
    }
    Ok(Some(turn))
}

/// Repairs a folder, or shows how it would be repaired.
pub(super) fn run(args: &CheckArgs, mut governed: Governed, env: &mut Env<'_>) -> Result<Exit, Error> {
    let (outcome, folder) = (std::mem::take(&mut governed.outcome), env.cwd.join(&args.path));
    let (before, repository) = (exit(args, &outcome), governed.repository.clone());
    if args.diff {
        // Nothing changes, so the reports say what is.
        publish(args, &outcome, &governed.asked.policies, &repository, env, None)?;
    }
    let mut again = |tree| governed.again(args, env, &folder, &Arc::new(repository.holding(tree)));
    let most = if args.unsafe_too { Safety::Unsafe } else { Safety::Safe };
    let mut repaired = repair(outcome, repository.tree(), most, &mut again)?;
    let missing = if args.unsafe_too { of_layers(&repaired.outcome) } else { Missing::new() };
    if args.diff {
        let diff = repaired.plan.diff(repository.tree()).map_err(|error| Error::io("read a file", std::io::Error::other(error)))?;
        show(env, &diff)?;
        repaired.take(added::show(args, &missing, env));
        tell(&repaired, "would repair", env)?;
        return Ok(before);
    }
    if !repaired.plan.is_empty() {
        let written = disk::edit(&folder, &repaired.plan, repository.tree());
        written.map_err(|error| Error::io("write the fixes", std::io::Error::other(error)))?;
    }
    if repaired.plan.is_empty() && !missing.is_empty() {
        let added = added::add(args, (&missing, &repaired.outcome), env)?;
        repaired.take(added);
        let now = governed::check(args, env)?;
        publish(args, &now.outcome, &now.asked.policies, &now.repository, env, None)?;
        repaired.outcome = now.outcome;
    } else {
        if let Some(one) = missing.values().flatten().next() {
            env.notice(format!("commit what was repaired: another `--fix --unsafe` adds the layer {}", one.layer()));
        }
        let after = repository.holding(repaired.tree.clone());
        publish(args, &repaired.outcome, &governed.asked.policies, &after, env, None)?;
    }
    tell(&repaired, "repaired", env)?;
    Ok(exit(args, &repaired.outcome))
}

impl Repaired {
    fn take(&mut self, added: Added) {
        self.made.extend(added.made);
        self.refused.extend(added.refused);
    }
}

/// What was done and what was not, on the error stream: the result stream is for what is left.
fn tell(repaired: &Repaired, verb: &str, env: &mut Env<'_>) -> Result<(), Error> {
    if env.quiet {
        return Ok(());
    }
    let mut text = String::new();
    for made in &repaired.made {
        text += &format!("{verb} {}: {} ({})\n", made.policy, made.does, made.paths.join(", "));
    }
    for (finding, why) in &repaired.refused {
        let path = finding.diagnostic.locations.first().map_or("", |place| &place.path);
        text += &format!("not repaired {}: {path}: {why}\n", finding.policy);
    }
    let (fixes, files) = (count(repaired.made.len(), "finding", "findings"), count(repaired.plan.len(), "file", "files"));
    // What layers changed, `polity update` has told.
    text += &if repaired.plan.is_empty() && !repaired.made.is_empty() {
        format!("{verb} {fixes}\n")
    } else {
        format!("{verb} {fixes} in {files}\n")
    };
    // Names of files may hold what a terminal would obey.
    let text: String = text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect();
    env.stderr.write_all(text.as_bytes()).map_err(|error| Error::io("write to the error stream", error))
}
