//! Policies that matched no subject: their silence says nothing about the repository.

use super::{Outcome, Policy, Verdict};

/// The policies that had nothing to judge: not evaluated on anything, not applicable everywhere, or silent without having looked at
/// a file. Who judges the description of a service alone has looked at that, and who speaks of it besides has not. Sorted.
#[must_use]
pub fn vacuous(policies: &[Policy], outcome: &Outcome) -> Vec<String> {
    let is_vacuous = |policy: &&Policy| {
        outcome.evaluations.iter().filter(|one| one.policy == policy.shown).all(|one| match one.verdict {
            Verdict::NotApplicable => true,
            Verdict::Pass => one.evidence.is_empty(),
            Verdict::Fail | Verdict::Unknown => false,
        })
    };
    let mut names: Vec<_> = policies.iter().filter(is_vacuous).map(|policy| policy.shown.clone()).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::policy::{Repository, check};
    use crate::tree::{Mode, RepoPath, Tree};

    fn tree(files: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::new();
        for (path, text) in files {
            tree.insert(RepoPath::found((*path).to_owned()), Mode::File, text.as_bytes());
        }
        tree
    }

    /// Whether a policy with this condition judged something in these files.
    #[track_caller]
    fn judges(subject: &str, condition: &str, files: &[(&str, &str)], expected: bool) {
        let manifest = format!("version: 1.0.0\ntitle: t\nseverity: error\nsubject: {subject}\nowner: o\n");
        let rule = format!("package polity\ndeny contains {{\"message\": \"m\"}} if {{ {condition} }}\n");
        let policy = Policy::load("org", "p", "p", &tree(&[("policy.yaml", manifest.as_str()), ("policy.rego", rule.as_str())])).unwrap();
        let policies = [policy];
        let repository = Arc::new(Repository::new(tree(files), Vec::new()));
        let outcome = check(&policies, &repository, |_| Ok(serde_json::Value::Null)).unwrap();
        assert_eq!(vacuous(&policies, &outcome).is_empty(), expected, "{condition} in {files:?}: {outcome:?}");
    }

    const SERVICE: (&str, &str) = ("polity.yaml", "service: {name: s, owner: o, tier: core}\n");

    #[test]
    fn a_rule_that_judges_the_description_has_looked_at_it() {
        let is_edge = r#"input.service.facts.service.tier == "edge""#;
        judges("service", is_edge, &[SERVICE], true);
        judges("service", is_edge, &[("a.txt", "x")], false);
        judges("repository", "count(input.services) > 3", &[SERVICE], true);
        judges("repository", "count(input.services) > 3", &[("a.txt", "x")], false);
    }

    #[test]
    fn a_rule_that_looks_for_files_and_speaks_of_the_description_judges_the_files() {
        let is_bad = r#"input.service.described; repo.text("a.txt") == "bad""#;
        judges("service", is_bad, &[SERVICE], false);
        judges("service", is_bad, &[SERVICE, ("a.txt", "good")], true);
        judges("repository", r#"count(input.services) > 0; repo.text("a.txt") == "bad""#, &[SERVICE], false);
    }
}
