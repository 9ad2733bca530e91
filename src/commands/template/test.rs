//! `polity template test`: every case of a template against its snapshot, then the template's own checks.

use serde_json::json;
use similar::TextDiff;

use crate::catalog::{Unit, UnitKind};
use crate::cli::OutputFormat;
use crate::error::{Error, Exit};
use crate::template::{Given, Stack, snapshot};
use crate::tree::RepoPath;

use super::shelf::{self, Shelf};
use super::{Env, claims, print, trial};

/// What the command line asks for.
pub(super) struct Wanted<'a> {
    pub(super) templates: &'a [String],
    pub(super) accept: bool,
    pub(super) run_checks: bool,
    pub(super) format: OutputFormat,
}

/// The verdict on one case; no problem means that it passed.
struct Verdict {
    template: String,
    case: String,
    files: Vec<RepoPath>,
    problem: Option<String>,
}

/// Tests templates; exit code 1 when a case fails.
pub(super) fn test(wanted: &Wanted<'_>, env: &mut Env<'_>) -> Result<Exit, Error> {
    let mut verdicts = Vec::new();
    for (shelf, unit) in units(wanted, env)? {
        let stack = shelf.stack(&unit)?;
        let cases = trial::cases(stack.top());
        let runs_checks = wanted.run_checks && (stack.top().file.checks.is_empty() || trial::may_run(env, &shelf, &unit));
        let whole = |problem| Verdict { template: unit.name(), case: "-".to_owned(), files: Vec::new(), problem: Some(problem) };
        if cases.is_empty() {
            verdicts.push(whole("the template has no case; add `cases/default/answers.yaml`\n".to_owned()));
        }
        let first = verdicts.len();
        for case in cases {
            verdicts.push(judge(wanted, env, &unit, &stack, (case, runs_checks))?);
        }
        let rendered: Vec<_> = verdicts[first..].iter().flat_map(|verdict| verdict.files.clone()).collect();
        verdicts.extend(claims::empty(&shelf, stack.top(), &rendered)?.map(whole));
    }
    print(env, &report(&verdicts, wanted.format))?;
    Ok(if verdicts.iter().any(|verdict| verdict.problem.is_some()) { Exit::Findings } else { Exit::Clean })
}

/// The templates to test: those named, else all of the registry around the current folder, else the embedded ones.
fn units(wanted: &Wanted<'_>, env: &Env<'_>) -> Result<Vec<(Shelf, Unit)>, Error> {
    let shelf = shelf::here(env)?;
    if !wanted.templates.is_empty() {
        return wanted.templates.iter().map(|name| shelf::open_here(env, &shelf, name)).collect();
    }
    let units = shelf.catalog.units(UnitKind::Template)?;
    let origin = if env.cwd.join("registry.yaml").is_file() { "." } else { "embedded" };
    Ok(units.into_iter().filter(|unit| unit.origin == origin).map(|unit| (shelf.clone(), unit)).collect())
}

fn judge(wanted: &Wanted<'_>, env: &Env<'_>, unit: &Unit, stack: &Stack, (case, runs_checks): (String, bool)) -> Result<Verdict, Error> {
    let rendered = trial::render(stack, &case, &mut Given::default())?;
    let text = snapshot(&rendered);
    let path = format!("cases/{case}/tree.snap");
    let old = stack.top().tree.read(&RepoPath::found(path.clone())).ok();
    let old = old.as_deref().map(String::from_utf8_lossy);
    let mut problem = None;
    if old.as_deref() != Some(&text) {
        if wanted.accept {
            accept(env, unit, &path, &text)?;
        } else {
            problem = Some(difference(old.as_deref(), &text, &stack.top().shown(&path)));
        }
    }
    if problem.is_none() && runs_checks {
        problem = trial::failing_check(stack, &case, &rendered)?;
    }
    Ok(Verdict { template: unit.name(), case, files: rendered.files.into_keys().collect(), problem })
}

fn accept(env: &Env<'_>, unit: &Unit, path: &str, text: &str) -> Result<(), Error> {
    if unit.origin == "embedded" {
        let title = format!("the snapshots of `{}` are part of the binary", unit.name());
        return Err(Error::usage(title).help("name the template's folder instead"));
    }
    let file = env.cwd.join(&unit.folder).join(path);
    std::fs::write(&file, text).map_err(|error| Error::io(format!("write `{}`", file.display()), error))
}

fn difference(old: Option<&str>, new: &str, shown: &str) -> String {
    let Some(old) = old else { return format!("there is no snapshot {shown}; `--accept` writes it\n") };
    let diff = TextDiff::from_lines(old, new).unified_diff().context_radius(0).header(shown, "rendered now").to_string();
    format!("{diff}`--accept` takes what is rendered now\n")
}

fn report(verdicts: &[Verdict], format: OutputFormat) -> String {
    if format == OutputFormat::Json {
        let rows: Vec<_> = verdicts
            .iter()
            .map(|v| json!({"template": v.template, "case": v.case, "files": v.files.len(), "passed": v.problem.is_none(), "problem": v.problem}))
            .collect();
        return format!("{:#}\n", json!({"schema": "polity/template-test/1", "cases": rows}));
    }
    let mut text = String::new();
    for verdict in verdicts {
        let mark = if verdict.problem.is_some() { "FAILED" } else { "ok" };
        let noun = if verdict.files.len() == 1 { "file" } else { "files" };
        text += &format!("{mark} {} {} ({} {noun})\n", verdict.template, verdict.case, verdict.files.len());
        for line in verdict.problem.iter().flat_map(|problem| problem.lines()) {
            text += &format!("  {line}\n");
        }
    }
    let failed = verdicts.iter().filter(|verdict| verdict.problem.is_some()).count();
    text + &format!("{} passed, {failed} failed\n", verdicts.len() - failed)
}
