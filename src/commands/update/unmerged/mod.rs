//! A lock and a record that two branches changed: where git could not merge them, polity does, from the sides that the index holds.

mod described;
mod report;

use crate::cli::UpdateArgs;
use crate::config::{LOCK_FILE, Lock, SERVICE_FILE};
use crate::disk::update::{Ground, Stages};
use crate::error::{Error, Exit};
use crate::finding::SourceText;
use crate::template::life::{Contested, is_torn, unfold};
use crate::template::{answers_digest, record_text};

use super::super::{Env, print};
use super::failed;
use described::described;

/// What came of it.
struct Settled {
    lock: Lock,
    /// The lock of our side.
    ours: Lock,
    contested: Vec<Contested>,
    /// The paths that are left for a person.
    left: Vec<String>,
}

/// Merges `polity.lock` and the record in `polity.yaml`; `None` when git left nothing of them to merge.
pub(super) fn settle(args: &UpdateArgs, env: &mut Env<'_>, ground: &Ground) -> Result<Option<Exit>, Error> {
    let lock = ground.stages(LOCK_FILE).map_err(failed)?;
    let text = String::from_utf8_lossy(&ground.read(SERVICE_FILE).unwrap_or_default()).into_owned();
    if lock.is_none() && !is_torn(&text) {
        return Ok(None);
    }
    let mut service = described(ground, text).map_err(again)?;
    let answers = answers_digest(&service.record.answers);
    let (base, ours, theirs) = match lock {
        Some(stages) => {
            let [ours, theirs] = both(&stages, LOCK_FILE)?;
            (stages[0].as_deref().map(read).transpose()?, read(ours)?, read(theirs)?)
        }
        None => {
            let merged = read(&ground.read(LOCK_FILE).unwrap_or_default())?;
            (None, merged.clone(), merged)
        }
    };
    let mut lock = Lock::merged(base.as_ref(), &ours, &theirs, answers);
    if let Some(top) = lock.layer(&service.record.from) {
        service.record.version.clone_from(&top.version);
    }
    let rendered = described::rendered(ground, [base.as_ref(), Some(&ours), Some(&theirs)], &service.record);
    let mut left = ground.unmerged().map_err(failed)?;
    let settled = [(LOCK_FILE, true), (SERVICE_FILE, service.is_whole)].map(|(name, is)| (ground.whole(name), is));
    left.retain(|path| settled.iter().all(|(name, is_merged)| !is_merged || name != path));
    if let Some(rendered) = &rendered {
        described::name(&mut lock, rendered);
    }
    if !args.dry_run {
        rendered.map_or(Ok(()), |bytes| ground.keep(&described::files(bytes), "both sides of a merge")).map_err(failed)?;
        let text = unfold(&service.folded, &record_text(&service.record), None);
        ground.settle(SERVICE_FILE, text.as_bytes(), service.is_whole).map_err(failed)?;
        ground.settle(LOCK_FILE, lock.to_text().as_bytes(), true).map_err(failed)?;
    }
    let settled = Settled { lock, ours, contested: service.contested, left };
    print(env, &report::text(args, &settled))?;
    Ok(Some(if settled.left.is_empty() { Exit::Clean } else { Exit::Findings }))
}

/// What to do where somebody took the markers out by hand and left what cannot be read.
fn again(error: Error) -> Error {
    error.help(format!("`git checkout --merge -- {SERVICE_FILE}` brings the conflict back, which `polity update` merges"))
}

/// Both sides; one that removed the file is for a person.
fn both<'a>(stages: &'a Stages, name: &str) -> Result<[&'a [u8]; 2], Error> {
    match stages {
        [_, Some(ours), Some(theirs)] => Ok([ours, theirs]),
        _ => Err(Error::config(format!("one side of the merge removed {name}")).help("`git add` or `git rm` says which side is right")),
    }
}

fn read(bytes: &[u8]) -> Result<Lock, Error> {
    Ok(Lock::read(&SourceText::new(LOCK_FILE, &*String::from_utf8_lossy(bytes)))?)
}
