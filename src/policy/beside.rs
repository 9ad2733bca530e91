//! What a verdict has to take into account beside what the rule said: that it saw a part of a repository, files of no service, or that it left
//! files out because of their names.

use crate::finding::Finding;
use crate::tree::{Lack, RepoPath};

use super::host::Session;
use super::repository::{left_out_problem, lock};
use super::rule::Rule;
use super::{Evaluation, Repository, Verdict, misnamed};

/// What belongs to no service is judged by what stands in its files, and not asked for what a service has to have.
pub(super) fn of_rest(repository: &Repository, findings: &mut Vec<Finding>, evaluation: &mut Evaluation) {
    let stands = |path: &str| repository.contains(&RepoPath::found(path.to_owned()));
    let before = findings.len();
    findings.retain(|finding| finding.diagnostic.locations.first().is_some_and(|place| stands(&place.path)));
    if !findings.is_empty() || before == 0 {
        return;
    }
    evaluation.verdict = if evaluation.reasons.is_empty() { Verdict::NotApplicable } else { Verdict::Unknown };
    if evaluation.reasons.is_empty() {
        evaluation.reasons.push("these files belong to no service, of which something could be missing".to_owned());
    }
}

/// What a rule that looks around does not find in a folder of a repository, when the rest of that cannot be seen, may be found with it.
pub(super) fn of_part(repository: &Repository, rule: &Rule, evaluation: &mut Evaluation) {
    if rule.asks_for_services() {
        of_services(repository, evaluation);
    }
    let folder = &repository.above().prefix;
    if folder.is_empty() || evaluation.verdict == Verdict::Fail {
        return;
    }
    if evaluation.verdict != Verdict::Unknown {
        evaluation.reasons.clear();
    }
    evaluation.verdict = Verdict::Unknown;
    evaluation.reasons.push(format!("it looks around, and only `{folder}` of the repository is looked at: check the repository"));
}

/// What a rule that goes by the services of the repository does not find may be a service that is not checked out, or one whose description nobody reads.
fn of_services(repository: &Repository, evaluation: &mut Evaluation) {
    let lacks = repository.lacks().iter().find(|item| matches!(item.lack, Lack::Folder | Lack::Submodule));
    let lost = lacks.map(|item| (item.path.clone(), item.reason.clone()));
    let Some((path, why)) = lost.or_else(|| misnamed::service(repository).map(|path| (path, "it is not read".to_owned()))) else { return };
    if let Some((item, weight)) = repository.why_missing(&RepoPath::found(path.clone())) {
        repository.report(&path, &left_out_problem(item, weight), Some(&evaluation.policy));
    }
    if !evaluation.is_open() && evaluation.verdict != Verdict::Fail {
        evaluation.reasons.clear();
        evaluation.verdict = Verdict::Unknown;
    }
    evaluation.reasons.push(format!("`{path}` may hold a service: {why}"));
}

/// The reasons, and what the rule left out by its name: else "there is no Dockerfile" would be said of a repository that has some in `docs/`.
pub(super) fn left_out(reasons: Vec<String>, session: &Session, rule: &str) -> Vec<String> {
    let mut aside = lock(&session.aside).clone();
    // The key `runs` of an object, and not the function of that name.
    if rule.match_indices(".runs").any(|(at, word)| !rule[at + word.len()..].starts_with('(')) {
        aside.append(&mut lock(&session.objects_aside));
    }
    let Some(first) = aside.first() else { return reasons };
    let more = match aside.len() - 1 {
        0 => String::new(),
        1 => " and 1 more file".to_owned(),
        many => format!(" and {many} more files"),
    };
    reasons.into_iter().map(|reason| format!("{reason}; left out for the names of their folders: `{first}`{more}")).collect()
}
