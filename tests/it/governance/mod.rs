//! Governance as a user meets it: verdicts, layers, waivers, the baseline, and what a policy would do elsewhere.

mod above;
mod absent;
mod around;
mod baseline;
#[cfg(unix)]
mod configured;
mod folders;
mod hidden;
mod known;
mod layers;
#[cfg(unix)]
mod moves;
mod own;
mod ratchet;
mod scopes;
mod since;
mod sources;
mod unheard;
mod unseen;
mod verbs;
mod verdicts;
mod waivers;

use crate::support::{Repo, Run, repo};

/// A policy `<id>` that finds every line `bad` of the text files of a service.
pub const LINES: &str = r#"package polity

deny contains finding if {
	some path in repo.glob("**/*.txt")
	some found in repo.matches(path, `bad.*`)
	finding := {"message": "line is bad", "path": path, "line": found.line, "label": found.text}
}

not_applicable contains "there is no text" if count(repo.glob("**/*.txt")) == 0
"#;

/// A manifest with a severity and further lines.
pub fn manifest(severity: &str, more: &str) -> String {
    format!("version: 1.0.0\ntitle: line is bad\nseverity: {severity}\nowner: platform\n{more}")
}

/// A registry `rules/` of the namespace `acme` with the policy `bad-line`, beside a service.
pub fn world() -> Repo {
    repo()
        .file("rules/registry.yaml", "namespace: acme\n")
        .file("rules/policies/bad-line/policy.yaml", manifest("error", ""))
        .file("rules/policies/bad-line/policy.rego", LINES)
        .file(".polityignore", "rules/\n")
        .file("polity.yaml", "service: {name: orders, owner: pay, tier: core, context: billing}\n")
}

/// `polity check` with the registry `rules/`, of its policies alone.
#[track_caller]
pub fn check(folder: &Repo, args: &[&str]) -> Run {
    let all: Vec<_> = ["check", "--registry", "rules", "--policy", "acme/bad-line"].iter().chain(args).copied().collect();
    folder.run(&all)
}

/// The JSON report of such a check.
#[track_caller]
pub fn json(folder: &Repo, args: &[&str]) -> serde_json::Value {
    let all: Vec<_> = args.iter().copied().chain(["--format", "json"]).collect();
    let run = check(folder, &all);
    serde_json::from_str(&run.stdout).unwrap_or_else(|e| panic!("{e}\n{run}"))
}
