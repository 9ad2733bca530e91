//! The exit code and every format say the same of a run, whatever it found and wherever the bar is.

use std::collections::BTreeMap;

use crate::finding::{Diagnostic, Location, Suppression, SuppressionKind};
use crate::policy::{Evaluation, Service, SubjectKind, UNREADABLE, Verdict};
use crate::report::human::Paint;
use crate::report::{Report, annotations, codequality, html, human, json, junit, markdown, sarif};

use super::*;

/// What is found: the policy, the severity, and what lets it be.
type Found = (&'static str, Severity, Option<SuppressionKind>);

fn let_be(kind: SuppressionKind) -> Suppression {
    let (reason, because, path) = Default::default();
    Suppression { kind, reason, because, owner: None, ticket: None, expires: None, path, line: 0 }
}

fn outcome(found: &[Found]) -> Outcome {
    let finding = |(index, (policy, severity, by)): (usize, &Found)| {
        let place = Location::file(format!("f{index}"), "");
        let mut finding = Finding::new(*policy, *severity, ["", "b", "lost"][index % 3], Diagnostic::new("m").at(place));
        finding.suppression = by.map(let_be);
        finding
    };
    let verdict = if found.iter().any(|(policy, ..)| *policy == UNREADABLE) { Verdict::Unknown } else { Verdict::Pass };
    let evaluation = |policy: &str| Evaluation {
        policy: policy.to_owned(),
        subject: SubjectKind::Service,
        root: "b".to_owned(),
        verdict,
        reasons: if verdict == Verdict::Unknown { vec!["`f`: too large".to_owned()] } else { Vec::new() },
        evidence: [].into(),
    };
    Outcome {
        findings: found.iter().enumerate().map(finding).collect(),
        evaluations: ["p", "q"].map(evaluation).into(),
        services: vec![Service { root: "b".to_owned(), described: true, is_rest: false }],
        policies: 2,
        ..Outcome::default()
    }
}

/// A report in a format.
fn text(report: &Report<'_>, write: fn(&Report<'_>, &mut dyn std::io::Write) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Whether each format says that the run failed. That of GitLab has no word for it.
fn said(report: &Report<'_>) -> [(&'static str, bool); 7] {
    let text = |write| text(report, write);
    let cases = text(junit::write);
    let value: serde_json::Value = serde_json::from_str(&text(json::write)).unwrap();
    let comment = text(markdown::write);
    let headline = comment.lines().nth(1).unwrap().strip_prefix("## polity: ").unwrap();
    let page = text(html::write);
    let sum = page.lines().find(|line| line.contains("class=\"sum\"")).unwrap();
    let log: serde_json::Value = serde_json::from_str(&text(sarif::write)).unwrap();
    let invocation = &log["runs"][0]["invocations"][0];
    let by_word = invocation["exitCodeDescription"].as_str().unwrap().starts_with("failed: ");
    assert_eq!((invocation["exitCode"] == 1, &invocation["executionSuccessful"]), (by_word, &true.into()), "{invocation}");
    let commands = text(annotations::write);
    let people = text(|report, out| human::write(report, Paint::Plain, false, out));
    let is_bad = |line: &str, errors: bool| line.contains("failed: ") || (errors && !line.contains("passed: "));
    let has_errors = |line: &str| line.contains(" error") && !line.contains("no errors");
    [
        ("junit", failed_cases(&cases) > 0),
        ("json", value["result"]["failed"] == true),
        ("markdown", is_bad(headline, has_errors(headline))),
        ("html", is_bad(sum, has_errors(sum))),
        ("sarif", by_word),
        ("github", is_bad(commands.lines().last().unwrap(), has_errors(commands.lines().last().unwrap()))),
        ("human", is_bad(&people, people.lines().rfind(|line| line.contains(" in 1 service")).is_some_and(has_errors))),
    ]
}

/// The number of cases that did not pass; the numbers that suites give of themselves are those of their cases.
fn failed_cases(text: &str) -> usize {
    let document = roxmltree::Document::parse(text).unwrap();
    let bad =
        |node: roxmltree::Node<'_, '_>| node.descendants().filter(|one| one.has_tag_name("failure") || one.has_tag_name("error")).count();
    for suite in document.descendants().filter(|node| node.has_tag_name("testsuite") || node.has_tag_name("testsuites")) {
        let number = |name: &str| suite.attribute(name).unwrap().parse::<usize>().unwrap();
        assert_eq!(number("failures") + number("errors"), bad(suite), "{text}");
        assert_eq!(number("tests"), suite.descendants().filter(|one| one.has_tag_name("testcase")).count(), "{text}");
    }
    bad(document.root())
}

#[test]
fn no_format_disagrees_with_the_exit_code() {
    use Severity::{Advice, Error, Warning};
    let kinds: [&[Severity]; 8] =
        [&[], &[Advice], &[Warning], &[Warning, Warning], &[Error], &[Error, Warning], &[Advice, Warning, Error], &[Error, Error, Advice]];
    let mut failed = 0;
    for (severities, policy) in kinds.iter().flat_map(|kinds| [(kinds, "p"), (kinds, "stray"), (kinds, UNREADABLE)]) {
        // What lets the first finding be, or every one.
        for (by, all) in
            [None, Some(SuppressionKind::Waiver), Some(SuppressionKind::Baseline)].into_iter().flat_map(|by| [(by, true), (by, false)])
        {
            let found: Vec<Found> = severities.iter().enumerate().map(|(at, one)| (policy, *one, by.filter(|_| all || at == 0))).collect();
            let outcome = outcome(&found);
            let gitlab = text(&Report::new(&outcome, &[], BTreeMap::new(), String::new()), codequality::write);
            for (least, most_warnings) in [None, Some(Error), Some(Warning), Some(Advice)]
                .into_iter()
                .flat_map(|least| [None, Some(0), Some(1)].map(|most| (least, most)))
            {
                let bar = Bar { least, most_warnings };
                let mut report = Report::new(&outcome, &[], BTreeMap::new(), String::new());
                report.bar = bar;
                let fails = bar.fails(&outcome);
                failed += usize::from(fails);
                assert_eq!(text(&report, codequality::write), gitlab, "the bar is none of GitLab's findings");
                for (format, says) in said(&report) {
                    assert_eq!(says, fails, "{format} of {found:?} at {bar:?}");
                }
            }
        }
    }
    assert!(failed > 100, "{failed} runs failed");
}

#[test]
fn a_remark_says_what_the_number_of_errors_does_not() {
    use Severity::{Error, Warning};
    let remark = |found: &[Severity], least, most_warnings| {
        let found: Vec<Found> = found.iter().map(|one| ("p", *one, None)).collect();
        Bar { least, most_warnings }.remark(&outcome(&found))
    };
    assert_eq!(remark(&[Error], Some(Error), None), None);
    assert_eq!(remark(&[Warning], Some(Error), Some(1)), None);
    assert_eq!(remark(&[Warning], Some(Error), Some(0)).unwrap(), "failed: 1 warning is more than the 0 that `--max-warnings` allows");
    assert_eq!(remark(&[Warning, Warning], Some(Warning), None).unwrap(), "failed: `--fail-on warning` counts 2 findings");
    assert_eq!(remark(&[Error], None, None).unwrap(), "passed: `--fail-on never` lets every finding be");
}
