//! The first version of a new template: small, complete, and passing its own test.

use crate::tree::{Mode, Plan, RepoPath};

const MANIFEST: &str = r#"version: 0.1.0
description: TODO one line that says what comes out
inputs:
  name:
    type: string
    help: What it is called
    pattern: '[a-z](-?[a-z0-9])*'
    max_length: 63
    default: "{{ folder | kebab }}"
  owner:
    type: string
    help: The team that answers for it
    max_length: 100
    default: platform
values:
  title: "{{ name | title }}"
files:
  - {path: README.md, class: seeded}
next_steps: |
  Read {{ dir }}/README.md.
"#;

const README_FILE: &str = "# {{ title }}\n\nOwned by {{ owner | markdown }}.\n";

const CASE: &str = "name: sample\nowner: Équipe\n";

/// The files of a new template called `id`.
#[must_use]
pub fn scaffold(id: &str) -> Plan {
    let mut plan = Plan::new();
    let readme = format!("# {id}\n\nWhat you get from this template, in one screen.\n");
    for (path, text) in [
        ("template.yaml", MANIFEST),
        ("README.md", readme.as_str()),
        ("files/README.md.tera", README_FILE),
        ("cases/default/answers.yaml", CASE),
    ] {
        plan.write(RepoPath::found(path.to_owned()), Mode::File, text.as_bytes());
    }
    plan
}
