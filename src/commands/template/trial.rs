//! One case of a template: rendered from its answers, and the template's own checks run in the result.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::catalog::Unit;
use crate::disk::Staging;
use crate::error::{Error, Kind};
use crate::template::{Given, Job, Layer, Outcome, Rendered, Stack, Unanswered, Unwanted, given_from_file, missing};
use crate::tree::RepoPath;

use super::shelf::Shelf;
use super::{Env, contain};

/// The names of a template's cases.
pub(in crate::commands) fn cases(layer: &Layer) -> Vec<String> {
    let named = layer.tree.iter().filter_map(|(path, _)| path.as_str().strip_prefix("cases/")?.strip_suffix("/answers.yaml"));
    named.filter(|case| !case.contains('/')).map(str::to_owned).collect()
}

/// Renders a case. `given` are answers beside those of the case.
pub(in crate::commands) fn render(stack: &Stack, case: &str, given: &mut Given) -> Result<Rendered, Error> {
    let path = format!("cases/{case}/answers.yaml");
    let top = stack.top();
    let bytes = top.read(&RepoPath::found(path.clone()))?;
    // The answers of a case are part of the template, so a mistake in them is the template's.
    let own = |error: Error| Error { kind: Kind::Config, ..error };
    let mut answers = given_from_file(&top.shown(&path), &bytes).map_err(|error| own(error.into()))?;
    answers.extend(std::mem::take(given));
    answers.check(stack).map_err(|error| own(error.into()))?;
    let job = Job {
        given: answers.values,
        unanswered: Unanswered::Default,
        unwanted: Unwanted::Refuse,
        folder: case.to_owned(),
        dir: case.to_owned(),
    };
    match contain::perform(stack, &job).map_err(own)? {
        Outcome::Done(rendered) => Ok(*rendered),
        Outcome::Ask(questions) => Err(unanswered(own(missing(stack, &questions).into()), case, &top.name, &top.shown(&path))),
    }
}

/// A case has its answers from its file, and from nowhere else.
fn unanswered(mut error: Error, case: &str, template: &str, shown: &str) -> Error {
    for diagnostic in &mut error.diagnostics {
        diagnostic.title += &format!(" in the case `{case}` of {template}");
        diagnostic.helps = vec![format!("give values in `{shown}`")];
    }
    error
}

/// Whether the commands that a template declares may run here: what the federation brings only with the capability `steps`.
pub(super) fn may_run(env: &Env<'_>, shelf: &Shelf, unit: &Unit) -> bool {
    let brought = shelf.namespace_of(&unit.name()).filter(|namespace| namespace.origin == unit.origin);
    let Some(namespace) = brought.filter(|namespace| !namespace.may_run()) else { return true };
    let (name, namespace) = (unit.name(), &namespace.name);
    env.notice(format!("the checks of {name} are not run: `capabilities` of `{namespace}` in polity.federation.yaml has no `steps`"));
    false
}

/// Runs the template's checks in a folder of their own and returns what the first failing one said.
pub(super) fn failing_check(stack: &Stack, case: &str, rendered: &Rendered) -> Result<Option<String>, Error> {
    if stack.top().file.checks.is_empty() {
        return Ok(None);
    }
    let folder = tempfile::tempdir().map_err(|error| Error::io("make a temporary folder", error))?;
    let target = folder.path().join(case);
    let staging = Staging::begin(&target).map_err(|error| Error::io("write the case", error))?;
    staging.write(&rendered.plan()).map_err(|error| Error::io("write the case", error))?;
    staging.publish().map_err(|error| Error::io("write the case", error))?;
    for argv in &stack.top().file.checks {
        if let Some(said) = run(argv, &target) {
            return Ok(Some(said));
        }
    }
    Ok(None)
}

/// Runs one command; what it said when it fails.
fn run(argv: &[String], folder: &Path) -> Option<String> {
    let (program, args) = argv.split_first()?;
    let shown = argv.join(" ");
    match Command::new(program).args(args).current_dir(folder).stdin(Stdio::null()).output() {
        Err(error) => Some(format!("`{shown}` cannot be started: {error}\n")),
        Ok(output) if output.status.success() => None,
        Ok(output) => {
            let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            Some(format!("`{shown}` failed, {}:\n{out}{err}", output.status))
        }
    }
}
