//! Logging commands of Azure pipelines.

use super::super::{CheckResult, RuleResult, Tally};

pub(super) fn render(results: &[CheckResult]) -> String {
    let mut out = String::new();
    for result in results {
        let (file, namespace, total) = (&result.file, &result.namespace, result.tally().total());
        out += &format!("##[section]Testing '{file}' against {total} policies in namespace '{namespace}'\n");
        out += "##[group]See conftest results\n";
        let mut issues = |kind: &str, found: &[RuleResult]| {
            for outcome in found {
                out += &format!("##vso[task.logissue type={kind}] file={file} --> {}\n", outcome.message);
            }
        };
        issues("error", &result.failures);
        issues("warning", &result.warnings);
        issues("warning", &result.exceptions);
        for outcome in &result.skipped {
            out += &format!("skipped file={file} {}\n", outcome.message);
        }
        if result.successes > 0 {
            out += &format!("success file={file} {}\n", result.successes);
        }
        out += "##[endgroup]\n";
    }
    out + &Tally::of(results).summary() + "\n"
}
