//! Scopes by what services say of themselves: one thing in several spellings, and words that no service has.

use super::{check, json, manifest, world};
use crate::support::Repo;

/// An error of a layer for services that a scope names, and a service that says something of itself.
fn scoped(scope: &str, facts: &str) -> Repo {
    let layer = format!(
        "version: 1.0.0\ntitle: t\nlevel: org\nowner: platform\nmandatory:\n  - {{policy: acme/bad-line, severity: error, scope: {scope}}}\ndefault:\n  - {{policy: acme/bad-line, severity: 'off'}}\n"
    );
    world()
        .file("rules/policies/bad-line/policy.yaml", manifest("advice", ""))
        .file("rules/layers/floor/layer.yaml", layer)
        .file("polity.federation.yaml", "federation: acme\nlayers: [acme/floor@1]\n")
        .file("polity.yaml", facts)
        .file("a.txt", "bad\n")
}

#[test]
fn a_scope_holds_in_whatever_spelling() {
    for (scope, facts, code) in [
        ("{language: [go]}", "service: {name: s, language: Go}", 1),
        ("{language: [TypeScript]}", "service: {name: s, language: typescript}", 1),
        ("{context: [sales]}", "service: {name: s, context: Sales}", 1),
        ("{owner: [payments]}", "service: {name: s, owner: Payments}", 1),
        ("{owner: [payments]}", "service: {name: s, owner: '@acme/payments'}", 1),
        ("{owner: ['@acme/payments']}", "service: {name: s, owner: 'group:default/payments'}", 0),
        ("{owner: ['@acme/payments']}", "service: {name: s, owner: payments}", 1),
        ("{data: [personal]}", "service: {name: s}\nowns: {classes: [Personal]}", 1),
        ("{data: [Orders]}", "service: {name: s}\nowns: {data: [orders]}", 1),
        ("{tier: [edge]}", "service: {name: s, tier: edge}", 1),
        ("{tier: [edge]}", "service: {name: s, tier: core}", 0),
        ("{language: [golang]}", "service: {name: s, language: go}", 0),
        ("{owner: [payments]}", "service: {name: s}", 0),
        ("{language: [go], owner: [payments]}", "service: {name: s, language: Go, owner: ship}", 0),
    ] {
        let run = check(&scoped(scope, facts), &[]);
        assert_eq!(run.code, code, "{scope} {facts} {run}");
    }
}

#[test]
fn words_of_scopes_that_no_service_has_are_named_where_somebody_asks() {
    let golang = || scoped("{language: [golang, go], tier: [edge]}", "service: {name: s, language: Go, tier: core}\n");
    let lines = [
        "rules/layers/floor/layer.yaml:6: no service here has the language `golang`; there is `Go`",
        "rules/layers/floor/layer.yaml:6: no service here has the tier `edge`; there is `core`",
    ];
    let list = golang().run(&["policy", "list", "--effective", ".", "--registry", "rules"]).exits(0);
    let vacuity = check(&golang(), &["--vacuity"]);
    let plain = check(&golang(), &[]);
    for line in lines {
        let note = format!("note: {line}\n");
        assert!(list.stderr.contains(&note) && vacuity.stderr.contains(&note) && !plain.stderr.contains(line), "{line} {list} {vacuity}");
    }
    assert!(!list.stderr.contains("language `go`"), "{list}");
    let report = json(&golang(), &["--vacuity"]);
    assert!(report["notices"].as_array().unwrap().iter().any(|notice| notice == lines[0]), "{report}");
    let none = check(&scoped("{owner: [pay]}", "service: {name: s}\n"), &["--vacuity"]);
    assert!(none.stderr.contains("no service here has the owner `pay`; none says any"), "{none}");
}
