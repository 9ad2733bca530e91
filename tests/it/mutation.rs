//! `polity policy test --mutate`: what cases notice of changes to a rule, and what they do not.

use crate::support::{Repo, repo};

const RULE: &str = "policies/service-without-notes/policy.rego";

/// A registry with one scaffolded policy, whose rule is changed.
fn changed(change: impl FnOnce(String) -> String) -> Repo {
    let folder = repo().file("registry.yaml", "namespace: team\n");
    folder.polity(["policy", "new", "policies/service-without-notes"]).exits(0);
    let rule = change(folder.read(RULE));
    folder.file(RULE, rule)
}

/// A condition that is true in every case, so that nobody would notice its loss.
fn unproven(rule: String) -> String {
    rule.replace("\tnot repo.exists", "\tcount(input.service.facts) > 0\n\tnot repo.exists")
}

#[test]
fn a_scaffolded_policy_notices_every_change() {
    insta::assert_snapshot!(changed(|rule| rule).polity(["policy", "test", "--mutate", "--min-score", "100"]).exits(0), @r"
    exit: 0
    ----- stdout
    ok      service-without-notes
            2 of 2 changes noticed, 100 %

    1 policy, 0 broken
    mutation score 100 %, 100 % wanted
    ");
}

#[test]
fn a_change_that_no_case_notices_is_named_with_its_place() {
    let folder = changed(unproven);
    insta::assert_snapshot!(folder.polity(["policy", "test", "--mutate", "--min-score", "90"]).exits(1), @r"
    exit: 1
    ----- stdout
    ok      service-without-notes
            4 of 6 changes noticed, 66 %
            policies/service-without-notes/policy.rego:5:2: drop `count(input.service.facts) > 0`
            policies/service-without-notes/policy.rego:5:29: swap `>` for `>=`

    1 policy, 0 broken
    mutation score 66 %, 90 % wanted
    ");
    folder.polity(["policy", "test", "--mutate", "--min-score", "50"]).exits(0);
    folder.polity(["policy", "test", "--mutate"]).exits(0);
    let json: serde_json::Value =
        serde_json::from_str(&folder.polity(["policy", "test", "--mutate", "--format", "json"]).exits(0).stdout).unwrap();
    let mutation = &json["policies"][0]["mutation"];
    assert_eq!(json["schema"], "polity/policy-test/1");
    assert_eq!(
        mutation["mutants"].as_u64().unwrap(),
        mutation["killed"].as_u64().unwrap() + mutation["survivors"].as_array().unwrap().len() as u64
    );
    let survivor = &mutation["survivors"][0];
    assert_eq!(
        (survivor["path"].as_str().unwrap(), &survivor["start"]),
        (RULE, &serde_json::json!({"line": 5, "column": 2})),
        "{survivor}"
    );
}

#[test]
fn a_change_without_an_end_counts_as_noticed() {
    let folder = changed(|rule| {
        let loops = "slow if {\n\tinput.service.facts.service.name == \"slow\"\n\tcount([1 | some a in numbers.range(1, 20000); some b in numbers.range(1, 20000); a != b]) > 0\n}\n";
        format!("{}\n{loops}", rule.replace("\tnot repo.exists", "\tnot slow\n\tnot repo.exists"))
    });
    let run = folder.polity(["policy", "test", "--mutate", "--format", "json"]).exits(0);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(json["policies"][0]["mutation"]["endless"].as_u64().unwrap() >= 2, "{run}");
}

#[test]
fn an_equivalent_change_is_excused_by_a_reason() {
    let excuse = |reason: &str| {
        let comment = format!("\t# polity:equivalent {reason}\n\tcount(input.service.facts) > 0");
        changed(|rule| unproven(rule).replace("\tcount(input.service.facts) > 0", &comment))
    };
    let run = excuse("facts are never empty").polity(["policy", "test", "--mutate", "--min-score", "100"]).exits(0);
    assert!(run.stdout.contains("4 of 4 changes noticed, 100 %, 2 excused"), "{run}");
    let run = excuse("").polity(["policy", "test", "--mutate"]).exits(1);
    assert!(run.stdout.contains("equivalence has no reason\n --> policies/service-without-notes/policy.rego:5:1"), "{run}");
    let idle = changed(|rule| rule.replace("\tnot repo.exists", "\t# polity:equivalent not so\n\tnot repo.exists"));
    let run = idle.polity(["policy", "test", "--mutate"]).exits(1);
    assert!(run.stdout.contains("every change of this line is noticed by a case"), "{run}");
}

#[test]
fn a_score_is_asked_for_with_its_changes() {
    let folder = changed(|rule| rule);
    folder.polity(["policy", "test", "--min-score", "90"]).exits(2);
    folder.polity(["policy", "test", "--mutate", "--min-score", "101"]).exits(2);
}
