//! Waivers held against findings: what they let be, and which of them are findings themselves.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::finding::{Diagnostic, Finding, Severity, SourceText, Subject, Suppression, calls, is_said, nearest, parts};
use crate::policy::{Outcome, Repository, Rules};
use crate::tree::RepoPath;

use super::broad::{broad, exact, lines};
use super::{Covers, Waiver, complaint, inline, is_marked};

/// The most subjects that a waiver which covers nothing is told of.
const SHOWN: usize = 3;

/// What a run looked at: only what was looked at completely can be called unused or stale.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// The policies that were evaluated, in full.
    pub evaluated: BTreeSet<String>,
    /// Every policy at hand, in full.
    pub known: BTreeSet<String>,
}

impl Run {
    /// Whether the run can say of a policy that it found nothing: it was evaluated, or there is none of that name at all.
    fn is_sure(&self, word: &str) -> bool {
        self.called(word).iter().all(|name| self.evaluated.contains(*name))
    }

    /// The full names of the policies at hand that a word means: one that is a full name means that policy alone.
    #[must_use]
    pub fn called(&self, word: &str) -> Vec<&String> {
        match self.known.get(word) {
            Some(name) => vec![name],
            None => self.known.iter().filter(|name| calls(word, name)).collect(),
        }
    }

    /// The full name of the one policy at hand that a word means.
    #[must_use]
    pub fn one(&self, word: &str) -> Option<&str> {
        if let [name] = self.called(word)[..] { Some(name) } else { None }
    }
}

/// Lets findings be that a waiver covers, and adds findings about waivers.
pub fn apply(outcome: &mut Outcome, repository: &Repository, rules: &Rules, run: &Run) {
    let (mut waivers, mut added) = super::read(repository);
    for source in texts(outcome, repository) {
        let (more, wrong) = inline::read(&source, repository.service_of(source.path()));
        waivers.extend(more);
        added.extend(wrong);
    }
    for waiver in &waivers {
        let (waiver, matched) = &found(waiver, outcome);
        let complaint = judge(waiver, matched, outcome, (repository, rules, run));
        if complaint.is_none() {
            for index in matched {
                let finding = &mut outcome.findings[*index];
                finding.suppression.get_or_insert_with(|| suppression(waiver));
            }
        }
        added.extend(complaint.filter(|_| !waiver.is_above));
    }
    outcome.findings.extend(added);
    outcome.findings.sort_by(|a, b| a.order_key().cmp(&b.order_key()));
}

/// The texts that hold comments that waive: of the files that policies read or found something in.
fn texts(outcome: &Outcome, repository: &Repository) -> Vec<SourceText> {
    let found = outcome.findings.iter().filter_map(|finding| finding.diagnostic.locations.first()).map(|place| place.path.as_str());
    let read = outcome.evaluations.iter().flat_map(|one| &*one.evidence).map(RepoPath::as_str);
    let mut paths: Vec<&str> = found.chain(read).collect();
    // Most of it stands in order already, several times.
    paths.sort();
    paths.dedup();
    marked(paths, repository)
}

/// Those of some files that hold a comment that waives.
fn marked(paths: Vec<&str>, repository: &Repository) -> Vec<SourceText> {
    let text = |path: &&str| {
        let path = RepoPath::found((*path).to_owned());
        // What an earlier run knows need not be read again.
        if repository.tracing().is_some() && !repository.identity(&path)?.is_marked {
            return None;
        }
        let bytes = repository.evidence(&path)?.bytes(repository.tree()).ok()?;
        let text = std::str::from_utf8(&bytes).ok().filter(|text| is_marked(text))?;
        Some(SourceText::new(path.as_str(), text))
    };
    paths.par_iter().filter_map(text).collect()
}

/// Every waiver of a repository, files and comments, and the findings about those that cannot be read.
#[must_use]
pub fn all(repository: &Repository) -> (Vec<Waiver>, Vec<Finding>) {
    let (mut waivers, mut wrong) = super::read(repository);
    let paths: Vec<&str> = repository.tree().iter().map(|(path, _)| path.as_str()).collect();
    for source in marked(paths, repository) {
        let (more, unreadable) = inline::read(&source, repository.service_of(source.path()));
        waivers.extend(more);
        wrong.extend(unreadable);
    }
    (waivers, wrong)
}

/// Whether a finding is one of the policy that a waiver names.
fn names(policy: &str, finding: &Finding) -> bool {
    // What the engine says about waivers, and about what it cannot read, nobody waives.
    finding.policy_name.contains('/') && calls(policy, &finding.policy_name)
}

/// What the findings of a policy that a subject fits are about, each once; what they say of it; and how many lines they are on.
#[must_use]
pub fn fitting(policy: &str, subject: &Subject, outcome: &Outcome) -> (Vec<Subject>, Vec<String>, usize) {
    let found: Vec<_> = outcome.findings.iter().filter(|finding| names(policy, finding) && subject.fits(finding)).collect();
    let subjects: BTreeSet<_> = found.iter().map(|finding| Subject::of(finding)).collect();
    let said: BTreeSet<_> = found.iter().map(|finding| finding.diagnostic.title.clone()).collect();
    (subjects.into_iter().collect(), said.into_iter().collect(), lines(&found))
}

/// What a waiver covers, and the waiver as it names that now: an item that a number and its text name is found again at another number, when
/// nothing else there has the text, and an object when it says its namespace, while the file has no other one of that name.
fn found<'a>(waiver: &'a Waiver, outcome: &Outcome) -> (Cow<'a, Waiver>, Vec<usize>) {
    let of = |waiver: &Waiver| (0..outcome.findings.len()).filter(|index| covers(waiver, &outcome.findings[*index])).collect();
    let matched: Vec<usize> = of(waiver);
    let Covers::Subject(subject) = &waiver.covers else { return (Cow::Borrowed(waiver), matched) };
    if !matched.is_empty() {
        return (Cow::Borrowed(waiver), matched);
    }
    let is_named = |finding: &&Finding| names(&waiver.policy, finding) && says(waiver, finding);
    let named = outcome.findings.iter().filter(is_named);
    let now = |finding: &Finding| {
        let spaced = subject.spaced(finding);
        let here = spaced.as_ref().unwrap_or(subject);
        if here.fits(finding) { spaced } else { here.moved(finding) }
    };
    let moved: BTreeSet<Subject> = named.filter_map(now).collect();
    let mut moved = moved.into_iter();
    match (moved.next(), moved.next()) {
        (Some(subject), None) => {
            let now = Waiver { covers: Covers::Subject(subject), ..waiver.clone() };
            let matched = of(&now);
            (Cow::Owned(now), matched)
        }
        _ => (Cow::Borrowed(waiver), matched),
    }
}

/// Whether a finding says what a waiver is for.
fn says(waiver: &Waiver, finding: &Finding) -> bool {
    waiver.says.is_empty() || waiver.says.iter().any(|text| is_said(finding, text))
}

fn covers(waiver: &Waiver, finding: &Finding) -> bool {
    names(&waiver.policy, finding)
        && says(waiver, finding)
        && match &waiver.covers {
            Covers::Subject(subject) => subject.fits(finding),
            Covers::Line(path, line) => {
                finding.diagnostic.locations.first().is_some_and(|place| place.path == *path && place.start.line == *line)
            }
        }
}

/// The most days that a waiver may last: what it covers decides, not where it stands.
fn most(waiver: &Waiver, matched: &[usize], outcome: &Outcome, repository: &Repository, rules: &Rules) -> Option<i64> {
    let (Covers::Subject(Subject { path, .. }) | Covers::Line(path, _)) = &waiver.covers;
    let found = matched.iter().map(|index| outcome.findings[*index].service.as_str());
    rules.max_waiver(found.chain([repository.service_of(path)]))
}

/// What is wrong with a waiver; one thing at a time, the gravest first. A waiver with a mistake waives nothing.
fn judge(waiver: &Waiver, matched: &[usize], outcome: &Outcome, (repository, rules, run): (&Repository, &Rules, &Run)) -> Option<Finding> {
    let policy = &waiver.policy;
    let say = |id: &str, severity, diagnostic| Some(complaint(id, severity, &waiver.root, diagnostic));
    if waiver.owner.trim().is_empty() {
        let diagnostic = Diagnostic::new(format!("nobody answers for the waiver of `{policy}`")).at(waiver.place.clone());
        return say("ownerless-waiver", Severity::Error, diagnostic.help("name the team: `owner: TEAM`"));
    }
    if rules.today > waiver.expires {
        let title = format!("waiver of `{policy}` expired on {}", waiver.expires);
        let diagnostic = Diagnostic::new(title).at(waiver.expires_place.clone());
        let help = "repair what it waives, or agree on a new day in its ticket";
        return say("expired-waiver", Severity::Warning, diagnostic.help(help));
    }
    let left = waiver.expires.since(rules.today);
    if let Some(most) = most(waiver, matched, outcome, repository, rules).filter(|most| left > *most) {
        let title = format!("waiver of `{policy}` lasts {left} more days");
        let diagnostic = Diagnostic::new(title).at(waiver.expires_place.clone());
        let latest = rules.today.plus(most);
        return say(
            "long-waiver",
            Severity::Error,
            diagnostic.help(format!("the policy layers allow {most} days: {latest} at the latest")),
        );
    }
    let called = run.called(policy);
    if called.len() > 1 {
        let diagnostic = Diagnostic::new(format!("waiver of `{policy}` covers more than one policy of this name"));
        let called: Vec<_> = called.iter().map(|name| format!("`{name}`")).collect();
        let diagnostic = diagnostic.at(waiver.place.clone()).help(format!("name one of them in full: {}", called.join(", ")));
        return say("broad-waiver", Severity::Error, diagnostic);
    }
    if matched.is_empty() {
        let is_asked = run.is_sure(policy) && !is_open(waiver, outcome, repository, run);
        return if is_asked { say("unused-waiver", Severity::Warning, unused(waiver, outcome, run)) } else { None };
    }
    let found: Vec<_> = matched.iter().map(|index| &outcome.findings[*index]).collect();
    say("broad-waiver", Severity::Error, broad(waiver, &found)?)
}

/// Whether what a waiver covers may be found another time: a layer switches the policy off there, or it could not judge.
fn is_open(waiver: &Waiver, outcome: &Outcome, repository: &Repository, run: &Run) -> bool {
    let (Covers::Subject(Subject { path, .. }) | Covers::Line(path, _)) = &waiver.covers;
    let is_silent = |name: &str| outcome.is_silent(name, repository.service_of(path), path);
    run.called(&waiver.policy).iter().any(|name| is_silent(name) || outcome.unsure.covers(name, path))
}

/// What to say of a waiver that covers nothing: its policy does not exist, or finds other things in the same file, or nothing.
fn unused(waiver: &Waiver, outcome: &Outcome, run: &Run) -> Diagnostic {
    let policy = &waiver.policy;
    if run.called(policy).is_empty() {
        let diagnostic = Diagnostic::new(format!("waiver names `{policy}`, and there is no such policy")).at(waiver.place.clone());
        let names = run.known.iter().map(|name| if policy.contains('/') { name } else { parts(name).map_or(name.as_str(), |(_, id)| id) });
        let near = nearest(policy, names);
        return diagnostic.help(near.map_or_else(|| "remove it".to_owned(), |near| format!("did you mean `{near}`?")));
    }
    let diagnostic = Diagnostic::new(format!("waiver of `{policy}` covers no finding")).at(waiver.place.clone());
    let (Covers::Subject(Subject { path, .. }) | Covers::Line(path, _)) = &waiver.covers;
    let found = others(policy, path, outcome);
    if found.is_empty() {
        return diagnostic.help("remove it; what it waived is repaired, or its subject is wrong");
    }
    let fits = |finding: &&Finding| matches!(&waiver.covers, Covers::Subject(subject) if names(policy, finding) && subject.fits(finding));
    let said: BTreeSet<_> = outcome.findings.iter().filter(fits).map(|finding| &finding.diagnostic.title).collect();
    if !said.is_empty() {
        return said
            .into_iter()
            .take(SHOWN)
            .fold(diagnostic, |diagnostic, title| diagnostic.help(format!("the policy says here: {title:?}")));
    }
    found.into_iter().fold(diagnostic, |diagnostic, other| diagnostic.help(format!("the policy finds here: {other}")))
}

/// The first subjects that a policy finds in a file and that nothing waives, as a waiver names them.
#[must_use]
pub fn others(policy: &str, path: &str, outcome: &Outcome) -> Vec<String> {
    let found = outcome.findings.iter().filter(|finding| names(policy, finding) && finding.counts()).map(Subject::of);
    let here: BTreeSet<String> = found.filter(|subject| subject.path == path).map(|subject| exact(&subject)).collect();
    here.into_iter().take(SHOWN).collect()
}

fn suppression(waiver: &Waiver) -> Suppression {
    Suppression {
        kind: waiver.kind,
        reason: waiver.reason.clone(),
        because: waiver.because.clone(),
        owner: Some(waiver.owner.clone()),
        ticket: waiver.ticket.clone(),
        expires: Some(waiver.expires.to_string()),
        path: waiver.place.path.clone(),
        line: waiver.place.start.line,
    }
}
