//! `polity policy simulate`: what a new or tightened policy would do to repositories that do not have it yet.

use std::path::Path;

use serde_json::Value as Json;

use crate::cli::{SimulateArgs, SimulateFormat};
use crate::error::{Error, Exit};
use crate::policy::{ParameterKind, Policy};
use crate::report::json::pretty;
use crate::report::simulation::{Asked, Simulated, human, json, markdown};

use super::policies::{compile, in_folder};
use super::{Env, check, layers, outcomes, policies, print};

/// Prints who breaks.
pub(super) fn run(args: &SimulateArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let mut policies = named(&args.policy, env)?;
    for text in &args.set {
        set(&mut policies, text)?;
    }
    if let Some(severity) = args.severity {
        policies.iter_mut().for_each(|policy| policy.file.severity = severity);
    }
    let mut rows = Vec::new();
    for (path, outcome) in outcomes(&policies, &args.on, env)? {
        let facts = layers::facts(&check::repository(path, env)?);
        let owners = facts.into_iter().filter_map(|(root, facts)| Some((root, facts.service?.owner?))).collect();
        rows.push(Simulated { repository: path.display().to_string(), outcome, owners });
    }
    let today = layers::today(None);
    let ahead =
        |policy: &Policy| policy.file.enforce_after.filter(|day| *day > today && policy.file.on(today) < policy.file.severity.into());
    let asked: Vec<_> = policies.iter().map(|policy| Asked { name: policy.name(), from: ahead(policy) }).collect();
    let text = match args.format {
        SimulateFormat::Human => human(&rows, &asked),
        SimulateFormat::Markdown => markdown(&rows, &asked),
        SimulateFormat::Json => pretty(&json(&rows, &asked)),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

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
