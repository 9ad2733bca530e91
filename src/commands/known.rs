//! `.polity-baseline.yaml` in a check: read, written, shrunk, and compared with what the last commit holds.

use std::collections::BTreeMap;
use std::path::Path;

use crate::cli::{BaselineVerb, CheckArgs};
use crate::config::{BASELINE_FILE, BaselineFile, Date, KnownFinding, TrendPoint};
use crate::disk::{self, Earlier};
use crate::error::Error;
use crate::finding::{Diagnostic, Finding, Location, Severity, SourceText, SuppressionKind};
use crate::policy::baseline::{apply as hold, growth as growth_findings, record, shrink};
use crate::policy::waivers::Run;
use crate::policy::{Outcome, Repository, Rules};
use crate::tree::RepoPath;

/// Holds findings against the baseline, as the command line says.
pub(super) fn apply(
    args: &CheckArgs,
    outcome: &mut Outcome,
    folder: &Path,
    repository: &Repository,
    rules: &Rules,
    run: &Run,
) -> Result<(), Error> {
    let before = read(repository)?;
    let is_partial = !args.only.is_empty() || !args.skip.is_empty();
    let mut baseline = before.clone();
    match args.baseline {
        Some(BaselineVerb::Ignore) => return Ok(()),
        Some(BaselineVerb::Write | BaselineVerb::Shrink) if is_partial => {
            let error = Error::usage("a run that leaves policies out does not know what the baseline is to hold");
            return Err(error.help("leave out `--policy` and `--skip`"));
        }
        Some(BaselineVerb::Write) => {
            let written = record(outcome, repository.tree(), rules.today, before.as_ref());
            write(folder, &written)?;
            baseline = Some(written);
        }
        _ => {}
    }
    let Some(baseline) = baseline else { return Ok(()) };
    let gone = hold(outcome, &baseline, repository.tree(), SuppressionKind::Baseline, BASELINE_FILE, &run.evaluated);
    let baseline = if args.baseline == Some(BaselineVerb::Shrink) && !gone.is_empty() {
        let smaller = shrink(&baseline, &gone, rules.today);
        write(folder, &smaller)?;
        smaller
    } else {
        outcome.findings.extend(stale(&gone));
        baseline
    };
    outcome.findings.extend(growth(folder, &baseline, None));
    outcome.findings.sort_by(|a, b| a.order_key().cmp(&b.order_key()));
    outcome.trend = baseline.trend;
    Ok(())
}

/// The baseline does not decide what counts since a revision, but it may not have grown since either.
pub(super) fn may_only_shrink(outcome: &mut Outcome, folder: &Path, repository: &Repository, revision: &str) -> Result<(), Error> {
    if let Some(baseline) = read(repository)? {
        outcome.findings.extend(growth(folder, &baseline, Some(revision)));
        outcome.findings.sort_by(|a, b| a.order_key().cmp(&b.order_key()));
    }
    Ok(())
}

fn read(repository: &Repository) -> Result<Option<BaselineFile>, Error> {
    let path = RepoPath::found(BASELINE_FILE.to_owned());
    if !repository.tree().contains(&path) {
        return Ok(None);
    }
    let bytes = repository.tree().read(&path).map_err(|error| Error::io(format!("read `{BASELINE_FILE}`"), error))?;
    let text = std::str::from_utf8(&bytes).map_err(|error| Error::config(format!("`{BASELINE_FILE}` is not UTF-8 text: {error}")))?;
    Ok(Some(BaselineFile::load(&SourceText::new(BASELINE_FILE, text))?))
}

fn write(folder: &Path, baseline: &BaselineFile) -> Result<(), Error> {
    let text = baseline.text();
    let written = disk::write_file(&folder.join(BASELINE_FILE), &mut |out| out.write_all(text.as_bytes()));
    written.map_err(|error| Error::io(format!("write `{BASELINE_FILE}`"), error))
}

/// How many findings the baseline held, by day: what its commits say, and on other days what the file says of itself.
pub(super) fn trend(folder: &Path, outcome: &Outcome) -> Vec<TrendPoint> {
    let of_file = outcome.trend.iter().map(|point| (point.date, point.findings));
    let committed = disk::history(folder, BASELINE_FILE).into_iter().filter_map(|(seconds, bytes)| {
        let file = BaselineFile::load(&SourceText::new(BASELINE_FILE, std::str::from_utf8(&bytes).ok()?)).ok()?;
        Some((Date::of_unix(seconds), file.count()))
    });
    let days: BTreeMap<Date, usize> = of_file.chain(committed).collect();
    days.into_iter().map(|(date, findings)| TrendPoint { date, findings }).collect()
}

/// One finding for all that is gone.
fn stale(gone: &[(String, KnownFinding)]) -> Option<Finding> {
    let (path, first) = gone.first()?;
    let title = format!("baseline lists {} that nobody finds any more", crate::report::human::count(gone.len(), "finding", "findings"));
    let mut diagnostic = Diagnostic::new(title).at(Location::file(BASELINE_FILE, format!("such as `{}` in {path}", first.message)));
    diagnostic = diagnostic.help("`polity check --baseline shrink` drops what is gone");
    Some(Finding::new("stale-baseline", Severity::Warning, "", diagnostic))
}

/// Findings for what the baseline before this one did not know; one finding when that one cannot be had.
fn growth(folder: &Path, baseline: &BaselineFile, revision: Option<&str>) -> Vec<Finding> {
    let load = |bytes: &[u8]| BaselineFile::load(&SourceText::new(BASELINE_FILE, std::str::from_utf8(bytes).ok()?)).ok();
    match disk::earlier(folder, BASELINE_FILE, revision, &|bytes| load(bytes).as_ref() == Some(baseline)) {
        Earlier::Nothing => Vec::new(),
        Earlier::Lost => growth_findings(None, baseline, BASELINE_FILE),
        Earlier::Was(bytes) => growth_findings(load(&bytes).as_ref(), baseline, BASELINE_FILE),
    }
}
