//! The laws that every policy keeps: its name, its documentation, and that its cases show what it says, no less and no more.

use std::sync::Arc;

use crate::config::{Format, parse};
use crate::finding::{Diagnostic, Finding, Location, SourceText};
use crate::tree::{RepoPath, Tree};

use super::readme::{self, SECTIONS, fences};
use super::{ContractReader, Evaluation, Facts, Outcome, Policy, PolicyError, Repository, Rules, Verdict, check_by, fix};

/// Whether a policy should fire on a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// `cases/good*`: the policy says nothing.
    Silence,
    /// `cases/bad*`: the policy fires, and no other does.
    Finding,
    /// `cases/not-applicable*`: the policy has no business here, and says why.
    NoBusiness,
}

impl Expectation {
    /// Every kind of case.
    const ALL: [Self; 3] = [Self::Silence, Self::Finding, Self::NoBusiness];

    /// The word that the name of a case begins with.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Silence => "good",
            Self::Finding => "bad",
            Self::NoBusiness => "not-applicable",
        }
    }
}

/// A small repository that shows what a policy says.
#[derive(Clone, Debug)]
pub struct Case {
    /// The name of its folder below `cases/`.
    pub name: String,
    /// What is expected of it.
    pub expectation: Expectation,
    /// The repository.
    pub tree: Tree,
    /// What else the rule is told, from `cases/NAME.facts.yaml`.
    pub facts: Facts,
}

impl Case {
    /// No layer, and the facts of the case.
    pub(super) fn rules(&self) -> Rules {
        Rules { facts: self.facts.clone(), ..Rules::default() }
    }
}

/// The cases of a policy's folder, sorted by name, and the laws that its folders break.
#[must_use]
pub fn cases(policy: &Policy, tree: &Tree) -> (Vec<Case>, Vec<Diagnostic>) {
    let inside = tree.iter().filter_map(|(path, _)| path.as_str().strip_prefix("cases/")?.split_once('/'));
    let mut names: Vec<_> = inside.map(|(name, _)| name.to_owned()).collect();
    names.dedup();
    let (mut cases, mut broken) = (Vec::new(), Vec::new());
    for name in names {
        let Some(expectation) = Expectation::ALL.into_iter().find(|one| name.starts_with(one.word())) else {
            let place = Location::file(format!("{}/cases/{name}", policy.folder), "what should the policy say here?");
            broken.push(Diagnostic::new("name of a case begins with none of `good`, `bad` and `not-applicable`").at(place));
            continue;
        };
        let (facts, wrong) = facts(policy, tree, &name);
        broken.extend(wrong);
        cases.push(Case { tree: tree.subtree(&format!("cases/{name}")), name, expectation, facts });
    }
    for expectation in Expectation::ALL {
        let wanted = expectation != Expectation::NoBusiness || policy.rule.gives_reasons();
        if wanted && !cases.iter().any(|case| case.expectation == expectation) {
            let word = expectation.word();
            let place = Location::file(format!("{}/cases/{word}", policy.folder), "no such folder");
            broken.push(Diagnostic::new(format!("policy has no {word} case")).at(place));
        }
    }
    (cases, broken)
}

/// What a case tells the rule beyond its repository, and what is wrong with that.
fn facts(policy: &Policy, tree: &Tree, case: &str) -> (Facts, Option<Diagnostic>) {
    let mut facts = Facts::default();
    let path = RepoPath::found(format!("cases/{case}.facts.yaml"));
    let Ok(bytes) = tree.read(&path) else { return (facts, None) };
    let source = SourceText::new(format!("{}/{path}", policy.folder), String::from_utf8_lossy(&bytes).into_owned());
    let root = match parse(&source, Format::Yaml) {
        Ok(documents) => documents.first().map(|document| document.to_json()).unwrap_or_default(),
        Err(diagnostic) => return (facts, Some(*diagnostic)),
    };
    for fact in &policy.file.facts {
        if let Some(value) = root.get(fact.key()) {
            facts.tell(*fact, "", value.clone());
        }
    }
    let keys: Vec<_> = root.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect();
    let stray = keys.iter().find(|key| policy.file.facts.iter().all(|fact| fact.key() != key.as_str()));
    let wrong = stray.map(|key| {
        let diagnostic = Diagnostic::new(format!("`{key}` is no fact that the policy asks for")).at(source.location(0..0, "told here"));
        diagnostic.help("name it in `facts:` of its policy.yaml")
    });
    (facts, wrong)
}

/// The laws of name and documentation that a policy breaks.
#[must_use]
pub fn documentation(policy: &Policy, cases: &[Case]) -> Vec<Diagnostic> {
    let source = SourceText::new(format!("{}/README.md", policy.folder), policy.readme.as_str());
    let page = readme::parse(&policy.readme);
    let mut broken = Vec::new();
    if !is_id(&policy.id) {
        let place = Location::file(&policy.folder, "this folder");
        let diagnostic = Diagnostic::new(format!("`{}` is not an id for a policy", policy.id)).at(place);
        broken.push(diagnostic.help("name what is wrong in lower-case words with hyphens, for example `service-without-owner`"));
    }
    if page.title != policy.id {
        let diagnostic = Diagnostic::new("heading of the page is not the policy's id").at(source.location(heading(&source), ""));
        broken.push(diagnostic.help(format!("write `# {}`", policy.id)));
    }
    let found: Vec<_> = page.sections.iter().map(|(name, _)| name.as_str()).collect();
    if found != SECTIONS {
        let place = source.location(heading(&source), format!("the sections are: {}", found.join(", ")));
        let diagnostic = Diagnostic::new("page of the policy does not have the sections that every policy has").at(place);
        broken.push(diagnostic.help(format!("write these, in this order: {}", SECTIONS.join(", "))));
        return broken;
    }
    for (name, text) in &page.sections {
        if text.is_empty() {
            broken.push(Diagnostic::new(format!("section `{name}` is empty")).at(source.location(section(&source, name), "")));
        }
    }
    for (name, expectation) in [("Bad", Expectation::Finding), ("Good", Expectation::Silence)] {
        let text = page.section(name).unwrap_or_default();
        broken.extend(shown(text, expectation, cases).map(|title| Diagnostic::new(title).at(source.location(section(&source, name), ""))));
    }
    broken
}

/// Why a section does not show its cases, if it does not: it names a file of one, and every block of it is text of one.
fn shown(text: &str, expectation: Expectation, cases: &[Case]) -> Option<String> {
    let mine = || cases.iter().filter(|case| case.expectation == expectation);
    let names = |case: &Case| text.contains(&format!("cases/{}", case.name));
    if !mine().any(names) {
        let word = expectation.word();
        return Some(format!("section names no file of a {word} case, such as `cases/{word}/polity.yaml`"));
    }
    let holds = |needle: &str| mine().any(|case| files(case).any(|text| text.contains(needle)));
    let stray = fences(text).into_iter().find(|fence| fence.info != "text" && !holds(fence.text.trim_end()))?;
    Some(format!("block `{}…` is not in a file of these cases", stray.text.lines().next().unwrap_or_default().trim()))
}

fn files(case: &Case) -> impl Iterator<Item = String> {
    case.tree.iter().filter_map(|(path, _)| case.tree.read(path).ok()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Runs a case against all policies of the registry: the outcome of this policy alone, and the laws that are broken.
///
/// # Errors
/// Every policy that failed.
pub fn judge(
    policy: &Policy,
    registry: &[Policy],
    case: &Case,
    contract: ContractReader,
) -> Result<(Outcome, Vec<Diagnostic>), Vec<PolicyError>> {
    let repository = Arc::new(Repository::new(case.tree.clone(), Vec::new()));
    let outcome = check_by(registry, &repository, contract, &case.rules())?;
    let folder = format!("{}/cases/{}", policy.folder, case.name);
    let unfixed =
        if case.expectation == Expectation::Finding { fix::broken(policy, registry, case, &outcome, contract)? } else { Vec::new() };
    let (mine, others): (Vec<_>, Vec<_>) = outcome.findings.into_iter().partition(|finding| finding.policy == policy.shown);
    let evaluations: Vec<_> = outcome.evaluations.into_iter().filter(|one| one.policy == policy.shown).collect();
    let at_case = |title: String, label: &str| Diagnostic::new(title).at(Location::file(&folder, label));
    let fires = |finding: &Finding, name: &str| {
        let word = case.expectation.word();
        at_case(format!("{word} case fires {name}: {}", finding.diagnostic.title), &place(finding))
    };
    let mut broken = unfixed;
    if case.expectation == Expectation::Finding {
        if mine.is_empty() {
            broken.push(at_case("bad case does not fire the policy".to_owned(), "nothing is found here"));
        }
        broken.extend(others.iter().map(|finding| fires(finding, &format!("`{}` too", finding.policy))));
    } else {
        broken.extend(mine.iter().map(|finding| fires(finding, "the policy")));
        if mine.is_empty() {
            broken.extend(wrong_verdict(case.expectation, &evaluations).map(|(title, label)| at_case(title, &label)));
        }
    }
    Ok((Outcome { findings: mine, evaluations, policies: 1, trend: Vec::new(), ..outcome }, broken))
}

/// What is wrong with the verdicts on a case without findings: a good case passes somewhere, one without business nowhere.
fn wrong_verdict(expectation: Expectation, evaluations: &[Evaluation]) -> Option<(String, String)> {
    let reasons = |verdict| {
        evaluations.iter().filter(|one| one.verdict == verdict).flat_map(|one| one.reasons.clone()).collect::<Vec<_>>().join("; ")
    };
    let is = |verdict| move |one: &Evaluation| one.verdict == verdict;
    if evaluations.iter().any(is(Verdict::Unknown)) {
        return Some((format!("{} case cannot be judged", expectation.word()), reasons(Verdict::Unknown)));
    }
    match expectation {
        Expectation::Silence if !evaluations.iter().any(is(Verdict::Pass)) => {
            Some(("good case is none of the policy's business".to_owned(), reasons(Verdict::NotApplicable)))
        }
        Expectation::NoBusiness if !evaluations.iter().all(is(Verdict::NotApplicable)) => {
            Some(("not-applicable case passes".to_owned(), "the rule gives no reason in `not_applicable`".to_owned()))
        }
        _ => None,
    }
}

/// A rule that never looks at anything cannot be right.
#[must_use]
pub fn reads_something(policy: &Policy, outcomes: &[Outcome]) -> Option<Diagnostic> {
    let reads = outcomes.iter().flat_map(|outcome| &outcome.evaluations).any(|one| !one.evidence.is_empty());
    let text = policy.rego().text();
    if reads || ["repo.", "input.service"].iter().any(|word| text.contains(word)) {
        return None;
    }
    let diagnostic = policy.rule.at_entrypoint("rule reads nothing of the repository", "its verdict is always the same");
    Some(diagnostic.help("look at `input.service` or call a function such as `repo.yaml`"))
}

fn place(finding: &Finding) -> String {
    finding.diagnostic.locations.first().map_or_else(String::new, |l| format!("at {}:{}:{}", l.path, l.start.line, l.start.column))
}

/// Lower-case words with hyphens: the name of a folder on any system, and of a page in the book.
fn is_id(text: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    text.split('-').all(word) && text.starts_with(|c: char| c.is_ascii_lowercase())
}

fn heading(source: &SourceText) -> std::ops::Range<usize> {
    source.line(1).unwrap_or(0..0)
}

fn section(source: &SourceText, name: &str) -> std::ops::Range<usize> {
    let heading = format!("## {name}");
    let line = (1..).map_while(|n| source.line(n)).find(|line| source.text()[line.clone()].trim_end() == heading);
    line.unwrap_or(0..0)
}
