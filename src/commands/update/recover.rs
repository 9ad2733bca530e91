//! Back to what was: after a run that was killed, and when the user says so.

use serde_json::json;

use crate::cli::{OutputFormat, UpdateArgs};
use crate::disk::update::{Ground, Journal, Undone};
use crate::error::{Error, Exit};

use super::super::{Env, print};
use super::failed;

/// Undoes what a killed run left half done; forgets an update that was committed.
pub(in crate::commands) fn recover(env: &Env<'_>, ground: &Ground) -> Result<(), Error> {
    let Some(journal) = Journal::find(ground).map_err(failed)? else { return Ok(()) };
    if journal.is_finished() {
        // Until something is committed it can still be taken back.
        return if journal.is_current(ground).map_err(failed)? { Ok(()) } else { journal.discard().map_err(failed) };
    }
    let has_stash = journal.has_stash();
    let undone = journal.undo(ground).map_err(failed)?;
    env.notice(format!("an update that was interrupted was undone: {}", undone.what));
    for (path, kept) in &undone.kept {
        env.notice(format!("`{path}` was changed since then; your version is kept in `{}`", kept.display()));
    }
    if has_stash { ground.unstash().map_err(failed) } else { Ok(()) }
}

/// Takes the last update back.
pub(super) fn abort(args: &UpdateArgs, env: &mut Env<'_>, ground: &Ground) -> Result<Exit, Error> {
    let Some(journal) = Journal::find(ground).map_err(failed)? else {
        // A run may have been killed between putting changes aside and writing down what it was about to do.
        ground.unstash().map_err(failed)?;
        return Err(Error::usage("there is no update to take back").help("an update that was committed is taken back by `git revert`"));
    };
    if journal.is_finished() && !journal.is_current(ground).map_err(failed)? {
        return Err(Error::usage("something was committed since the update").help("take it back by `git revert`"));
    }
    let has_stash = journal.has_stash();
    let undone = journal.undo(ground).map_err(failed)?;
    if has_stash {
        ground.unstash().map_err(failed)?;
    }
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
