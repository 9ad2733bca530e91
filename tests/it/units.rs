//! Unit tests of policies in `polity policy test`: `test_*` rules with mocks, their failures, and their coverage.

use crate::support::{Repo, repo};

const FOLDER: &str = "policies/service-without-notes";

/// A scaffolded policy with a file of tests.
fn with_tests(tests: &str) -> Repo {
    let folder = repo().file("registry.yaml", "namespace: team\n");
    folder.polity(["policy", "new", FOLDER]).exits(0);
    folder.file(&format!("{FOLDER}/policy_test.rego"), tests)
}

const HEAD: &str = "package polity_test\n\nimport data.polity\n\n";
const INPUT: &str = "given := {\"parameters\": {\"file\": \"NOTES.md\"}}\n\n";

#[test]
fn tests_see_an_empty_repository_unless_they_replace_it() {
    let tests = format!(
        "{HEAD}{INPUT}test_missing if count(polity.deny) == 1 with input as given\n\n\
         test_there if count(polity.deny) == 0 with input as given with repo.exists as true\n\n\
         only_notes(path) if path == \"NOTES.md\"\n\n\
         test_by_function if count(polity.deny) == 0 with input as given with repo.exists as only_notes\n\n\
         todo_test_later if false\n"
    );
    insta::assert_snapshot!(with_tests(&tests).polity(["policy", "test", "--coverage"]).exits(0), @r"
    exit: 0
    ----- stdout
    ok      service-without-notes
            4 tests, 0 failed, 1 skipped
            100 % of the lines evaluated

    1 policy, 0 broken
    ");
}

#[test]
fn a_failing_test_is_shown_where_it_fails() {
    let tests = format!(
        "{HEAD}{INPUT}test_missing if {{\n\tfound := polity.deny with input as given\n\tcount(found) == 1\n\tcount(found) == 2\n\tcount(found) == 3\n}}\n"
    );
    insta::assert_snapshot!(with_tests(&tests).polity(["policy", "test"]).exits(1), @r"
    exit: 1
    ----- stdout
    broken  service-without-notes
            1 test, 1 failed

    error: test `test_missing` fails
      --> policies/service-without-notes/policy_test.rego:10:2
       |
    10 |     count(found) == 2
       |     ^^^^^^^^^^^^^^^^^ this does not hold

    1 policy, 1 broken
    ");
}

#[test]
fn a_test_that_cannot_be_evaluated_fails_with_its_place() {
    let run = with_tests(&format!("{HEAD}test_type if count(1) == 1\n")).polity(["policy", "test"]).exits(1);
    assert!(run.stdout.contains("test `test_type` cannot be evaluated\n --> policies/service-without-notes/policy_test.rego:5:"), "{run}");
    let endless =
        format!("{HEAD}test_endless if count([1 | some a in numbers.range(1, 90000); some b in numbers.range(1, 90000); a == b]) == 3\n");
    let run = with_tests(&endless).polity(["policy", "test"]).exits(1);
    let place = "test `test_endless` cannot be evaluated\n --> policies/service-without-notes/policy_test.rego:5:1\n";
    assert!(run.stdout.contains(place) && run.stdout.contains("did not end within 2 s"), "{run}");
}

#[test]
fn tests_that_are_none_end_the_run() {
    let run = with_tests(&format!("{HEAD}test_a if {{\n")).polity(["policy", "test"]).exits(3);
    assert!(run.stderr.contains("test does not compile\n--> policies/service-without-notes/policy_test.rego:"), "{run}");
    let run = with_tests(&format!("{HEAD}test_a if true\n\ntest_a if false\n")).polity(["policy", "test"]).exits(3);
    assert!(run.stderr.contains("there are two tests `test_a`\n --> policies/service-without-notes/policy_test.rego:7:1"), "{run}");
    let run = with_tests(&format!("{HEAD}test_a if time.now_ns() > 0\n")).polity(["policy", "test"]).exits(3);
    assert!(run.stderr.contains("`time.now_ns` is not available to policies"), "{run}");
}

#[test]
fn what_looks_like_a_test_and_never_runs_ends_the_run() {
    for (rule, said) in [
        (
            "test_a contains x if { false; x := 1 }",
            "5:1\n  |\n5 | test_a contains x if { false; x := 1 }\n  | ^^^^^^ this is a set, and no test",
        ),
        ("test_f(x) if x", "this is a function, and no test"),
        ("tset_a if false", "there is no test in this file"),
        ("test_a if true with repo.exits as true", "there is no function `repo.exits`"),
    ] {
        let run = with_tests(&format!("{HEAD}{rule}\n")).polity(["policy", "test"]).exits(3);
        assert!(run.stderr.contains(said) && run.stderr.contains("/policy_test.rego:"), "{run}");
    }
}

#[test]
fn lines_that_no_test_evaluates_are_listed() {
    let folder = with_tests(&format!("{HEAD}{INPUT}test_there if count(polity.deny) == 0 with input as given with repo.exists as true\n"));
    let run = folder.polity(["policy", "test", "--coverage"]).exits(0);
    assert!(run.stdout.contains(" % of the lines evaluated, not: "), "{run}");
    let json: serde_json::Value = serde_json::from_str(&folder.polity(["policy", "test", "--format", "json"]).exits(0).stdout).unwrap();
    let units = &json["policies"][0]["units"];
    assert_eq!(units["tests"][0], serde_json::json!({"name": "polity_test.test_there", "end": "passed"}));
    assert!(units["coverage"]["covered"].as_array().unwrap().contains(&serde_json::json!(5)), "{units}");
    assert!(!units["coverage"]["uncovered"].as_array().unwrap().is_empty(), "{units}");
}

#[test]
fn a_test_with_cases_names_the_one_that_fails() {
    let table = "test_table[name] if {\n\tsome name, value in {\"one\": 1, \"two\": 2}\n\tvalue < 2\n}\n";
    insta::assert_snapshot!(with_tests(&format!("{HEAD}{table}")).polity(["policy", "test"]).exits(1), @r"
    exit: 1
    ----- stdout
    broken  service-without-notes
            1 test, 1 failed

    error: test `test_table` fails in its case `two`
     --> policies/service-without-notes/policy_test.rego:7:2
      |
    7 |     value < 2
      |     ^^^^^^^^^ this does not hold

    1 policy, 1 broken
    ");
    let fine = table.replace("< 2", "< 3");
    with_tests(&format!("{HEAD}{fine}")).polity(["policy", "test"]).exits(0);
}

#[test]
fn a_test_of_a_name_that_another_file_has_ends_the_run() {
    let folder =
        with_tests(&format!("{HEAD}test_a if true\n")).file(&format!("{FOLDER}/second_test.rego"), format!("{HEAD}test_a if false\n"));
    let run = folder.polity(["policy", "test"]).exits(3);
    assert!(run.stderr.contains("there are two tests `test_a`\n --> policies/service-without-notes/second_test.rego:5:1"), "{run}");
}
