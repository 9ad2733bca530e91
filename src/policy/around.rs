//! Policies that see more than the checked folder: they are evaluated on the repository that it lies in, with the directory of teams, the pipelines and the
//! limits that stand elsewhere, and what they say of the folder counts. In a part of a service or of a chart that is every policy.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::config::Grade;
use crate::finding::{Edit, Finding, seen_from};
use crate::tree::RepoPath;

use super::{Above, Evaluation, Policy, PolicyError, Repository, Rules, Silent, SubjectKind, Verdict};

/// The repository around a checked folder, and what holds there.
#[derive(Clone, Copy)]
pub struct Whole<'a> {
    /// All of its files.
    pub repository: &'a Arc<Repository>,
    /// Its layers.
    pub rules: &'a Rules,
}

/// Whether a policy is asked of the repository around a folder: it looks around, or the folder is a part of what is judged as a whole, of a service or of a chart.
#[must_use]
pub fn sees_all(policy: &Policy, folder: &Repository) -> bool {
    policy.file.sees_all() || folder.above().chart.is_some() || (folder.is_in_service() && policy.file.subject == SubjectKind::Service)
}

/// Whether what a policy says of a service, or of what belongs to none, can be about a folder: seen in the repository around it, others lie elsewhere.
pub(super) fn is_about(policy: &Policy, root: &str, folder: &Repository) -> bool {
    let above = folder.above();
    if policy.file.subject == SubjectKind::Repository || !sees_all(policy, folder) {
        return true;
    }
    let is_around = !folder.is_its_own() && root == above.service.as_deref().unwrap_or_default();
    root == above.prefix || above.here(root).is_some() || is_around
}

/// What a policy said of a subject.
pub(super) struct Judged {
    pub findings: Vec<Finding>,
    pub evaluation: Evaluation,
    /// How grave a finding can be.
    pub grade: Grade,
    /// Where layers want to hear nothing.
    pub silent: Vec<Silent>,
    /// What was found outside of the checked folder.
    pub elsewhere: Vec<Finding>,
}

/// What was said of the whole repository, as far as it is about a folder of it.
pub(super) fn brought(judged: Judged, above: &Above) -> Judged {
    let Judged { findings, evaluation, grade, silent, mut elsewhere } = judged;
    let is_here = |finding: &Finding| finding.diagnostic.locations.first().is_some_and(|place| above.here(&place.path).is_some());
    let (here, others): (Vec<_>, Vec<_>) = findings.into_iter().partition(is_here);
    elsewhere.extend(others.into_iter().map(|mut finding| {
        above.bring(&mut finding.diagnostic);
        Finding { fix: None, ..finding }
    }));
    let findings: Vec<_> = here.into_iter().filter_map(|finding| about(finding, above)).collect();
    let is_read = |path: &str| evaluation.evidence.iter().any(|read| read.as_str() == path);
    let mut reasons: Vec<_> = evaluation.reasons.into_iter().map(|reason| brought_reason(reason, above, is_read)).collect();
    let verdict = match evaluation.verdict {
        Verdict::Fail if !findings.is_empty() => Verdict::Fail,
        Verdict::Fail if reasons.is_empty() && evaluation.subject == SubjectKind::Service => {
            reasons.push("what it finds of the service lies outside of this folder".to_owned());
            Verdict::NotApplicable
        }
        Verdict::Fail if reasons.is_empty() => Verdict::Pass,
        Verdict::Fail => Verdict::Unknown,
        other => other,
    };
    let here = |path: &RepoPath| above.here(path.as_str()).map(|path| RepoPath::found(path.to_owned()));
    let evidence = evaluation.evidence.iter().filter_map(here).collect();
    let in_folder = |one: Silent| {
        let root = one.root.map(|root| above.root(&root).to_owned());
        match one.path {
            Some(path) => Some(Silent { root, path: Some(above.here(&path)?.to_owned()), ..one }),
            None => Some(Silent { root, ..one }),
        }
    };
    let root = above.root(&evaluation.root).to_owned();
    let evaluation = Evaluation { root, verdict, reasons, evidence, ..evaluation };
    Judged { findings, evaluation, grade, silent: silent.into_iter().filter_map(in_folder).collect(), elsewhere }
}

/// A reason, which may begin with a file that was read, with the way to that.
fn brought_reason(reason: String, above: &Above, is_read: impl Fn(&str) -> bool) -> String {
    let file = reason.strip_prefix('`').and_then(|rest| rest.split_once("`: ")).filter(|(path, _)| is_read(path));
    file.map_or_else(|| reason.clone(), |(path, why)| format!("`{}`: {why}", above.shown(path)))
}

/// A finding of the repository as one of the folder; nothing for one that lies elsewhere.
fn about(mut finding: Finding, above: &Above) -> Option<Finding> {
    let path = finding.diagnostic.locations.first()?.path.clone();
    let here = above.here(&path)?;
    above.bring(&mut finding.diagnostic);
    // Rules call files from the root or from the service; who looks at the folder knows neither, and a baseline is to know both.
    finding.diagnostic.title = seen_from(&finding.diagnostic.title, &path, here);
    finding.service = above.root(&finding.service).to_owned();
    if let Some(fix) = &mut finding.fix {
        let edits = std::mem::take(&mut fix.edits).into_iter().map(|edit| moved(edit, above)).collect::<Option<_>>();
        // What has to be changed elsewhere is no repair of the folder.
        match edits {
            Some(edits) => fix.edits = edits,
            None => finding.fix = None,
        }
    }
    Some(finding)
}

fn moved(mut edit: Edit, above: &Above) -> Option<Edit> {
    let path = above.here(edit.path())?.to_owned();
    *edit.path_mut() = path;
    Some(edit)
}

/// Takes over into the folder what these policies could not have of its files, and of files elsewhere what left them without a verdict on it.
pub(super) fn carry(whole: Whole<'_>, folder: &Repository, policies: &[Policy], judged: &[Result<Judged, PolicyError>]) {
    let looking: BTreeSet<_> = policies.iter().filter(|policy| sees_all(policy, folder)).map(|policy| policy.shown.as_str()).collect();
    let evaluations = judged.iter().flatten().map(|judged| &judged.evaluation);
    let unknown: BTreeSet<_> = evaluations.filter(|one| one.is_open()).map(|one| one.policy.as_str()).collect();
    folder.carry(whole.repository, &looking, &unknown);
}
