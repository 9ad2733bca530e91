//! `polity policy simulate`: what a new or tightened policy would do to repositories that do not have it yet.

use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use crate::cli::{OutputFormat, SimulateArgs};
use crate::error::{Error, Exit};
use crate::finding::{Finding, Severity};
use crate::policy::{Outcome, ParameterKind, Policy, Verdict};
use crate::report::human::count;
use crate::report::json::pretty;

use super::policies::{compile, in_folder};
use super::{Env, outcomes, policies, print};

/// Prints a row for each repository.
pub(super) fn run(args: &SimulateArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let mut policies = named(&args.policy, env)?;
    for text in &args.set {
        set(&mut policies, text)?;
    }
    let rows = outcomes(&policies, &args.on, env)?;
    let text = match args.format {
        OutputFormat::Human => table(&rows),
        OutputFormat::Json => {
            let names: Vec<_> = policies.iter().map(Policy::name).collect();
            pretty(
                &json!({"schema": "polity/policy-simulate/1", "policies": names, "repositories": rows.iter().map(row).collect::<Vec<_>>()}),
            )
        }
    };
    print(env, &text)?;
    Ok(Exit::Clean)
}

/// A policy by folder, or by name.
fn named(name: &str, env: &Env<'_>) -> Result<Vec<Policy>, Error> {
    if env.cwd.join(name).join("policy.yaml").is_file() {
        return compile(&in_folder(env, Path::new(name))?);
    }
    policies::load(env, &[], &[name.to_owned()])
}

/// Sets a parameter, as `name=value`; the parameter's type decides what the value means.
fn set(policies: &mut [Policy], text: &str) -> Result<(), Error> {
    let (name, value) = text.split_once('=').ok_or_else(|| Error::usage(format!("`{text}` is not `parameter=value`")))?;
    let mut found = false;
    for parameter in policies.iter_mut().filter_map(|policy| policy.file.parameters.get_mut(name)) {
        let wrong = || Error::usage(format!("`{name}` wants a value of type {}, and `{value}` is none", parameter.kind.word()));
        parameter.default = read(parameter.kind, value).ok_or_else(wrong)?;
        found = true;
    }
    if found {
        Ok(())
    } else {
        Err(Error::usage(format!("the policy has no parameter `{name}`")).help("`polity explain` shows its parameters"))
    }
}

/// A text is taken as it is; a list is YAML, or separated by commas.
fn read(kind: ParameterKind, text: &str) -> Option<Json> {
    match kind {
        ParameterKind::String => Some(Json::from(text)),
        ParameterKind::List if !text.trim_start().starts_with('[') => {
            Some(text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect())
        }
        _ => serde_yaml::from_str(text).ok().filter(|value| kind.accepts(value)),
    }
}

fn table(rows: &[(&PathBuf, Outcome)]) -> String {
    let shown: Vec<_> = rows.iter().map(|(path, outcome)| (path.display().to_string(), outcome)).collect();
    let width = shown.iter().map(|(path, _)| path.chars().count()).max().unwrap_or_default().max("repository".len());
    let mut text = format!("{:<width$}  pass  fail  n/a  unknown  errors  warnings  advice\n", "repository");
    for (path, outcome) in &shown {
        let verdict = |verdict| outcome.verdicts(verdict);
        let found = |severity| outcome.count(severity);
        text += &format!(
            "{path:<width$}  {:>4}  {:>4}  {:>3}  {:>7}  {:>6}  {:>8}  {:>6}\n",
            verdict(Verdict::Pass),
            verdict(Verdict::Fail),
            verdict(Verdict::NotApplicable),
            verdict(Verdict::Unknown),
            found(Severity::Error),
            found(Severity::Warning),
            found(Severity::Advice),
        );
    }
    let broken = rows.iter().filter(|(_, outcome)| outcome.count(Severity::Error) > 0).count();
    text + &format!("\n{broken} of {} would fail\n", count(rows.len(), "repository", "repositories"))
}

fn row((path, outcome): &(&PathBuf, Outcome)) -> Json {
    let verdict = |verdict| outcome.verdicts(verdict);
    json!({
        "repository": path,
        "fails": outcome.count(Severity::Error) > 0,
        "verdicts": {
            "pass": verdict(Verdict::Pass),
            "fail": verdict(Verdict::Fail),
            "not-applicable": verdict(Verdict::NotApplicable),
            "unknown": verdict(Verdict::Unknown),
        },
        "findings": outcome.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

/// A finding in short.
pub(super) fn finding(finding: &Finding) -> Json {
    let place = finding.diagnostic.locations.first();
    json!({
        "severity": finding.severity,
        "service": finding.service,
        "message": finding.diagnostic.title,
        "path": place.map(|place| &place.path),
        "line": place.map(|place| place.start.line),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_a_parameter_decides_what_a_value_means() {
        for text in ["@[a-z]+", "#help", "true", "12", "[a]", ""] {
            assert_eq!(read(ParameterKind::String, text), Some(Json::from(text)));
        }
        assert_eq!(read(ParameterKind::List, "a, b"), Some(json!(["a", "b"])));
        assert_eq!(read(ParameterKind::List, "[a, 'b,c']"), Some(json!(["a", "b,c"])));
        assert_eq!((read(ParameterKind::Integer, "12"), read(ParameterKind::Integer, "@")), (Some(json!(12)), None));
        assert_eq!((read(ParameterKind::Bool, "true"), read(ParameterKind::Bool, "12")), (Some(json!(true)), None));
    }
}
