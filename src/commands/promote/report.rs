//! What `polity promote` says: the change, where it went, and what needs a hand.

use serde_json::{Value, json};

use crate::error::Error;
use crate::template::Stack;
use crate::template::life::Proposal;
use crate::tree::{Mode, Plan, RepoPath, Tree};

use super::super::provenance::Traced;
use super::branch::place;

/// The change as a diff, and lines on what became of it.
pub(super) fn human(traced: &Traced, stack: &Stack, proposal: &Proposal, is_proven: bool, branch: Option<&str>) -> Result<String, Error> {
    let mut text = diff(stack, proposal)?;
    for (line, input) in &proposal.answered {
        text += &format!("{}:{line}: the answer for `{input}` became an expression\n", traced.path);
    }
    for (line, why) in &proposal.by_hand {
        text += &format!("{}:{line}: needs a hand: {why}\n", traced.path);
    }
    let name = traced.service.name();
    text += &match (is_proven, proposal.by_hand.is_empty()) {
        (true, _) => format!("with the answers of {name} the changed template renders your file, byte for byte\n"),
        (false, true) => format!("with the answers of {name} the changed template does not render your file yet: look at it\n"),
        (false, false) => "the rest of your change is in the diff above\n".to_owned(),
    };
    Ok(text + &branch.map(|branch| format!("committed to the branch {branch}\n")).unwrap_or_default())
}

/// For programs.
pub(super) fn json(traced: &Traced, stack: &Stack, proposal: &Proposal, is_proven: bool, branch: Option<&str>) -> Result<Value, Error> {
    let by_hand = proposal.by_hand.iter().map(|(line, why)| json!({"line": line, "why": why}));
    let answered = proposal.answered.iter().map(|(line, input)| json!({"line": line, "input": input}));
    Ok(json!({
        "schema": "polity/promote/1",
        "path": traced.path,
        "files": proposal.files.keys().map(|(layer, file)| json!({"layer": layer, "file": file})).collect::<Vec<_>>(),
        "diff": diff(stack, proposal)?,
        "by_hand": by_hand.collect::<Vec<_>>(),
        "answered": answered.collect::<Vec<_>>(),
        "proven": is_proven,
        "branch": branch,
    }))
}

fn diff(stack: &Stack, proposal: &Proposal) -> Result<String, Error> {
    let (mut plan, mut tree) = (Plan::new(), Tree::new());
    for ((layer, file), text) in &proposal.files {
        let path = RepoPath::found(place(None, layer, file));
        plan.write(path.clone(), Mode::File, text.clone().into_bytes());
        let old = stack.layers.iter().find(|other| other.name == *layer);
        if let Some(bytes) = old.and_then(|layer| layer.tree.read(&RepoPath::found(file.clone())).ok()) {
            tree.insert(path, Mode::File, bytes);
        }
    }
    plan.diff(&tree).map_err(|error| Error::io("compare", error))
}
