//! Whether what is served may be believed, beyond the single statement: the right namespace, nothing withheld, nothing old.

use std::time::Duration;

use crate::catalog::registry;
use crate::catalog::trust::{FOLDER, Ignored, State, StatementSet, Timestamp, Trust, gather, judge};
use crate::disk::Snapshot;
use crate::finding::{Diagnostic, nearest};
use crate::tree::{Digest, Mode, RepoPath, Tree};

use super::federation::Known;

/// Clocks may differ by less without anything being said of it.
const DAY: Duration = Duration::from_secs(86_400);

/// What was served, judged.
pub(super) struct Served {
    pub(super) set: StatementSet,
    pub(super) state: State,
    pub(super) ignored: Vec<Ignored>,
    /// Why it must not be taken for the newest; the statements themselves are good all the same.
    pub(super) refusal: Option<String>,
}

/// Reads the statements of a snapshot.
pub(super) fn inspect(snapshot: &Snapshot, trust: &Trust, known: &Known, now: Timestamp) -> Result<Served, String> {
    let folder = snapshot.below(FOLDER).map_err(|e| e.to_string())?;
    let files: Vec<_> = folder.iter().filter_map(|(path, _)| Some((path.as_str(), folder.read(path).ok()?))).collect();
    let (set, ignored) = gather(files.iter().map(|(name, bytes)| (*name, &**bytes)), trust, known.set());
    let state = judge(&set, trust, now);
    let refusal = refusal(&set, &state, &ignored, known, now);
    Ok(Served { set, state, ignored, refusal })
}

fn refusal(set: &StatementSet, state: &State, ignored: &[Ignored], known: &Known, now: Timestamp) -> Option<String> {
    if !state.missing.is_empty() {
        let first = state.missing.first().map(ToString::to_string).unwrap_or_default();
        if ignored.iter().any(|ignored| ignored.file == format!("{first}.json")) {
            return Some(format!(
                "holds statement {first}, which a checkpoint names, and no signature of a listed key: when a signer gets another key, the \
                 line of the old one must stay, with `valid-before`"
            ));
        }
        return Some(format!("withholds statements that a checkpoint names (rollback): {} missing, such as {first}", state.missing.len()));
    }
    let Some(checkpoint) = &state.checkpoint else {
        let refused = state.refused.values().next().map(ToString::to_string);
        let why = refused.or_else(|| ignored.first().map(|i| format!("statements/{}: {}", i.file, i.reason)));
        return Some(why.map_or("has no checkpoint".to_owned(), |why| format!("has no checkpoint that counts: {why}")));
    };
    if let Some(seen) = known.state.checkpoint.as_ref().filter(|seen| checkpoint.seq < seen.seq) {
        return Some(format!(
            "serves an older history (rollback): its newest checkpoint is number {}, and this machine has seen number {} of {}",
            checkpoint.seq, seen.seq, seen.issued
        ));
    }
    if let Some(seen) = known.locked.as_ref().filter(|seen| checkpoint.seq < seen.seq) {
        return Some(format!(
            "serves an older history (rollback): its newest checkpoint is number {}, and polity.lock has seen number {}",
            checkpoint.seq, seen.seq
        ));
    }
    if let Some(seen) = known.locked.as_ref().filter(|seen| is_hidden(&seen.id, set, ignored, known)) {
        return Some(format!(
            "serves another history: it has no checkpoint {} of number {}, which polity.lock has seen",
            seen.id, seen.seq
        ));
    }
    (now >= checkpoint.expires).then(|| {
        format!(
            "shows nothing newer than checkpoint {}, which was to be believed until {} (freeze); a signer makes a new one with `polity registry checkpoint`",
            checkpoint.seq, checkpoint.expires
        )
    })
}

/// Whether a statement is neither served nor known here. What is served and not taken, such as the checkpoint of a key that is not
/// listed any more, is not hidden; what this machine published itself may still wait to be sent.
fn is_hidden(id: &Digest, set: &StatementSet, ignored: &[Ignored], known: &Known) -> bool {
    let is_ignored = ignored.iter().any(|ignored| ignored.file.starts_with(id.as_str()));
    set.get(id).is_none() && known.set().get(id).is_none() && !is_ignored
}

/// Checks that the registry is that of the namespace.
pub(super) fn check_namespace(snapshot: &Snapshot, namespace: &str) -> Result<(), String> {
    let claimed = self::namespace(snapshot)?;
    if claimed == namespace {
        return Ok(());
    }
    let near = nearest(namespace, [claimed.as_str()]).map(|near| format!("; was `{near}` meant?")).unwrap_or_default();
    Err(format!("is the registry of the namespace `{claimed}`, not of `{namespace}`{near}"))
}

/// The namespace that a registry says is its own.
pub(super) fn namespace(snapshot: &Snapshot) -> Result<String, String> {
    let bytes = snapshot.file("registry.yaml").ok_or("has no registry.yaml")?;
    let mut tree = Tree::new();
    tree.insert(RepoPath::found("registry.yaml".to_owned()), Mode::File, bytes);
    let placed = |diagnostic: Diagnostic| match diagnostic.locations.first() {
        Some(at) => format!("registry.yaml:{}:{}: {}", at.start.line, at.start.column, diagnostic.title),
        None => diagnostic.title,
    };
    Ok(registry("registry", tree).map_err(|error| placed(error.into_diagnostic()))?.namespace)
}

/// What is odd about the times of a history, if anything: of a machine whose clock is behind, a registry that stands still looks new.
pub(super) fn clocks(state: &State, now: Timestamp) -> Option<String> {
    let newest = state.checkpoint.as_ref().filter(|newest| newest.issued.since(now) > DAY)?;
    Some(format!(
        "checkpoint {} was made on {}, and this machine's clock says {now}: one of the two is wrong, and a freeze may go unnoticed",
        newest.seq, newest.issued
    ))
}
