//! Whether repairs helped, and whether they did harm: two checks held against each other.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::finding::{Finding, Fix, Severity, fingerprints, kind};
use crate::policy::{Evaluation, Outcome, SubjectKind, UNREADABLE};

/// What is found because something else is gone.
const AFTERMATH: [&str; 2] = ["stale-baseline", "unused-waiver"];

/// Why a repair is none.
pub const STILL_THERE: &str = "the finding was still there";

/// A repair that was made, or is to be.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// What is to be repaired.
    pub finding: Finding,
    /// By what.
    pub fix: Fix,
    /// The finding's fingerprint.
    pub print: String,
}

impl Attempt {
    /// The template layer that repairs; empty for what edits repair.
    #[must_use]
    pub fn layer(&self) -> &str {
        self.fix.layer.as_deref().unwrap_or_default()
    }
}

/// What template layers are to end, by service.
pub type Missing = BTreeMap<String, Vec<Attempt>>;

/// The findings that a template layer ends.
#[must_use]
pub fn of_layers(outcome: &Outcome) -> Missing {
    let mut missing = Missing::new();
    for (finding, print) in outcome.findings.iter().zip(fingerprints(&outcome.findings)).filter(|(finding, _)| finding.counts()) {
        if let Some(fix) = finding.fix.clone().filter(|fix| fix.layer.is_some()) {
            missing.entry(finding.service.clone()).or_default().push(Attempt { finding: finding.clone(), fix, print: print.id });
        }
    }
    missing
}

/// The repairs whose findings, or equal ones, are there.
pub fn wanted_still<'a>(wanted: &'a [Attempt], outcome: &Outcome) -> impl Iterator<Item = &'a Attempt> {
    let there = count(&outcome.findings);
    wanted.iter().filter(move |one| there.contains_key(&kind(&one.finding)))
}

/// What is left of findings that layers were to end, by fingerprint, when each layer ended some.
///
/// # Errors
/// What a layer did not do, or did besides, in words.
pub fn proven(before: &Outcome, after: &Outcome, made: &[Attempt]) -> Result<BTreeMap<String, String>, String> {
    let open = unhelpful(before, after, made);
    let ended: BTreeSet<&str> = made.iter().filter(|one| !open.contains_key(&one.print)).map(Attempt::layer).collect();
    if made.iter().any(|one| !ended.contains(one.layer())) {
        return Err(STILL_THERE.to_owned());
    }
    harm(before, after, made).map_or(Ok(open), Err)
}

/// The repairs that did not help: the finding is still there, or a file that they changed cannot be read any more.
///
/// Equal findings differ by their number only, so of them the count decides.
pub(super) fn unhelpful(before: &Outcome, after: &Outcome, made: &[Attempt]) -> BTreeMap<String, String> {
    let left: BTreeSet<String> = fingerprints(&after.findings).into_iter().map(|print| print.id).collect();
    let (was, is, repaired) = (count(&before.findings), count(&after.findings), count(made.iter().map(|attempt| &attempt.finding)));
    let helped = |finding: &Finding| {
        let kind = kind(finding);
        let number = |of: &HashMap<String, usize>| of.get(&kind).copied().unwrap_or_default();
        number(&is) + number(&repaired) <= number(&was)
    };
    let unread = |outcome: &Outcome| -> BTreeSet<String> {
        let all = outcome.findings.iter().filter(|one| one.policy == UNREADABLE);
        all.filter_map(|one| Some(one.diagnostic.locations.first()?.path.clone())).collect()
    };
    let (was_unread, is_unread) = (unread(before), unread(after));
    let mut failed = BTreeMap::new();
    for Attempt { finding, fix, print } in made {
        if left.contains(print) && !helped(finding) {
            failed.insert(print.clone(), STILL_THERE.to_owned());
        }
        if fix.edits.iter().any(|edit| is_unread.contains(edit.path()) && !was_unread.contains(edit.path())) {
            failed.insert(print.clone(), "the file could not be read any more".to_owned());
        }
    }
    failed
}

/// What repairs did besides: a finding that counts and was not there before, a graver one, or a verdict that is not known any more. Edits
/// may have moved another one; layers moved none.
pub(super) fn harm(before: &Outcome, after: &Outcome, made: &[Attempt]) -> Option<String> {
    let edits = made.iter().all(|one| one.fix.layer.is_none());
    let here: Vec<_> = counting(&before.findings).collect();
    let was: BTreeMap<_, _> = here.iter().cloned().chain(counting(&before.elsewhere)).collect();
    let is: Vec<_> = counting(&after.findings).chain(counting(&after.elsewhere)).collect();
    let left: BTreeSet<&str> = is.iter().map(|(id, _)| id.as_str()).collect();
    let repaired: BTreeSet<&str> = made.iter().map(|attempt| attempt.print.as_str()).collect();
    // A repair may change the line, and so the fingerprint, of a finding that it is not about: as many are gone then. Outside of the folder it changes none.
    let mut moved: HashMap<(&str, &str), usize> = HashMap::new();
    for (_, finding) in here.iter().filter(|(id, _)| edits && !left.contains(id.as_str()) && !repaired.contains(id.as_str())) {
        *moved.entry(group(finding)).or_default() += 1;
    }
    for (id, finding) in is.iter().filter(|(_, finding)| !AFTERMATH.contains(&finding.policy.as_str())) {
        let known = was.get(id).map(|old| old.severity);
        let mut may_move = || moved.get_mut(&group(finding)).is_some_and(|left| left.checked_sub(1).map(|less| *left = less).is_some());
        if known.is_none_or(|old| finding.severity > old) && !(known.is_none() && may_move()) {
            return Some(told(finding, known));
        }
    }
    let unknown = |outcome: &Outcome| -> BTreeSet<_> { outcome.evaluations.iter().filter(|one| one.is_open()).map(key).collect() };
    let known = unknown(before);
    let lost = after.evaluations.iter().find(|one| one.is_open() && !known.contains(&key(one)))?;
    Some(format!("`{}` could not judge any more: {}", lost.policy, lost.reasons.join("; ")))
}

fn told(finding: &Finding, known: Option<Severity>) -> String {
    let place = finding.diagnostic.locations.first().map_or_else(String::new, |place| format!("{}:{}: ", place.path, place.start.line));
    let found = format!("`{}` would say {place}{}", finding.policy, finding.diagnostic.title);
    known.map_or_else(|| found.clone(), |old| format!("{found}, as {} and no more as {}", finding.severity.as_str(), old.as_str()))
}

/// The findings that count, with their fingerprints, in their order.
fn counting(findings: &[Finding]) -> impl Iterator<Item = (String, &Finding)> {
    let all = fingerprints(findings).into_iter().zip(findings);
    all.filter(|(_, finding)| finding.counts()).map(|(print, finding)| (print.id, finding))
}

fn key(one: &Evaluation) -> (String, bool, String) {
    (one.policy.clone(), one.subject == SubjectKind::Service, one.root.clone())
}

/// How many there are of each kind.
fn count<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    findings.into_iter().for_each(|finding| *counts.entry(kind(finding)).or_default() += 1);
    counts
}

fn group(finding: &Finding) -> (&str, &str) {
    (&finding.policy, finding.diagnostic.locations.first().map_or("", |place| &place.path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Diagnostic, Safety, SourceText, Suppression, SuppressionKind};
    use crate::policy::Verdict;

    /// Findings as `policy path line text`, severities by the case of the policy's first letter.
    fn outcome(rows: &[&str]) -> Outcome {
        let finding = |row: &&str| {
            let (suppressed, row) = row.strip_prefix('-').map_or((false, *row), |rest| (true, rest));
            let [policy, path, line, text] = row.splitn(4, ' ').collect::<Vec<_>>().try_into().unwrap();
            let source = SourceText::new(path, format!("{}{text}", "\n".repeat(line.parse::<usize>().unwrap() - 1)));
            let end = source.text().len();
            let severity = if policy.starts_with(char::is_uppercase) { Severity::Error } else { Severity::Warning };
            let diagnostic = Diagnostic::new("m").at(source.location(end - text.len()..end, ""));
            let mut finding = Finding::new(policy.to_lowercase(), severity, "", diagnostic);
            let (reason, because, path) = Default::default();
            let by =
                Suppression { kind: SuppressionKind::Waiver, reason, because, owner: None, ticket: None, expires: None, path, line: 0 };
            finding.suppression = suppressed.then_some(by);
            finding
        };
        let mut findings: Vec<_> = rows.iter().map(finding).collect();
        findings.sort_by(|a, b| a.order_key().cmp(&b.order_key()));
        Outcome { findings, ..Outcome::default() }
    }

    fn attempts(before: &Outcome, repaired: &[usize]) -> Vec<Attempt> {
        let prints = fingerprints(&before.findings);
        let attempt = |index: &usize| {
            let fix = Fix { does: "d".to_owned(), safety: Safety::Safe, edits: Vec::new(), layer: None };
            Attempt { finding: before.findings[*index].clone(), fix, print: prints[*index].id.clone() }
        };
        repaired.iter().map(attempt).collect()
    }

    #[track_caller]
    fn check(before: &[&str], repaired: &[usize], after: &[&str], expected: Option<&str>) {
        let (before, after) = (outcome(before), outcome(after));
        assert_eq!(harm(&before, &after, &attempts(&before, repaired)).as_deref(), expected);
    }

    #[test]
    fn what_was_not_there_before_is_harm() {
        check(&["p a 1 x"], &[0], &[], None);
        check(&["p a 1 x"], &[0], &["q a 1 x"], Some("`q` would say a:1: m"));
        check(&["p a 1 x"], &[0], &["p b 1 x"], Some("`p` would say b:1: m"));
        check(&["p a 1 x"], &[0], &["p a 2 y"], Some("`p` would say a:2: m"));
        check(&["p a 1 x"], &[0], &["-q a 1 x"], None);
        check(&["p a 1 x"], &[0], &["unused-waiver w 1 x"], None);
        check(&["p a 1 x", "q a 2 y"], &[0], &["Q a 2 y"], Some("`q` would say a:2: m, as error and no more as warning"));
        check(&["p a 1 x", "-q a 2 y"], &[0], &["q a 2 y"], Some("`q` would say a:2: m"));
    }

    #[test]
    fn that_another_finding_ends_helps_none() {
        let unhelpful = |before: &[&str], repaired: &[usize], after: &[&str]| {
            let (before, after) = (outcome(before), outcome(after));
            unhelpful(&before, &after, &attempts(&before, repaired)).len()
        };
        assert_eq!(unhelpful(&["p a 1 x", "p a 2 y"], &[0], &["p a 1 x"]), 1);
        assert_eq!(unhelpful(&["p a 1 x", "p a 2 y"], &[0], &["p a 2 y"]), 0);
        assert_eq!(unhelpful(&["p a 1 x", "p a 2 x"], &[0], &["p a 1 x"]), 0);
        assert_eq!(unhelpful(&["p a 1 x", "p a 2 x"], &[0, 1], &["p a 1 x"]), 1);
    }

    #[test]
    fn what_only_moved_is_none() {
        check(&["p a 1 x y", "q a 1 x y"], &[0], &["q a 1 z y"], None);
        check(&["p a 1 x", "p a 2 x", "p a 3 x"], &[0], &["p a 2 x", "p a 3 x"], None);
        check(&["p a 1 x y", "q a 1 x y"], &[0], &["q a 1 z y", "q a 2 w"], Some("`q` would say a:2: m"));
    }

    #[test]
    fn a_verdict_that_is_lost_is_harm() {
        let evaluation = |verdict, reasons: &[&str]| Evaluation {
            policy: "p".to_owned(),
            subject: SubjectKind::Service,
            root: String::new(),
            verdict,
            reasons: reasons.iter().map(ToString::to_string).collect(),
            evidence: [].into(),
        };
        let of = |one| Outcome { evaluations: vec![one], ..Outcome::default() };
        let (pass, unknown) = (of(evaluation(Verdict::Pass, &[])), of(evaluation(Verdict::Unknown, &["`a`: too large"])));
        assert_eq!(harm(&pass, &unknown, &[]).unwrap(), "`p` could not judge any more: `a`: too large");
        assert_eq!(harm(&unknown, &unknown, &[]), None);
        assert_eq!(harm(&of(evaluation(Verdict::Fail, &["`a`: too large"])), &unknown, &[]), None);
    }
}
