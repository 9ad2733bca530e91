//! The baseline: findings that were known before count no more, and their number may only shrink.
//!
//! A known finding is one with the same fingerprint in the same file, or in the file that the old one became: the old name is gone, and
//! most lines are the same. A finding in any other file is new.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{BaselineFile, Date, KnownFile, KnownFinding, TrendPoint};
use crate::finding::{
    Diagnostic, Finding, Fingerprint, Former, Location, Severity, SourceText, Suppression, SuppressionKind, fingerprints, formers,
};
use crate::tree::{RepoPath, Tree};

use super::renames::{moves, sketch};
use super::waivers::Run;
use super::{Above, Outcome, Repository, UNREADABLE};

/// The old names of files, by new name.
pub type Names = BTreeMap<String, String>;

/// The most findings about the growth of a baseline that are shown one by one.
const SHOWN: usize = 20;

/// The findings of a run as a baseline. Only findings of policies that count are recorded; `before` is continued, also by what it has of policies that this
/// run did not ask. Their number is noted for the day `noted`: where git's history tells it, two branches that note it would be in conflict.
#[must_use]
pub fn record(
    outcome: &Outcome,
    repository: &Repository,
    noted: Option<Date>,
    (before, names): (Option<&BaselineFile>, &Names),
    run: &Run,
) -> BaselineFile {
    let mut files: BTreeMap<String, KnownFile> = BTreeMap::new();
    let tree = repository.tree();
    let mut left = Left::of(before, run);
    let new = |path: &str| KnownFile { sketch: sketch(tree, path), findings: Vec::new() };
    let formers = left.formers(outcome);
    for ((finding, print), formers) in outcome.findings.iter().zip(fingerprints(&outcome.findings)).zip(formers) {
        if !is_recorded(finding) || finding.suppression.as_ref().is_some_and(|s| s.kind != SuppressionKind::Baseline) {
            continue;
        }
        let path = path_of(finding);
        let home = names.get(path).map_or(path, String::as_str);
        let (policy, message) = (finding.policy_name.clone(), finding.diagnostic.title.clone());
        // As an older version wrote it: written anew, it would be growth.
        let known = left.take(home, finding, &print, &formers).filter(|known| known.policy == policy).cloned();
        let known = known.unwrap_or(KnownFinding { fingerprint: print.content, policy, message });
        files.entry(path.to_owned()).or_insert_with(|| new(path)).findings.push(known);
    }
    for (path, known) in left.rest().filter(|(path, known)| !is_sure(outcome, repository, run, path, known)) {
        let here = names.iter().find(|(_, was)| *was == path).map_or(path, |(now, _)| now);
        let kept = before.and_then(|before| before.files.get(path)).map_or_else(String::new, |file| file.sketch.clone());
        let file = files.entry(here.to_owned()).or_insert_with(|| KnownFile { sketch: kept, findings: Vec::new() });
        file.findings.push(known.clone());
    }
    files.values_mut().for_each(|file| file.findings.sort());
    finish(files, noted, before)
}

/// Whether a run would have found again what a baseline knows: its policy was asked, no layer switches it off there, and it could judge the file.
fn is_sure(outcome: &Outcome, repository: &Repository, run: &Run, path: &str, known: &KnownFinding) -> bool {
    let is_silent = |policy: &str| outcome.is_silent(policy, repository.service_of(path), path);
    let is_asked = |policy: &str| run.evaluated.contains(policy) && !is_silent(policy) && !outcome.unsure.covers(policy, path);
    run.one(&known.policy).is_some_and(is_asked)
}

/// The entries of a baseline that no finding has taken yet, by file.
struct Left<'a> {
    files: BTreeMap<&'a str, Vec<&'a KnownFinding>>,
    run: &'a Run,
}

impl<'a> Left<'a> {
    fn of(baseline: Option<&'a BaselineFile>, run: &'a Run) -> Self {
        let files = baseline.into_iter().flat_map(|baseline| &baseline.files);
        Self { files: files.map(|(path, file)| (path.as_str(), file.findings.iter().collect())).collect(), run }
    }

    /// What an older version may have called each finding.
    fn formers(&self, outcome: &Outcome) -> Vec<Vec<Former>> {
        if self.files.is_empty() { vec![Vec::new(); outcome.findings.len()] } else { formers(&outcome.findings) }
    }

    /// Takes the entry of a finding; `home` is what the file was called.
    fn take(&mut self, home: &str, finding: &Finding, print: &Fingerprint, formers: &[Former]) -> Option<&'a KnownFinding> {
        let list = self.files.get_mut(home)?;
        let (run, policy) = (self.run, &finding.policy_name);
        let is_now = |known: &&KnownFinding| known.policy == *policy && known.fingerprint == print.content;
        let was = |known: &&KnownFinding| {
            let entry = [known.policy.as_str(), &known.fingerprint, &known.message];
            // What all plain folders share is the name of one only while there is no other.
            (known.policy == *policy || run.one(&known.policy) == Some(policy))
                && formers.iter().any(|former| former.is(finding, home, entry))
        };
        let index = list.iter().position(is_now).or_else(|| list.iter().position(was))?;
        Some(list.remove(index))
    }

    fn rest(self) -> impl Iterator<Item = (&'a str, &'a KnownFinding)> {
        self.files.into_iter().flat_map(|(path, list)| list.into_iter().map(move |known| (path, known)))
    }
}

/// The same baseline without what is gone.
#[must_use]
pub fn shrink(before: &BaselineFile, gone: &[(String, KnownFinding)], noted: Option<Date>) -> BaselineFile {
    finish(without(before, gone).files, noted, Some(before))
}

/// A baseline without some of its entries.
#[must_use]
pub fn without(baseline: &BaselineFile, gone: &[(String, KnownFinding)]) -> BaselineFile {
    let mut files = baseline.files.clone();
    for (path, known) in gone {
        let Some(file) = files.get_mut(path) else { continue };
        if let Some(index) = file.findings.iter().position(|one| one == known) {
            file.findings.remove(index);
        }
    }
    files.retain(|_, file| !file.findings.is_empty());
    BaselineFile { files, ..baseline.clone() }
}

fn finish(files: BTreeMap<String, KnownFile>, noted: Option<Date>, before: Option<&BaselineFile>) -> BaselineFile {
    let known = before.map(|b| b.trend.clone()).unwrap_or_default();
    let baseline = BaselineFile { files, trend: known, ..BaselineFile::empty() };
    match noted {
        Some(today) => BaselineFile { trend: trend(&baseline, today), ..baseline },
        None => baseline,
    }
}

/// How many findings a baseline held, until a day on which it holds what it does.
#[must_use]
pub fn trend(baseline: &BaselineFile, today: Date) -> Vec<TrendPoint> {
    let findings = baseline.count();
    let mut points: Vec<_> = baseline.trend.iter().filter(|point| point.date != today).copied().collect();
    if points.last().is_none_or(|last| last.findings != findings) {
        points.push(TrendPoint { date: today, findings });
    }
    points
}

/// What the baseline of a repository knows of a folder in it, with paths from there.
#[must_use]
pub fn about(baseline: BaselineFile, above: &Above) -> BaselineFile {
    let files = baseline.files.into_iter().filter_map(|(path, file)| Some((above.here(&path)?.to_owned(), file)));
    BaselineFile { files: files.collect(), ..baseline }
}

/// The files with findings that a baseline does not list, each with its sketch, by their paths in what the baseline is of: the repository around, as
/// `above` says, or the checked folder itself.
#[must_use]
pub fn unlisted(outcome: &Outcome, tree: &Tree, above: &Above, baseline: &BaselineFile) -> BTreeMap<String, String> {
    // What cannot be read elsewhere is no file of the folder.
    let is_here = |path: &&str| !path.is_empty() && !path.starts_with("../");
    let paths: BTreeSet<&str> = outcome.findings.iter().map(path_of).filter(is_here).collect();
    let whole = paths.into_iter().map(|path| (above.whole(path), path));
    whole.filter(|(whole, _)| !baseline.files.contains_key(whole)).map(|(whole, path)| (whole, sketch(tree, path))).collect()
}

/// The old names of files that a baseline does not list, as far as the files that it lists are gone; `may` says whether a file may have moved from its
/// first name to its second.
#[must_use]
pub fn renamed(
    baseline: &BaselineFile,
    unlisted: &BTreeMap<String, String>,
    is_gone: &dyn Fn(&str) -> bool,
    may: &dyn Fn(&str, &str) -> bool,
) -> Names {
    if unlisted.is_empty() {
        return Names::new();
    }
    let gone = baseline.files.iter().filter(|(path, _)| !path.is_empty() && is_gone(path));
    let gone = gone.map(|(path, file)| (path.as_str(), file.sketch.as_str())).collect();
    let new = unlisted.iter().map(|(path, sketch)| (path.as_str(), sketch.as_str())).collect();
    moves(&gone, &new, may)
}

/// Adds to what a baseline knows of a folder what files of it had elsewhere in the repository, by the names that files of the repository had; returns those
/// that lay in the folder before, with paths from there.
#[must_use]
pub fn bring(own: &mut BaselineFile, known: &BaselineFile, above: &Above, names: &Names) -> Names {
    let mut inside = Names::new();
    for (now, was) in names {
        match (above.here(now), above.here(was), known.files.get(was)) {
            (Some(now), Some(was), _) => drop(inside.insert(now.to_owned(), was.to_owned())),
            (Some(now), None, Some(file)) => drop(own.files.insert(now.to_owned(), file.clone())),
            _ => {}
        }
    }
    inside
}

/// A baseline without findings: what files of a tree look like.
#[must_use]
pub fn looks<'a>(tree: &Tree, paths: impl Iterator<Item = &'a str>) -> BaselineFile {
    let file = |path: &str| (path.to_owned(), KnownFile { sketch: sketch(tree, path), findings: Vec::new() });
    BaselineFile { files: paths.map(file).collect(), ..BaselineFile::empty() }
}

/// Lets findings be that the baseline knows; what it lists and nobody found is returned, where the run would have found it again.
pub fn apply(
    outcome: &mut Outcome,
    (baseline, moves): (&BaselineFile, &Names),
    repository: &Repository,
    kind: SuppressionKind,
    path: &str,
    run: &Run,
) -> Vec<(String, KnownFinding)> {
    let mut left = Left::of(Some(baseline), run);
    let (prints, formers) = (fingerprints(&outcome.findings), left.formers(outcome));
    for ((finding, print), formers) in outcome.findings.iter_mut().zip(prints).zip(formers) {
        if !is_recorded(finding) || !finding.counts() {
            continue;
        }
        let here = path_of(finding).to_owned();
        let home = moves.get(here.as_str()).unwrap_or(&here);
        if left.take(home, finding, &print, &formers).is_some() {
            finding.suppression = Some(known_before(kind, path));
        }
    }
    let gone = left.rest().filter(|(path, known)| is_sure(outcome, repository, run, path, known));
    gone.map(|(path, known)| (path.to_owned(), known.clone())).collect()
}

/// What an earlier state of a folder had, as a baseline of it.
#[must_use]
pub fn earlier(before: &Outcome, past: &Repository) -> BaselineFile {
    record(before, past, None, (None, &Names::new()), &Run::default())
}

/// A folder at some time, and the repository that it lies in.
pub type State<'a> = (&'a Repository, Option<&'a Repository>);

/// Lets findings be that an earlier state of the same folder had: those of policies as a baseline of it would, which is `known`, and what the engine
/// said of it by the same fingerprint, which names the file. What cannot be read in a file that changed is new: nobody saw what it holds now. Each state is
/// the folder, and the repository that it lies in where that was looked at.
pub fn since(outcome: &mut Outcome, known: (&BaselineFile, &Names), before: &Outcome, states: [State<'_>; 2], path: &str) {
    apply(outcome, known, states[0].0, SuppressionKind::Since, path, &Run::default());
    let is_own = |(finding, _): &(&Finding, Fingerprint)| !is_recorded(finding);
    let old: BTreeSet<String> =
        before.findings.iter().zip(fingerprints(&before.findings)).filter(is_own).map(|(_, print)| print.id).collect();
    let bytes = |(folder, whole): State<'_>, path: &str| {
        let (repository, path) = if path.starts_with("../") { (whole?, folder.above().place(path)) } else { (folder, path.to_owned()) };
        Some(repository.tree().read(&RepoPath::found(path)).ok())
    };
    let is_changed = |finding: &Finding| {
        let [now, past] = states.map(|state| bytes(state, path_of(finding)));
        finding.policy_name == UNREADABLE && (now.is_none() || now != past)
    };
    let prints = fingerprints(&outcome.findings);
    for (finding, print) in outcome.findings.iter_mut().zip(prints) {
        if !is_recorded(finding) && finding.counts() && !is_changed(finding) && old.contains(&print.id) {
            finding.suppression = Some(known_before(SuppressionKind::Since, path));
        }
    }
}

fn known_before(kind: SuppressionKind, path: &str) -> Suppression {
    let (owner, ticket, expires) = (None, None, None);
    let (because, path) = ("known before".to_owned(), path.to_owned());
    Suppression { kind, reason: String::new(), because, owner, ticket, expires, path, line: 1 }
}

/// The finding that nobody knows what a baseline was before, with the reason and what can be done about it when that is no lack of commits.
#[must_use]
pub fn lost(path: &str, reason: Option<(&str, Option<String>)>) -> Finding {
    let diagnostic = Diagnostic::new("the baseline before this one cannot be had, so it may have grown")
        .at(Location::file(path, "compared with the commits before"));
    let diagnostic = match reason {
        None => diagnostic.help("fetch the commits before: `git fetch --unshallow`, or `fetch-depth: 0` of `actions/checkout`"),
        Some((reason, help)) => help.into_iter().fold(diagnostic.note(reason), Diagnostic::help),
    };
    Finding::new("lost-baseline", Severity::Warning, "", diagnostic)
}

/// Findings for what a baseline has grown by: the file, the entry, and what to say of how it came in. `text` is the baseline as it stands at `path`.
#[must_use]
pub fn growth(grown: &[(String, KnownFinding, String)], text: &str, path: &str) -> Vec<Finding> {
    let source = SourceText::new(path, text);
    let one = |(file, known, how): &(String, KnownFinding, String)| {
        let of_file = text.find(&format!("\n  {file}:")).unwrap_or(0);
        let at = text[of_file..].find(&known.fingerprint).map(|at| of_file + at).or_else(|| text.find(&known.fingerprint));
        let at = at.map_or(0..0, |at| at..at + known.fingerprint.len());
        let place = source.location(at, format!("of policy {}", known.policy));
        let diagnostic = Diagnostic::new(format!("baseline grew by `{}` in {file}", known.message)).at(place);
        Finding::new("grown-baseline", Severity::Error, "", diagnostic.help("repair it, or waive it with a reason and an end").note(how))
    };
    grown.iter().take(SHOWN).map(one).collect()
}

/// The finding that a baseline was not written with what it did not have before.
#[must_use]
pub fn refused(left_out: &[(String, KnownFinding)], path: &str) -> Option<Finding> {
    let (file, first) = left_out.first()?;
    let many = findings(left_out.len());
    let place = Location::file(path, format!("such as `{}` in {file}", first.message));
    let diagnostic = Diagnostic::new(format!("baseline may not grow by {many}, and was written without")).at(place);
    let help = "repair what is new, or waive it with a reason and an end";
    Some(Finding::new("grown-baseline", Severity::Error, "", diagnostic.help(help)))
}

/// What the engine itself finds is never taken for granted.
fn is_recorded(finding: &Finding) -> bool {
    finding.policy_name.contains('/')
}

fn path_of(finding: &Finding) -> &str {
    finding.diagnostic.locations.first().map_or("", |place| &place.path)
}

/// One finding for all that is gone.
#[must_use]
pub fn stale(gone: &[(String, KnownFinding)], file: &str) -> Option<Finding> {
    let (path, first) = gone.first()?;
    let title = format!("baseline lists {} that nobody finds any more", findings(gone.len()));
    let mut diagnostic = Diagnostic::new(title).at(Location::file(file, format!("such as `{}` in {path}", first.message)));
    diagnostic = diagnostic.help("`polity check --baseline shrink` drops what is gone");
    Some(Finding::new("stale-baseline", Severity::Warning, "", diagnostic))
}

/// What a baseline says of the policies of plain folders without naming the folder, when several have a policy of that id: nobody can tell whose it is.
#[must_use]
pub fn unclear(baseline: &BaselineFile, run: &Run, file: &str) -> Vec<Finding> {
    let mut several: BTreeMap<&str, (usize, Vec<&String>)> = BTreeMap::new();
    for known in baseline.files.values().flat_map(|file| &file.findings) {
        let called = run.called(&known.policy);
        if called.len() > 1 {
            several.entry(&known.policy).or_insert((0, called)).0 += 1;
        }
    }
    let one = |(policy, (number, called)): (&str, (usize, Vec<&String>))| {
        let called: Vec<_> = called.iter().map(|name| format!("`{name}`")).collect();
        let title = format!("baseline lists {} of `{policy}`, which is the name of several policies", findings(number));
        let help = "check with the folder alone that it was written for: `--baseline write` names it in full";
        let diagnostic = Diagnostic::new(title).at(Location::file(file, format!("none of {} is let be by it", called.join(", "))));
        Finding::new("stale-baseline", Severity::Warning, "", diagnostic.help(help))
    };
    several.into_iter().map(one).collect()
}

fn findings(number: usize) -> String {
    if number == 1 { "1 finding".to_owned() } else { format!("{number} findings") }
}
