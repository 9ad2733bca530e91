//! `polity policy diff`: two versions of a policy on repositories, and the version number that the change deserves.

use crate::support::{Repo, Run, repo};

const RULE: &str = "package polity\n\ndeny contains {\"message\": \"a note is missing\", \"path\": \"polity.yaml\", \"at\": [\"service\"]} if {\n\tsome name in WANTED\n\tnot repo.exists(name)\n}\n";

/// A policy in a commit, and two repositories, of which one keeps it.
fn committed() -> Repo {
    let folder = repo()
        .file("registry.yaml", "namespace: team\n")
        .file("policies/no-notes/policy.yaml", "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\n")
        .file("policies/no-notes/policy.rego", RULE.replace("WANTED", "[\"NOTES.md\"]"))
        .file("orders/polity.yaml", "service: {name: orders}\n")
        .file("orders/NOTES.md", "")
        .file("billing/polity.yaml", "service: {name: billing}\n");
    for args in [&["init", "-q"][..], &["add", "."], &["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "first"]] {
        assert!(std::process::Command::new("git").args(args).current_dir(folder.root()).status().unwrap().success());
    }
    folder
}

fn diff(folder: &Repo) -> Run {
    folder.polity(["policy", "diff", "HEAD", "policies/no-notes", "--on", "orders", "billing"])
}

#[test]
fn a_policy_that_finds_more_deserves_a_major_version() {
    let folder = committed()
        .file("policies/no-notes/policy.rego", RULE.replace("WANTED", "[\"DIARY.md\"]"))
        .file("policies/no-notes/policy.yaml", "version: 1.1.0\ntitle: t\nseverity: error\nowner: o\n");
    insta::assert_snapshot!(diff(&folder).exits(1), @r"
    exit: 1
    ----- stdout
    repository  added  removed  renamed  regraded  moved
    orders          1        0        0         0      1
    billing         0        0        0         0      0

    + orders: error: a note is missing (polity.yaml:1:1)
    ~ orders: pass → fail
    deserves a major version:
      1 new error in orders
    1.0.0 to 1.1.0 does not say so: set `version: 2.0.0`
    ");
    let announced = folder.file("policies/no-notes/policy.yaml", "version: 2.0.0\ntitle: t\nseverity: error\nowner: o\n");
    assert!(diff(&announced).exits(0).stdout.ends_with("1.0.0 to 2.0.0 says so\n"));
}

#[test]
fn a_policy_that_asks_for_less_deserves_a_minor_version() {
    let folder = committed()
        .file("policies/no-notes/policy.rego", RULE.replace("WANTED", "[]"))
        .file("policies/no-notes/policy.yaml", "version: 1.0.1\ntitle: t\nseverity: error\nowner: o\n");
    let run = folder.polity(["policy", "diff", "HEAD", "policies/no-notes", "--on", "orders", "billing", "--format", "json"]).exits(1);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&json["schema"], &json["deserves"], &json["announced"]), (&"polity/policy-diff/1".into(), &"minor".into(), &false.into()));
    assert_eq!(json["repositories"][1]["removed"][0]["message"], "a note is missing");
    assert_eq!(json["repositories"][1]["moved"][0], serde_json::json!({"root": "", "from": "fail", "to": "pass"}));
    assert_eq!(json["repositories"][0]["removed"], serde_json::json!([]));
}

#[test]
fn other_words_deserve_a_patch_and_no_change_nothing() {
    let folder = committed();
    assert!(diff(&folder).exits(0).stdout.ends_with("nothing changed between 1.0.0 and 1.0.0\n"));
    let reworded =
        folder.file("policies/no-notes/policy.rego", RULE.replace("WANTED", "[\"NOTES.md\"]").replace("is missing", "is not there"));
    let run = diff(&reworded).exits(1);
    assert!(run.stdout.contains("deserves a major version:\n  1 error that baselines do not know in its new words in billing\n"), "{run}");
    let said = "~ billing: error: a note is not there (polity.yaml:1:1), in words that make another finding of it: give it a `key`\n";
    assert!(run.stdout.contains(said), "{run}");
    let keyed = |words: &str| {
        let rule = RULE.replace("WANTED", "[\"NOTES.md\"]").replace("is missing\",", &format!("{words}\", \"key\": \"note\","));
        repo()
            .file("billing/polity.yaml", "service: {name: billing}\n")
            .file("old/no-notes/policy.yaml", "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\n")
            .file("old/no-notes/policy.rego", rule.replace(words, "is missing"))
            .file("policies/no-notes/policy.yaml", "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\n")
            .file("policies/no-notes/policy.rego", rule)
    };
    let run = keyed("is not there").polity(["policy", "diff", "old/no-notes", "policies/no-notes", "--on", "billing"]).exits(1);
    assert!(run.stdout.contains("deserves a patch version") && run.stdout.contains("set `version: 1.0.1`"), "{run}");
}

#[test]
fn a_parameter_that_goes_away_and_a_graver_finding_deserve_a_major_version() {
    let manifest =
        |version: &str, severity: &str, tail: &str| format!("version: {version}\ntitle: t\nseverity: {severity}\nowner: o\n{tail}");
    let parameter = "parameters: {a: {type: bool, default: true, help: h}}\n";
    let folder = committed()
        .file("old/no-notes/policy.yaml", manifest("1.0.0", "warning", parameter))
        .file("old/no-notes/policy.rego", RULE.replace("WANTED", "[\"NOTES.md\"]"));
    let run = folder.polity(["policy", "diff", "old/no-notes", "policies/no-notes", "--on", "billing"]).exits(1);
    assert!(run.stdout.contains("the parameter `a` is gone") && run.stdout.contains("1 new error in billing"), "{run}");
    assert!(run.stdout.contains("~ billing: error: a note is missing (polity.yaml:1:1), was warning"), "{run}");
}

#[test]
fn what_is_no_version_is_named() {
    let folder = committed();
    let said = |old: &str, new: &str, code: i32| folder.polity(["policy", "diff", old, new, "--on", "orders"]).exits(code).stderr;
    assert!(
        said("nothing", "policies/no-notes", 2).contains("cannot read `policies/no-notes` at `nothing`"),
        "{}",
        said("nothing", "policies/no-notes", 2)
    );
    assert!(said("HEAD:orders", "policies/no-notes", 2).contains("there is no `policy.yaml`"));
    assert!(said("nothing", "nowhere", 2).contains("`nothing` is no version of a policy"));
    assert!(
        said("polity/service-without-owner@9.9.9", "policies/no-notes", 2).contains("the registry has polity/service-without-owner 1.")
    );
    assert!(said("polity/no-such@1.0.0", "policies/no-notes", 2).contains("there is no policy `polity/no-such`"));
    let owner = |version: &str| format!("polity/service-without-owner@{version}");
    let listed: serde_json::Value = serde_json::from_str(&folder.polity(["policy", "list", "--format", "json"]).stdout).unwrap();
    let version = listed["policies"].as_array().unwrap().iter().find(|one| one["id"] == "service-without-owner").unwrap()["version"]
        .as_str()
        .unwrap()
        .to_owned();
    folder.polity(["policy", "diff", &owner(&version), &owner(&version), "--on", "orders"]).exits(0);
}

#[test]
fn the_day_of_enforcement_and_the_severity_are_graded_where_nothing_is_found_too() {
    let diff = |old: &str, new: &str| {
        let manifest = |version: &str, rest: &str| format!("version: {version}\ntitle: t\nowner: o\n{rest}");
        let rule = RULE.replace("WANTED", "[\"NOTES.md\"]");
        let folder = repo()
            .file("orders/NOTES.md", "")
            .file("old/no-notes/policy.yaml", manifest("1.0.0", old))
            .file("old/no-notes/policy.rego", rule.as_str())
            .file("new/no-notes/policy.yaml", manifest("1.0.1", new))
            .file("new/no-notes/policy.rego", rule);
        folder.polity(["policy", "diff", "old/no-notes", "new/no-notes", "--on", "orders"]).to_string()
    };
    let of = |severity: &str, day: &str| {
        format!("severity: {severity}\n{}", if day.is_empty() { String::new() } else { format!("enforce_after: {day}\n") })
    };
    let [past, soon, late] = ["2020-01-01", "2098-01-01", "2099-01-01"];
    for (old, new, deserved, said) in [
        (of("error", late), of("error", ""), "major", "today a finding is an error, and was to be advice"),
        (of("error", late), of("error", past), "major", "today a finding is an error, and was to be advice"),
        (of("error", late), of("error", soon), "major", "on 2098-01-01 a finding is an error, and was to be advice"),
        (of("warning", late), of("error", late), "major", "on 2099-01-01 a finding is an error, and was to be a warning"),
        (of("warning", ""), of("error", ""), "major", "today a finding is an error, and was to be a warning"),
        (of("error", soon), of("error", late), "minor", "on 2098-01-01 a finding is advice, and was to be an error"),
        (of("error", ""), of("error", late), "minor", "today a finding is advice, and was to be an error"),
        (of("warning", late), of("warning", ""), "minor", "today a finding is a warning, and was to be advice"),
        (of("error", ""), of("warning", ""), "minor", "today a finding is a warning, and was to be an error"),
        (of("error", past), of("error", ""), "patch", "no verdict and no finding changes"),
        (of("advice", late), of("advice", ""), "patch", "no verdict and no finding changes"),
    ] {
        let run = diff(&old, &new);
        assert!(run.contains(&format!("deserves a {deserved} version:\n")) && run.contains(&format!("  {said}\n")), "{old}{new}{run}");
    }
}
