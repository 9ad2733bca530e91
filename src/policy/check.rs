//! Every policy on every subject: in parallel, with one result whatever the number of threads.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rayon::prelude::*;
use regorus::Value as Rego;

use crate::config::{Format, SERVICE_FILE, ServiceFile, load};
use crate::finding::{Finding, Severity};
use crate::tree::RepoPath;

use super::evidence::Problem;
use super::host::Session;
use super::repository::join;
use super::{ContractReader, Policy, PolicyError, Repository, SubjectKind, value, verdict};

/// The longest that one rule may take on one subject, and what each file of the repository adds: a rule that searches all of
/// 50,000 files on a busy machine is slow, but not stuck.
const TIME_LIMIT: Duration = Duration::from_secs(5);
const TIME_LIMIT_OF_A_FILE: Duration = Duration::from_millis(10);

/// What a check came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Every finding, in the stable order of [`Finding::order_key`].
    pub findings: Vec<Finding>,
    /// What was evaluated, by policy and subject.
    pub evaluations: Vec<Evaluation>,
    /// The service roots; one empty root for a repository without a `polity.yaml`.
    pub services: Vec<Service>,
    /// The number of policies.
    pub policies: usize,
}

/// A service that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its root; empty for the folder that was checked.
    pub root: String,
    /// Whether a `polity.yaml` describes it.
    pub described: bool,
}

/// One policy on one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// The policy's id.
    pub policy: String,
    /// What it was evaluated on.
    pub subject: SubjectKind,
    /// The subject's root.
    pub root: String,
    /// The files that the rule read or looked for, with paths from the checked folder.
    pub evidence: Vec<String>,
}

impl Outcome {
    /// The number of findings of a severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

/// A subject with what rules get as `input`.
struct Subject {
    kind: SubjectKind,
    root: String,
    input: BTreeMap<Rego, Rego>,
}

/// Evaluates every policy on every subject.
///
/// # Errors
/// Every policy that failed. A failed policy is no pass, so there is no outcome then.
pub fn check(policies: &[Policy], repository: &Arc<Repository>, contract: ContractReader) -> Result<Outcome, Vec<PolicyError>> {
    let services = services(repository);
    let subjects = subjects(repository, &services);
    let pairs: Vec<_> = policies
        .iter()
        .flat_map(|policy| subjects.iter().filter(|subject| subject.kind == policy.file.subject).map(move |subject| (policy, subject)))
        .collect();
    let results: Vec<_> = pairs.into_par_iter().map(|(policy, subject)| evaluate(policy, subject, repository, contract)).collect();
    let (mut findings, mut evaluations, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok((found, evaluation)) => {
                findings.extend(found);
                evaluations.push(evaluation);
            }
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    findings.extend(repository.problem_findings());
    findings.sort_by(|a, b| a.order_key().cmp(&b.order_key()));
    Ok(Outcome { findings, evaluations, services, policies: policies.len() })
}

fn services(repository: &Repository) -> Vec<Service> {
    if repository.roots().is_empty() {
        return vec![Service { root: String::new(), described: false }];
    }
    repository.roots().iter().map(|root| Service { root: root.clone(), described: true }).collect()
}

/// The services whose description can be read, and the repository itself.
fn subjects(repository: &Repository, services: &[Service]) -> Vec<Subject> {
    let mut subjects: Vec<_> = services.iter().filter_map(|service| service_subject(repository, service)).collect();
    let roots = repository.roots().iter().map(String::as_str);
    let input = BTreeMap::from([(Rego::from("services"), value::texts(roots))]);
    subjects.push(Subject { kind: SubjectKind::Repository, root: String::new(), input });
    subjects
}

fn service_subject(repository: &Repository, service: &Service) -> Option<Subject> {
    let facts = if service.described { facts(repository, &service.root)? } else { Rego::Null };
    let service_input =
        value::object([("root", Rego::from(service.root.as_str())), ("described", Rego::from(service.described)), ("facts", facts)]);
    let input = BTreeMap::from([(Rego::from("service"), service_input)]);
    Some(Subject { kind: SubjectKind::Service, root: service.root.clone(), input })
}

/// What `polity.yaml` says. One that does not load is reported, and no rule judges a service on facts that are not there.
fn facts(repository: &Repository, root: &str) -> Option<Rego> {
    let path = RepoPath::found(join(root, SERVICE_FILE));
    let evidence = repository.evidence(&path)?;
    let loaded = evidence.text(repository.tree()).and_then(|source| {
        let loaded = load::<ServiceFile>(&source, Format::Yaml);
        loaded.map_err(|error| Problem { severity: Severity::Error, diagnostic: *error.0 })
    });
    match loaded {
        Ok((_, node)) => Some(value::from_node(&node)),
        Err(problem) => {
            let mut diagnostic = problem.diagnostic;
            diagnostic.notes.push("policies look at this service once its `polity.yaml` can be read".to_owned());
            repository.report(path.as_str(), &Problem { severity: Severity::Error, diagnostic }, None);
            None
        }
    }
}

fn evaluate(
    policy: &Policy,
    subject: &Subject,
    repository: &Arc<Repository>,
    contract: ContractReader,
) -> Result<(Vec<Finding>, Evaluation), PolicyError> {
    let failed = |diagnostic| PolicyError::Evaluation { policy: policy.shown.clone(), diagnostic };
    let session = Arc::new(Session {
        repository: repository.clone(),
        kind: subject.kind,
        root: subject.root.clone(),
        policy: policy.shown.clone(),
        contract,
        reads: Mutex::default(),
        searched: Mutex::default(),
    });
    let mut input = subject.input.clone();
    input.insert(Rego::from("parameters"), Rego::from(policy.file.values()));
    let limit = TIME_LIMIT + TIME_LIMIT_OF_A_FILE * u32::try_from(repository.tree().len()).unwrap_or(u32::MAX);
    let values = policy.rule.evaluate(&session, Rego::from(input), limit).map_err(failed)?;
    let findings = values.iter().map(|value| verdict::finding(policy, &session, value)).collect::<Result<Vec<_>, _>>();
    let findings = findings.map_err(|reason| {
        let diagnostic = policy.rule.at_entrypoint("rule makes a finding of the wrong shape", &reason);
        failed(Box::new(diagnostic.help("the keys of a finding are listed on the page `Rules: what a policy sees`")))
    })?;
    let reads = super::repository::lock(&session.reads);
    let evidence = reads.keys().map(|path| path.as_str().to_owned()).collect();
    let evaluation = Evaluation { policy: policy.shown.clone(), subject: subject.kind, root: subject.root.clone(), evidence };
    Ok((findings, evaluation))
}
