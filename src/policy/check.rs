//! Every policy on every subject: in parallel, with one result whatever the number of threads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use regorus::Value as Rego;

use crate::config::{Format, Grade, Node, SERVICE_FILE, ServiceFile, load};
use crate::finding::{Finding, Severity};
use crate::tree::RepoPath;

use super::around::{Judged, Whole, brought, carry, is_about, sees_all};
use super::evidence::{Problem, Weight};
use super::host::Session;
use super::order::longest_first;
use super::repository::{join, left_out_problem, lock};
use super::rule::Failure;
use super::{
    ContractReader, Evaluation, Facts, Outcome, Policy, PolicyError, Repository, Rules, Service, Silent, SubjectKind, Unsure, Verdict,
    beside, layers, misnamed, traces, undecided, value, verdict,
};

/// The longest that one rule may take on one subject, and what each file of the repository adds: a rule that searches all of
/// 50,000 files on a busy machine is slow, but not stuck.
const TIME_LIMIT: Duration = Duration::from_secs(5);
const TIME_LIMIT_OF_A_FILE: Duration = Duration::from_millis(10);

/// A subject with what rules get as `input`.
struct Subject {
    kind: SubjectKind,
    root: String,
    /// The services in it: their roots, and what they say of themselves when that can be read.
    services: Vec<(String, Option<ServiceFile>)>,
    /// Whether a `polity.yaml` describes it, or anything in it.
    described: bool,
    /// Whether it is what belongs to no service.
    is_rest: bool,
    input: BTreeMap<Rego, Rego>,
}

impl Subject {
    /// Whether a policy is evaluated on it.
    fn concerns(&self, policy: &Policy) -> bool {
        self.kind == policy.file.subject && !(self.is_rest && policy.file.described)
    }
}

/// Evaluates every policy on every subject, without layers and with every stage of a rollout reached.
///
/// # Errors
/// As for [`check_by`].
pub fn check(policies: &[Policy], repository: &Arc<Repository>, contract: ContractReader) -> Result<Outcome, Vec<PolicyError>> {
    check_by(policies, repository, contract, &Rules::default())
}

/// Evaluates every policy on every subject, as the layers demand it.
///
/// # Errors
/// Every policy that failed, and layers that disagree. A failed policy is no pass, so there is no outcome then.
pub fn check_by(
    policies: &[Policy],
    repository: &Arc<Repository>,
    contract: ContractReader,
    rules: &Rules,
) -> Result<Outcome, Vec<PolicyError>> {
    check_in(policies, repository, None, contract, rules)
}

/// The same of a folder in a repository, which is the `whole` that policies look around in.
///
/// # Errors
/// As for [`check_by`].
pub fn check_in(
    policies: &[Policy],
    repository: &Arc<Repository>,
    whole: Option<Whole<'_>>,
    contract: ContractReader,
    rules: &Rules,
) -> Result<Outcome, Vec<PolicyError>> {
    for repository in whole.iter().map(|whole| whole.repository).chain([repository]) {
        repository.tracing().into_iter().for_each(|tracing| tracing.prepare(repository));
    }
    misnamed::report(repository);
    let services = services(repository, whole.map(|whole| &**whole.repository));
    let subjects = subjects(repository, &services);
    let results = judged(policies, (repository, &subjects, rules), whole, contract);
    let (mut findings, mut evaluations, mut silent, mut elsewhere, mut errors) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut gravest: BTreeMap<String, Severity> = BTreeMap::new();
    for result in results {
        match result {
            Ok(Judged { findings: found, evaluation, grade, silent: quiet, elsewhere: others }) => {
                silent.extend(quiet);
                elsewhere.extend(others);
                let most = gravest.entry(evaluation.policy.clone()).or_insert(Severity::Advice);
                *most = grade.severity().map_or(*most, |grade| grade.max(*most));
                findings.extend(found);
                evaluations.push(evaluation);
            }
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    findings.extend(repository.problem_findings(&gravest));
    findings.sort_by(|a, b| a.order_key().cmp(&b.order_key()));
    elsewhere.sort_by(|a: &Finding, b| a.order_key().cmp(&b.order_key()));
    let unread = unread(policies, &services, &subjects);
    let unsure = Unsure::of(policies, repository, &evaluations, &unread);
    evaluations.extend(unread);
    let (left_out, hidden, policies) = (repository.left_out(), repository.hidden().to_vec(), policies.len());
    Ok(Outcome { findings, evaluations, services, policies, trend: Vec::new(), left_out, hidden, silent, elsewhere, unsure })
}

/// Each policy on each of its subjects: those of the folder, or the repository around it for what looks around.
fn judged(
    policies: &[Policy],
    (repository, subjects, rules): (&Arc<Repository>, &[Subject], &Rules),
    whole: Option<Whole<'_>>,
    contract: ContractReader,
) -> Vec<Result<Judged, PolicyError>> {
    let around = whole.map(|whole| self::subjects(whole.repository, &services(whole.repository, None))).unwrap_or_default();
    let seen_by = |policy: &Policy| whole.filter(|_| sees_all(policy, repository));
    let concerned = |policy| {
        let of = if seen_by(policy).is_some() { around.iter() } else { subjects.iter() };
        let is_about = |root: &str| whole.is_none() || is_about(policy, root, repository);
        of.filter(move |subject| subject.concerns(policy) && is_about(&subject.root)).map(move |subject| (policy, subject))
    };
    let pairs: Vec<_> = policies.iter().flat_map(concerned).collect();
    let results = longest_first(&pairs, |(policy, subject)| match seen_by(policy) {
        Some(whole) => judge(policy, subject, whole.repository, contract, whole.rules).map(|judged| brought(judged, repository.above())),
        None => judge(policy, subject, repository, contract, rules),
    });
    if let Some(whole) = whole {
        carry(whole, repository, policies, &results);
    }
    results
}

/// What could not be judged at all, because the service's own description does not load.
fn unread(policies: &[Policy], services: &[Service], subjects: &[Subject]) -> Vec<Evaluation> {
    let is_subject = |root: &str| subjects.iter().any(|subject| subject.kind == SubjectKind::Service && subject.root == root);
    let lost = services.iter().filter(|service| !is_subject(&service.root));
    let judge = |service: &Service, policy: &Policy| Evaluation {
        policy: policy.shown.clone(),
        subject: SubjectKind::Service,
        root: service.root.clone(),
        verdict: Verdict::Unknown,
        reasons: vec![format!("`{}` does not load", join(&service.root, SERVICE_FILE))],
        evidence: [RepoPath::found(join(&service.root, SERVICE_FILE))].into(),
    };
    let of_services = || policies.iter().filter(|policy| policy.file.subject == SubjectKind::Service);
    lost.flat_map(|service| of_services().map(|policy| judge(service, policy))).collect()
}

/// Every service, and what belongs to none of them: a service whose `polity.yaml` goes away must not leave the sight of policies with it. A folder without
/// any is one itself, unless there are services in the `whole` that it lies in.
fn services(repository: &Repository, whole: Option<&Repository>) -> Vec<Service> {
    let roots = repository.roots();
    let is_beside = whole.is_some_and(|whole| !whole.roots().is_empty());
    let is_one = (roots.is_empty() && !is_beside) || repository.around().is_some();
    let rest =
        (is_one || roots.is_empty() || repository.has_rest()).then(|| Service { root: String::new(), described: false, is_rest: !is_one });
    rest.into_iter().chain(roots.iter().map(|root| Service { root: root.clone(), described: true, is_rest: false })).collect()
}

/// The services whose description can be read, and the repository itself.
fn subjects(repository: &Repository, services: &[Service]) -> Vec<Subject> {
    let mut subjects: Vec<_> = services.iter().filter_map(|service| service_subject(repository, service)).collect();
    let known = |root: &str| subjects.iter().find(|subject| subject.root == root).and_then(|subject| subject.services[0].1.clone());
    // What belongs to no service is as grave as the strictest of them takes it.
    let members = services.iter().filter(|service| !service.is_rest);
    let members = members.map(|service| (service.root.clone(), known(&service.root))).collect();
    let roots = repository.roots().iter().map(String::as_str);
    let input = BTreeMap::from([(Rego::from("services"), value::texts(roots))]);
    let described = !repository.roots().is_empty();
    let root = String::new();
    subjects.push(Subject { kind: SubjectKind::Repository, root, services: members, described, is_rest: false, input });
    subjects
}

fn service_subject(repository: &Repository, service: &Service) -> Option<Subject> {
    let (known, facts) = if service.described { facts(repository, &service.root)? } else { facts_around(repository)? };
    let service_input =
        value::object([("root", Rego::from(service.root.as_str())), ("described", Rego::from(service.described)), ("facts", facts)]);
    let input = BTreeMap::from([(Rego::from("service"), service_input)]);
    let services = vec![(service.root.clone(), known)];
    let (kind, root) = (SubjectKind::Service, service.root.clone());
    Some(Subject { kind, root, services, described: service.described, is_rest: service.is_rest, input })
}

/// What the `polity.yaml` of the service around the folder says; nothing where there is none.
fn facts_around(repository: &Repository) -> Option<(Option<ServiceFile>, Rego)> {
    let Some(source) = repository.around() else { return Some((None, Rego::Null)) };
    let loaded = load::<ServiceFile>(&source, Format::Yaml);
    known(repository, source.path(), loaded.map_err(|error| Problem { weight: Weight::Error, diagnostic: *error.0 }))
}

/// What `polity.yaml` says. One that does not load is reported, and no rule judges a service on facts that are not there.
fn facts(repository: &Repository, root: &str) -> Option<(Option<ServiceFile>, Rego)> {
    let path = RepoPath::found(join(root, SERVICE_FILE));
    let missing = || repository.why_missing(&path).map(|(item, _)| left_out_problem(item, Weight::Error));
    let text = match repository.evidence(&path) {
        Some(evidence) => evidence.text(repository.tree()),
        None => Err(missing()?),
    };
    let loaded = text.and_then(|source| {
        let loaded = load::<ServiceFile>(&source, Format::Yaml);
        loaded.map_err(|error| Problem { weight: Weight::Error, diagnostic: *error.0 })
    });
    known(repository, path.as_str(), loaded)
}

fn known(repository: &Repository, path: &str, loaded: Result<(ServiceFile, Node), Problem>) -> Option<(Option<ServiceFile>, Rego)> {
    match loaded {
        Ok((file, node)) => Some((Some(file), value::from_node(&node))),
        Err(problem) => {
            let mut diagnostic = problem.diagnostic;
            diagnostic.notes.push("policies look at this service once its `polity.yaml` can be read".to_owned());
            repository.report(path, &Problem { weight: Weight::Error, diagnostic }, None);
            None
        }
    }
}

/// One policy on one subject, with the severity and the parameters that the layers come to; how grave a finding can be there, and where a layer
/// switches it off.
fn judge(
    policy: &Policy,
    subject: &Subject,
    repository: &Arc<Repository>,
    contract: ContractReader,
    rules: &Rules,
) -> Result<Judged, PolicyError> {
    let services: Vec<layers::Party<'_>> = subject.services.iter().map(|(root, facts)| (root.as_str(), facts.as_ref())).collect();
    let demands = layers::Demands::new(policy, rules, &services).map_err(PolicyError::Rule)?;
    if !demands.is_wanted() {
        let reason = format!("switched off by {}", demands.all().grade.origins.join(", "));
        let (name, policy, root) = (policy.name(), policy.shown.clone(), subject.root.clone());
        let (verdict, reasons, evidence) = (Verdict::NotApplicable, vec![reason], Arc::default());
        let silent = Silent { policy: name, root: (subject.kind == SubjectKind::Service).then(|| root.clone()), path: None };
        let evaluation = Evaluation { policy, subject: subject.kind, root, verdict, reasons, evidence };
        return Ok(Judged { findings: Vec::new(), evaluation, grade: Grade::Off, silent: vec![silent], elsewhere: Vec::new() });
    }
    let values = |set: &layers::Parameters| set.iter().map(|(name, s)| (name.clone(), s.value.clone())).collect::<serde_json::Value>();
    let (elsewhere, in_paths) = (values(&demands.all().parameters), values(&demands.all().in_paths));
    let by = |parameters| evaluate(policy, subject, repository, contract, (parameters, &rules.facts));
    let mut found = by(elsewhere.clone())?;
    if in_paths != elsewhere {
        found = held(&demands, found, by(in_paths)?);
    }
    let (mut found, mut evaluation) = found;
    if subject.is_rest {
        beside::of_rest(repository, &mut found, &mut evaluation);
    }
    if policy.file.sees_all() {
        beside::of_part(repository, &policy.rule, &mut evaluation);
    }
    let had_findings = !found.is_empty();
    let (findings, quiet) = graded(&demands, policy, found);
    if had_findings && findings.is_empty() && evaluation.verdict == Verdict::Fail {
        evaluation.verdict = if evaluation.reasons.is_empty() { Verdict::NotApplicable } else { Verdict::Unknown };
        evaluation.reasons.push("a layer leaves out the places of all findings".to_owned());
    }
    Ok(Judged { findings, evaluation, grade: demands.gravest(), silent: quiet, elsewhere: Vec::new() })
}

/// Findings as grave as the layers have it, and where they leave some out.
fn graded(demands: &layers::Demands<'_>, policy: &Policy, mut findings: Vec<Finding>) -> (Vec<Finding>, Vec<Silent>) {
    let mut quiet = Vec::new();
    findings.retain_mut(|finding| {
        let path = finding.diagnostic.locations.first().map_or("", |place| &place.path);
        let here = demands.severity_at(&finding.service, path);
        let demanded = demands.of(&finding.service);
        let Some(severity) = here.value.severity() else {
            quiet.push(Silent { policy: policy.name(), root: None, path: Some(path.to_owned()) });
            return false;
        };
        finding.severity = severity;
        let own = format!("{}/policy.yaml", policy.folder);
        if here.origins != [own] {
            finding.diagnostic.notes.push(format!("asked for by {}", here.origins.join(", ")));
        }
        if let Some(day) = demanded.from {
            finding.diagnostic.notes.push(format!("{} from {day} on", demanded.final_grade.as_str()));
        }
        true
    });
    (findings, quiet)
}

/// What two evaluations of one policy come to: `strict` by the parameters that mandatory entries with paths hold up counts in these
/// paths, `loose` elsewhere.
fn held(
    demands: &layers::Demands<'_>,
    loose: (Vec<Finding>, Evaluation),
    strict: (Vec<Finding>, Evaluation),
) -> (Vec<Finding>, Evaluation) {
    let is_held = |finding: &Finding| {
        let path = finding.diagnostic.locations.first().map_or("", |place| &place.path);
        demands.is_held_at(&finding.service, path)
    };
    let ((mut findings, one), (there, other)) = (loose, strict);
    findings.retain(|finding| !is_held(finding));
    findings.extend(there.into_iter().filter(is_held));
    let of = |verdict| [&one, &other].into_iter().filter(move |one| one.verdict == verdict);
    let unknown = of(Verdict::Unknown).chain(of(Verdict::Fail)).flat_map(|one| one.reasons.clone()).collect::<BTreeSet<_>>();
    // It is none of the policy's business only when that is so by either parameters.
    let idle = if of(Verdict::NotApplicable).count() == 2 { one.reasons.clone() } else { Vec::new() };
    let verdict = Verdict::of(!findings.is_empty(), &unknown.iter().cloned().collect::<Vec<_>>(), &idle);
    let reasons = if verdict == Verdict::NotApplicable { idle } else { unknown.into_iter().collect() };
    let evidence: BTreeSet<_> = one.evidence.iter().chain(&*other.evidence).cloned().collect();
    (findings, Evaluation { verdict, reasons, evidence: evidence.into_iter().collect(), ..one })
}

fn evaluate(
    policy: &Policy,
    subject: &Subject,
    repository: &Arc<Repository>,
    contract: ContractReader,
    (parameters, facts): (serde_json::Value, &Facts),
) -> Result<(Vec<Finding>, Evaluation), PolicyError> {
    let session =
        Arc::new(Session::new(repository.clone(), subject.kind, subject.root.clone(), (policy.shown.clone(), policy.name()), contract));
    if policy.file.described && !subject.described {
        let reason = "no `polity.yaml` describes a service".to_owned();
        return Ok((Vec::new(), evaluation(policy, &session, false, vec![reason])));
    }
    let mut input = subject.input.clone();
    input.insert(Rego::from("parameters"), Rego::from(parameters));
    for fact in &policy.file.facts {
        input.insert(Rego::from(fact.key()), Rego::from(facts.of(*fact, &subject.root)));
    }
    let input = Rego::from(input);
    let traced = repository.tracing().map(|tracing| (tracing, tracing.key(&traces::given(policy, (subject.kind, &subject.root), &input))));
    if let Some((tracing, key)) = &traced
        && let Some((said, reads)) = tracing.recall(key)
    {
        return Ok(traces::recalled(policy, &session, said, reads));
    }
    let limit = TIME_LIMIT + TIME_LIMIT_OF_A_FILE * u32::try_from(repository.tree().len()).unwrap_or(u32::MAX);
    let ask = |session: &Arc<Session>| ask(policy, session, input.clone(), limit);
    let (findings, not_applicable) = ask(&session)?;
    let findings = undecided::without_unknown_lists(&session, findings);
    undecided::look(&session, &findings, |session| ask(session).map(|(findings, _)| findings))?;
    undecided::look_for_unseen(&session, policy.rego().text());
    let evaluation = evaluation(policy, &session, !findings.is_empty(), not_applicable);
    if let Some((tracing, key)) = traced {
        traces::remember(tracing, key, &session, &findings, &evaluation);
    }
    Ok((findings, evaluation))
}

/// What the rule finds, and why it has nothing to judge.
fn ask(policy: &Policy, session: &Arc<Session>, input: Rego, limit: Duration) -> Result<(Vec<Finding>, Vec<String>), PolicyError> {
    let failed = |diagnostic| PolicyError::Evaluation { policy: policy.shown.clone(), diagnostic };
    let said = policy.rule.evaluate(session, input, limit).map_err(|failure| match failure {
        Failure::Wrong(diagnostic) => failed(diagnostic),
        Failure::TooSlow(diagnostic) => PolicyError::TooSlow { policy: policy.shown.clone(), diagnostic },
    })?;
    let findings = said.found.iter().map(|value| verdict::finding(policy, session, value)).collect::<Result<Vec<_>, _>>();
    let findings = findings.map_err(|reason| {
        let diagnostic = policy.rule.at_entrypoint("rule makes a finding of the wrong shape", &reason);
        failed(Box::new(diagnostic.help("the keys of a finding are listed on the page `Rules: what a policy sees`")))
    })?;
    Ok((findings, said.not_applicable))
}

fn evaluation(policy: &Policy, session: &Session, found: bool, not_applicable: Vec<String>) -> Evaluation {
    let unknown: Vec<_> = lock(&session.unknown).iter().map(|(path, reason)| format!("`{path}`: {reason}")).collect();
    let verdict = Verdict::of(found, &unknown, &not_applicable);
    let reasons = match verdict {
        Verdict::Pass => Vec::new(),
        Verdict::NotApplicable => beside::left_out(not_applicable, session, policy.rego().text()),
        Verdict::Fail | Verdict::Unknown => unknown,
    };
    let evidence = lock(&session.reads).keys().cloned().collect();
    Evaluation { policy: policy.shown.clone(), subject: session.kind, root: session.root.clone(), verdict, reasons, evidence }
}
