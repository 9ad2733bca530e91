//! `polity policy list --effective`: what layers make of each policy, and where every value comes from.

use std::path::Path;

use serde_json::{Value as Json, json};

use crate::cli::OutputFormat;
use crate::config::Date;
use crate::error::{Error, Exit, Kind};
use crate::policy::layers::{AtPaths, Demands, Effective, Parameters, Party};
use crate::policy::{Policy, Rules, SubjectKind};
use crate::report::json::pretty;

use super::{Env, check, facts, layers, policies, print};

/// What holds for one service.
struct Row<'a> {
    root: String,
    policy: &'a Policy,
    demanded: Effective,
    /// What entries with paths come to where they hold.
    at_paths: Vec<AtPaths>,
}

/// Prints every policy of every service of a folder.
pub(super) fn run(dir: &Path, today: Option<Date>, format: OutputFormat, env: &mut Env<'_>) -> Result<Exit, Error> {
    let repository = check::repository(dir, env)?;
    env.subject = env.cwd.join(dir).canonicalize().ok();
    let sources = policies::sources(env, &env.cwd, &[], &[])?;
    let (names, policies) = (layers::names(&sources), policies::compile(&sources)?);
    let rules = layers::rules(env, &repository, &policies, &names, layers::today(today), None)?;
    let facts = layers::facts(&repository);
    facts::unmatched(env, &repository, &rules);
    let described: Vec<Party<'_>> = facts.iter().map(|(root, facts)| (root.as_str(), Some(facts))).collect();
    let parties = if described.is_empty() { vec![("", None)] } else { described };
    let mut rows = Vec::new();
    for policy in &policies {
        // A policy on the whole repository has one row, with what is strict enough for every service.
        let one_by_one = policy.file.subject == SubjectKind::Service;
        for services in if one_by_one { parties.chunks(1).collect() } else { vec![&parties[..]] } {
            let demands = Demands::new(policy, &rules, services).map_err(|diagnostic| Error::new(Kind::Config, *diagnostic))?;
            let root = if one_by_one { services[0].0.to_owned() } else { String::new() };
            rows.push(Row { root, policy, demanded: demands.all().clone(), at_paths: demands.at_paths() });
        }
    }
    let text = match format {
        OutputFormat::Human => rows.iter().map(|row| shown(row, facts.len() > 1)).collect(),
        OutputFormat::Json => pretty(&as_json(&rows, &rules)),
    };
    print(env, &text)?;
    Ok(Exit::Clean)
}

/// A policy with its values, each followed by where it comes from.
fn shown(row: &Row<'_>, several: bool) -> String {
    let Row { root, policy, demanded, at_paths } = row;
    let place = if several && !root.is_empty() { format!(" in {root}") } else { String::new() };
    let line = |name: &str, value: &str, origins: &[String], mandatory: bool| {
        let word = if mandatory { "  mandatory" } else { "" };
        format!("  {name:<16}  {value:<16}  {}{word}\n", origins.join(", "))
    };
    let mut text = format!("{} {}{place}\n", policy.name(), policy.file.version);
    text += &line("severity", demanded.grade.value.as_str(), &demanded.grade.origins, demanded.grade.mandatory);
    if let Some(day) = demanded.from {
        text += &format!("  {:<16}  {:<16}  from {day} on\n", "", demanded.final_grade.as_str());
    }
    for AtPaths { paths, origin, grade, parameters } in at_paths {
        text += &line("  in these paths", grade.value.as_str(), std::slice::from_ref(origin), grade.mandatory);
        text += &format!("    {}\n", paths.join(", "));
        if !grade.origins.contains(origin) {
            text += &format!("    decided by {}\n", grade.origins.join(", "));
        }
        for (name, setting) in parameters {
            text += &line(&format!("  {name}"), &setting.value.to_string(), &setting.origins, setting.mandatory);
        }
    }
    for (name, setting) in &demanded.parameters {
        text += &line(name, &setting.value.to_string(), &setting.origins, setting.mandatory);
    }
    let owner = demanded.owner.as_deref().unwrap_or_default();
    text + &demanded
        .since
        .map_or_else(|| format!("  owner             {owner}\n"), |day| format!("  owner             {owner}, since {day}\n"))
}

fn as_json(rows: &[Row<'_>], rules: &Rules) -> Json {
    let setting = |value: Json, origins: &[String], mandatory: bool| json!({"value": value, "from": origins, "mandatory": mandatory});
    let named = |set: &Parameters| -> serde_json::Map<_, _> {
        set.iter().map(|(name, s)| (name.clone(), setting(s.value.clone(), &s.origins, s.mandatory))).collect()
    };
    let at_paths = |one: &AtPaths| json!({"paths": one.paths, "asked_by": one.origin, "severity": setting(json!(one.grade.value), &one.grade.origins, one.grade.mandatory), "parameters": named(&one.parameters)});
    let row = |row: &Row<'_>| {
        let demanded = &row.demanded;
        json!({
            "policy": row.policy.name(),
            "version": row.policy.file.version.to_string(),
            "service": row.root,
            "severity": setting(json!(demanded.grade.value), &demanded.grade.origins, demanded.grade.mandatory),
            "at_paths": row.at_paths.iter().map(at_paths).collect::<Vec<_>>(),
            "becomes": demanded.from.map(|day| json!({"severity": demanded.final_grade, "on": day})),
            "parameters": named(&demanded.parameters),
            "owner": demanded.owner,
            "since": demanded.since,
        })
    };
    let layer =
        |layer: &crate::policy::Layer| json!({"name": layer.name, "level": layer.level, "file": layer.source.path(), "owner": layer.owner});
    json!({
        "schema": "polity/policy-effective/1",
        "today": rules.today,
        "layers": rules.all().map(layer).collect::<Vec<_>>(),
        "policies": rows.iter().map(row).collect::<Vec<_>>(),
    })
}
