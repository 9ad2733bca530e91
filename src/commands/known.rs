//! `.polity-baseline.yaml` in a check: read, written, shrunk, and compared with what the last commit holds.

use std::collections::BTreeMap;
use std::path::Path;

use crate::cli::BaselineVerb;
use crate::config::{BASELINE_FILE, BaselineFile, Date, TrendPoint};
use crate::disk;
use crate::error::Error;
use crate::finding::SuppressionKind;
use crate::policy::Outcome;
use crate::policy::baseline::{apply as hold, record, refused, shrink, stale, trend as course, unclear, without};
use crate::policy::ratchet::grown;
use crate::tree::RepoPath;

use super::asked::Checked;
use super::baseline::{moved, parse, read, write};
use super::ratchet;

/// Holds findings against the baseline, as the command line says.
pub(super) fn apply(checked: &Checked<'_, '_>, outcome: &mut Outcome) -> Result<(), Error> {
    let Checked { args, folder, repository, rules, .. } = *checked;
    if args.baseline == Some(BaselineVerb::Ignore) {
        return Ok(());
    }
    let (before, is_settled) = read(args, repository, folder)?;
    let is_partial = !args.only.is_empty() || !args.skip.is_empty();
    let mut baseline = before.clone();
    // The number is noted once; from then on git's history tells it, and branches that shrink the list have nothing to be in conflict over.
    let has_history = || disk::enclosing_repository(folder).is_some();
    let noted = |before: Option<&BaselineFile>| (before.is_none() || !has_history()).then_some(rules.today);
    match args.baseline {
        Some(BaselineVerb::Write | BaselineVerb::Shrink) if is_partial => {
            let error = Error::usage("a run that leaves policies out does not know what the baseline is to hold");
            return Err(error.help("leave out `--policy` and `--skip`"));
        }
        Some(BaselineVerb::Write) => {
            let (before, noted) = (before.as_ref(), noted(before.as_ref()));
            baseline = Some(renewed(checked, outcome, (before, is_settled), noted)?);
        }
        _ => {}
    }
    above(checked, outcome)?;
    let Some(baseline) = baseline else { return Ok(()) };
    let (names, run) = (checked.moved(outcome, &baseline), &checked.asked.run);
    let gone = hold(outcome, (&baseline, &names), repository, SuppressionKind::Baseline, BASELINE_FILE, run);
    outcome.findings.extend(unclear(&baseline, run, BASELINE_FILE));
    let baseline = if args.baseline == Some(BaselineVerb::Shrink) && (is_settled || !gone.is_empty()) {
        let smaller = shrink(&baseline, &gone, noted(Some(&baseline)));
        write(folder, &smaller)?;
        smaller
    } else {
        outcome.findings.extend(stale(&gone, BASELINE_FILE));
        baseline
    };
    outcome.findings.extend(ratchet::past(folder, args).growth(folder, &baseline, &moved(folder, repository.tree())));
    outcome.findings.sort_by(|a, b| a.order_key().cmp(&b.order_key()));
    outcome.trend = if baseline.trend.is_empty() { Vec::new() } else { course(&baseline, rules.today) };
    Ok(())
}

/// Writes the findings of a run as the baseline: all of them when there has never been one, else those that it had.
fn renewed(
    checked: &Checked<'_, '_>,
    outcome: &mut Outcome,
    (before, is_settled): (Option<&BaselineFile>, bool),
    noted: Option<Date>,
) -> Result<BaselineFile, Error> {
    let Checked { args, folder, repository, .. } = *checked;
    let names = before.map(|before| checked.moved(outcome, before)).unwrap_or_default();
    let fresh = record(outcome, repository, noted, (before, &names), &checked.asked.run);
    let is_moved = moved(folder, repository.tree());
    let mut left_out = ratchet::past(folder, args).beyond(&fresh, before, &is_moved);
    if let (true, Some(both)) = (is_settled, before) {
        left_out = grown(both, &fresh, &is_moved);
    }
    let written = if left_out.is_empty() { fresh } else { shrink(&without(&fresh, &left_out), &[], noted) };
    write(folder, &written)?;
    outcome.findings.extend(refused(&left_out, BASELINE_FILE));
    Ok(written)
}

/// Lets be what the baseline of the repository around the folder knows. Whether that one is stale or grew is seen where it stands.
fn above(checked: &Checked<'_, '_>, outcome: &mut Outcome) -> Result<(), Error> {
    let above = checked.repository.above();
    let Ok(bytes) = above.files.read(&RepoPath::found(BASELINE_FILE.to_owned())) else { return Ok(()) };
    let (known, names) = checked.of_above(outcome, parse(&bytes)?);
    let place = above.shown(BASELINE_FILE);
    hold(outcome, (&known, &names), checked.repository, SuppressionKind::Baseline, &place, &checked.asked.run);
    Ok(())
}

/// The baseline does not decide what counts since a revision, but it may not have grown since either.
pub(super) fn may_only_shrink(checked: &Checked<'_, '_>, outcome: &mut Outcome, revision: &str) -> Result<(), Error> {
    if let (Some(baseline), _) = read(checked.args, checked.repository, checked.folder)? {
        outcome.findings.extend(ratchet::since(checked.folder, &baseline, revision, &moved(checked.folder, checked.repository.tree())));
        outcome.findings.sort_by(|a, b| a.order_key().cmp(&b.order_key()));
    }
    Ok(())
}

/// How many findings the baseline held, by day: what its commits say, and on other days what the file says of itself.
pub(super) fn trend(folder: &Path, outcome: &Outcome) -> Vec<TrendPoint> {
    let of_file = outcome.trend.iter().map(|point| (point.date, point.findings));
    let committed = disk::history(folder, BASELINE_FILE)
        .into_iter()
        .filter_map(|(seconds, bytes)| Some((Date::of_unix(seconds), parse(&bytes).ok()?.count())));
    let days: BTreeMap<Date, usize> = of_file.chain(committed).collect();
    days.into_iter().map(|(date, findings)| TrendPoint { date, findings }).collect()
}
