//! A new policy as a set of files: small, complete, and true to every law from the first moment.

use crate::tree::{Mode, RepoPath, Tree};

/// The file whose absence the first rule of a new policy reports. The author replaces it by what really matters.
const SUBJECT: &str = "NOTES.md";

/// The smallest service, for registries that have no better one.
const SERVICE: &str = "service:\n  name: sample\n  owner: sample-team\n";

/// The files of a new policy. `service` is a good service, which becomes the base of both cases.
#[must_use]
pub fn scaffold(id: &str, service: Option<&Tree>) -> Tree {
    let mut tree = Tree::new();
    let mut add = |path: &str, text: &str| {
        tree.insert(RepoPath::found(path.to_owned()), Mode::File, text.as_bytes());
    };
    add("policy.yaml", MANIFEST);
    add("policy.rego", RULE);
    add("README.md", &page(id));
    add(&format!("cases/good/{SUBJECT}"), "# Notes\n\nWhat a newcomer should know.\n");
    for case in ["good", "bad"] {
        match service {
            None => add(&format!("cases/{case}/polity.yaml"), SERVICE),
            Some(service) => copy(service, case, &mut add),
        }
    }
    tree
}

fn copy(service: &Tree, case: &str, add: &mut impl FnMut(&str, &str)) {
    for (path, _) in service.iter().filter(|(path, _)| path.as_str() != SUBJECT) {
        if let Ok(bytes) = service.read(path) {
            add(&format!("cases/{case}/{path}"), &String::from_utf8_lossy(&bytes));
        }
    }
}

const MANIFEST: &str = "\
version: 0.1.0
title: service has no notes
severity: warning
subject: service
owner: your-team
sources: []
parameters:
  file:
    type: string
    default: NOTES.md
    help: The file that every service has, relative to its root
";

const RULE: &str = "\
package polity

# Each finding says what is wrong, where, and what to do next.
deny contains finding if {
\tnot repo.exists(input.parameters.file)
\tfinding := {
\t\t\"message\": \"service has no notes\",
\t\t\"path\": \"polity.yaml\",
\t\t\"at\": [\"service\"],
\t\t\"label\": sprintf(\"`%s` is missing in this service\", [input.parameters.file]),
\t\t\"help\": sprintf(\"write `%s`\", [input.parameters.file]),
\t}
}
";

fn page(id: &str) -> String {
    format!(
        "\
# {id}

## What it checks

Every service has a file `{SUBJECT}`.

## Why

Replace this by the reason: what went wrong where this was missing, and who says so.

## Bad

`cases/bad/polity.yaml` describes a service; the folder has no `{SUBJECT}`.

## Good

`cases/good/{SUBJECT}`:

```markdown
# Notes

What a newcomer should know.
```

## Fix

Write `{SUBJECT}`.

## Parameters

| parameter | default | meaning |
|---|---|---|
| `file` | `{SUBJECT}` | the file that every service has |

## How to waive

When it is wrong: replace this by what the rule takes for a mistake and is none, what to do then, and what it does not see.

`polity waiver add {id} --path FILE …` writes a waiver for one subject, with a reason, an owner and a last day.
"
    )
}
