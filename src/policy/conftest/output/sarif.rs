//! SARIF 2.1.0: a rule for each kind of outcome of a namespace, as conftest has it.

use serde_json::{Value, json};

use super::super::{CheckResult, ConftestError, RuleResult};
use super::Style;

const SCHEMA: &str = "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/main/sarif-2.1/schema/sarif-schema-2.1.0.json";

#[derive(Default)]
struct Run {
    rules: Vec<Value>,
    results: Vec<Value>,
}

pub(super) fn render(results: &[CheckResult], style: Style) -> Result<String, ConftestError> {
    let mut run = Run::default();
    for result in results {
        for failure in &result.failures {
            run.add(result, failure, ("deny", "error", "Policy violation"));
        }
        for warning in &result.warnings {
            run.add(result, warning, ("warn", "warning", "Policy warning"));
        }
        for exception in &result.exceptions {
            run.add(result, exception, ("allow", "note", "Policy exception"));
        }
        if !result.failures.is_empty() || !result.warnings.is_empty() {
            continue;
        }
        let satisfied = result.successes > 0 || !result.exceptions.is_empty();
        let (kind, text) = match satisfied {
            true => ("success", "Policy was satisfied successfully"),
            false => ("skip", "Policy check was skipped"),
        };
        let mut outcome = RuleResult { message: text.to_owned(), ..RuleResult::default() };
        outcome.metadata.insert("description".to_owned(), Value::from(text));
        run.add(result, &outcome, (kind, "none", text));
    }
    let said = if results.iter().any(|r| !r.failures.is_empty()) {
        "Policy violations found"
    } else if results.iter().any(|r| !r.warnings.is_empty()) {
        "Policy warnings found"
    } else {
        "No policy violations found"
    };
    let driver = json!({
        "informationUri": "https://github.com/open-policy-agent/conftest",
        "name": "conftest",
        "rules": run.rules,
        "version": env!("CARGO_PKG_VERSION"),
    });
    let invocation = json!({"executionSuccessful": true, "exitCode": style.exit_code, "exitCodeDescription": said});
    let run = json!({"tool": {"driver": driver}, "invocations": [invocation], "results": run.results});
    let log = json!({"version": "2.1.0", "$schema": SCHEMA, "runs": [run]});
    let text = serde_json::to_string(&log).map_err(|e| ConftestError::Evaluate(format!("marshal sarif: {e}")))?;
    Ok(super::json::escape_html(&text) + "\n")
}

impl Run {
    fn add(&mut self, result: &CheckResult, outcome: &RuleResult, (kind, level, description): (&str, &str, &str)) {
        let id = format!("{}/{kind}", result.namespace);
        let known = self.rules.iter().position(|rule| rule["id"] == id.as_str());
        let index = known.unwrap_or_else(|| {
            let mut rule = json!({"id": id, "shortDescription": {"text": description}});
            if !outcome.metadata.is_empty() {
                rule["properties"] = json!(outcome.metadata);
            }
            self.rules.push(rule);
            self.rules.len() - 1
        });
        let place = match &outcome.location {
            None => json!({"artifactLocation": {"uri": result.file}}),
            Some(place) => {
                let line = place.line.as_ref().and_then(serde_json::Number::as_u64).unwrap_or(0);
                json!({"artifactLocation": {"uri": place.file}, "region": {"startLine": line, "endLine": line}})
            }
        };
        self.results.push(json!({
            "ruleId": id,
            "ruleIndex": index,
            "level": level,
            "message": {"text": outcome.message},
            "locations": [{"physicalLocation": place}],
        }));
    }
}
