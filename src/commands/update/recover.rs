//! Back to what was: after a run that was killed, and when the user says so.

use serde_json::json;

use crate::cli::{OutputFormat, UpdateArgs};
use crate::disk::update::{Back, Ground, Journal, Undone};
use crate::error::{Error, Exit};

use super::super::{Env, print};
use super::failed;

/// Undoes what a killed run left half done; forgets an update that was committed.
pub(in crate::commands) fn recover(env: &Env<'_>, ground: &Ground) -> Result<(), Error> {
    let Some(journal) = Journal::find(ground).map_err(failed)? else { return Ok(()) };
    if journal.is_finished() {
        // Until something is committed it can still be taken back.
        let is_over = !journal.is_current(ground).map_err(failed)?;
        let back = journal.settle(ground).map_err(failed)?;
        if back != Back::Nothing {
            env.notice("an update was interrupted after it was done: your changes that it had put aside are back".to_owned());
        }
        tell(env, back);
        return match Journal::find(ground).map_err(failed)?.filter(|_| is_over) {
            Some(journal) => journal.discard().map_err(failed),
            None => Ok(()),
        };
    }
    let undone = journal.undo(ground).map_err(failed)?;
    env.notice(format!("an update that was interrupted was undone: {}", undone.what));
    for (path, kept) in &undone.kept {
        env.notice(format!("`{path}` was changed since then; your version is kept in `{}`", kept.display()));
    }
    tell(env, undone.back);
    Ok(())
}

/// Tells what was lost of work that was put aside.
pub(super) fn tell(env: &Env<'_>, back: Back) {
    if back == Back::Unstaged {
        env.notice("your changes are back; what was staged of them does not fit the index any more: stage it again".to_owned());
    }
}

/// Takes the last update back.
pub(super) fn abort(args: &UpdateArgs, env: &mut Env<'_>, ground: &Ground) -> Result<Exit, Error> {
    let Some(journal) = Journal::find(ground).map_err(failed)? else {
        return Err(Error::usage("there is no update to take back").help("an update that was committed is taken back by `git revert`"));
    };
    if journal.is_finished() {
        if let Some(other) = journal.elsewhere(ground) {
            return Err(Error::usage(format!("the last update was of `{other}`, not of this service"))
                .help("`git restore --staged --worktree FOLDER` takes back what is not committed of this one"));
        }
        if !journal.is_current(ground).map_err(failed)? {
            return Err(Error::usage("something was committed since the update").help("take it back by `git revert`"));
        }
    }
    let undone = journal.undo(ground).map_err(failed)?;
    tell(env, undone.back);
    print(env, &text(args.format, &undone))?;
    Ok(Exit::Clean)
}

fn text(format: OutputFormat, undone: &Undone) -> String {
    let kept = undone.kept.iter().map(|(path, kept)| json!({"path": path, "kept": kept}));
    if format == OutputFormat::Json {
        let value = json!({
            "schema": "polity/update/1", "state": "aborted", "update": undone.what, "restored": undone.restored,
            "kept": kept.collect::<Vec<_>>(),
        });
        return format!("{value:#}\n");
    }
    let files = if undone.restored == 1 { "1 file is".to_owned() } else { format!("{} files are", undone.restored) };
    let mut text = format!("took back {}: {files} as before\n", undone.what);
    for (path, kept) in &undone.kept {
        text += &format!("  {path} was changed since; your version is kept in {}\n", kept.display());
    }
    text
}
