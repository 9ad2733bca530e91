//! `polity explain`: what a policy checks, why, and how to repair a finding.

use serde_json::{Value as Json, json};

use crate::cli::{ExplainArgs, OutputFormat};
use crate::error::{Error, Exit};
use crate::policy::readme::{Readme, parse};
use crate::policy::waivers::own_title;
use crate::policy::{Policy, UNREADABLE, UNREADABLE_PAGE};
use crate::report::json::pretty;

use super::{Env, policies, print};

/// Prints the documentation of a policy.
pub(super) fn run(args: &ExplainArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let (head, facts, page) = if let Some(title) = own_title(&args.policy) {
        let (id, page) = (&args.policy, if args.policy == UNREADABLE { UNREADABLE_PAGE } else { "" });
        (format!("{id}: {title}\n"), json!({"id": id, "title": title}), parse(page))
    } else {
        let found = policies::load(env, &[], std::slice::from_ref(&args.policy))?;
        let [policy] = &found[..] else { return Err(ambiguous(&args.policy, &found)) };
        (head(policy), facts(policy), parse(&policy.readme))
    };
    let text = match args.format {
        OutputFormat::Human => head + &page.to_text(),
        OutputFormat::Json => pretty(&with_sections(facts, &page)),
    };
    print(env, &text)?;
    Ok(Exit::Clean)
}

fn ambiguous(name: &str, found: &[Policy]) -> Error {
    let names: Vec<_> = found.iter().map(|policy| format!("`{}`", policy.name())).collect();
    Error::usage(format!("more than one policy is called `{name}`")).help(format!("name one of them in full: {}", names.join(", ")))
}

fn head(policy: &Policy) -> String {
    let file = &policy.file;
    let mut text = format!("{} {} ({}): {}\n", policy.name(), file.version, file.severity.as_str(), file.title);
    for source in &file.sources {
        text += &format!("source: {source}\n");
    }
    text
}

fn facts(policy: &Policy) -> Json {
    let file = &policy.file;
    json!({
        "id": policy.id,
        "namespace": policy.namespace,
        "version": file.version.to_string(),
        "title": file.title,
        "severity": file.severity,
        "owner": file.owner,
        "sources": file.sources,
        "parameters": file.parameters,
    })
}

fn with_sections(facts: Json, page: &Readme) -> Json {
    let mut result = json!({"schema": "polity/explain/1"});
    for (key, value) in facts.as_object().into_iter().flatten() {
        result[key] = value.clone();
    }
    result["sections"] = page.sections.iter().map(|(name, text)| json!({"heading": name, "text": text})).collect();
    result
}
