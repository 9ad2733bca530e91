//! `polity check --fix`: what is repaired, what stays, what is taken back, and that nothing is half done.

use crate::support::{Repo, repo};

/// A folder with one policy `probe` that finds and repairs.
fn with_rule(rule: &str) -> Repo {
    repo()
        .file("rules/probe/policy.yaml", "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\n")
        .file("rules/probe/policy.rego", format!("package polity\n\n{rule}\n"))
        .file(".polityignore", "rules/\n")
}

const OWNER: &str = r##"deny contains {"message": "no owner", "path": "polity.yaml", "at": ["service"], "fix": {
	"does": "set `owner: platform`", "safe": true,
	"edits": [{"path": "polity.yaml", "set": ["service", "owner"], "to": "platform"}],
}} if not input.service.facts.service.owner

deny contains {"message": "no notes", "path": "polity.yaml", "at": ["service", "name"], "fix": {
	"does": "write `NOTES.md`",
	"edits": [{"path": "docs/NOTES.md", "template": "NOTES.md", "values": {"name": input.service.facts.service.name}}],
}} if not repo.exists("docs/NOTES.md")

deny contains {"message": "no health", "path": "polity.yaml", "fix": {"does": "add it", "layer": "org/health@1"}} if not repo.exists("health")
"##;

fn sample() -> Repo {
    with_rule(OWNER)
        .file("rules/probe/fix/NOTES.md", "# Notes on {{ name }}\n")
        .file("polity.yaml", "# ours\nservice: # the service\n  name: orders   # fixed\n")
}

fn run(folder: &Repo, more: &[&str]) -> crate::support::Run {
    folder.run(&[&["check", "--policies", "rules", "--policy", "probe"], more].concat())
}

#[test]
fn a_finding_says_how_it_can_be_repaired() {
    let said = run(&sample(), &[]).exits(1).stdout;
    for note in [
        "= note: safe fix available: polity check --fix\n",
        "= note: fix available, to be looked at (write `NOTES.md`): polity check --fix --unsafe\n",
        "= note: a template layer brings it: polity update --add org/health@1\n",
    ] {
        assert!(said.contains(note), "{note} in {said}");
    }
}

#[test]
fn data_of_tests_that_was_passed_over_is_passed_over_again() {
    let rule = format!(
        "{OWNER}\ndeny contains {{\"message\": \"m\"}} if {{ some m in repo.manifests(\"**/*.yaml\"); m.document.kind == \"X\" }}\n"
    );
    let folder = with_rule(&rule)
        .file("rules/probe/fix/NOTES.md", "# Notes on {{ name }}\n")
        .file("polity.yaml", "service: {name: orders}\n")
        .file("testdata/broken.yaml", "apiVersion: v1\nkind: [\n");
    let said = run(&folder, &["--fix"]).exits(1);
    assert!(said.stderr.contains("repaired probe") && !said.stdout.contains("unreadable-evidence"), "{said}");
    assert!(said.stdout.contains("1 entry was not looked at"), "{said}");
}

#[test]
fn the_diff_is_what_would_be_written() {
    let folder = sample();
    insta::assert_snapshot!(run(&folder, &["--fix", "--unsafe", "--diff"]).exits(1), @r"
    exit: 1
    ----- stdout
    --- /dev/null
    +++ b/docs/NOTES.md
    @@ -0,0 +1 @@
    +# Notes on orders
    --- a/polity.yaml
    +++ b/polity.yaml
    @@ -1,3 +1,4 @@
     # ours
     service: # the service
       name: orders   # fixed
    +  owner: platform
    ----- stderr
    would repair probe: set `owner: platform` (polity.yaml)
    would repair probe: write `NOTES.md` (docs/NOTES.md)
    not repaired probe: polity.yaml: polity.yaml does not say what the service was made from (polity update --add org/health@1)
    would repair 2 findings in 2 files
    ");
    assert_eq!(folder.files("").len(), 5, "nothing was written");
}

#[test]
fn reports_beside_a_diff_say_what_is() {
    let folder = sample();
    let reports = ["--report", "json=r.json", "--output", "r.txt", "--fail-on", "never"];
    let shown = run(&folder, &[&["--fix", "--diff"][..], &reports].concat()).exits(0);
    assert!(shown.stdout.starts_with("--- a/polity.yaml\n"), "{shown}");
    let report: serde_json::Value = serde_json::from_str(&folder.read("r.json")).unwrap();
    assert_eq!((report["summary"]["error"].as_u64(), &report["result"]["failed"]), (Some(3), &false.into()));
    assert!(folder.read("r.txt").contains("3 findings (3 errors)"));
    run(&folder, &[&["--fix"][..], &reports].concat()).exits(0);
    assert!(folder.read("r.txt").contains("2 findings (2 errors)"));
}

#[test]
fn what_another_repair_makes_possible_is_made_in_the_same_run() {
    let rule = r#"deny contains {"message": key, "path": "a.yaml", "at": [key], "fix": {"does": "d", "safe": true, "edits": [{"path": "a.yaml", "set": [key, "x"], "to": 1}]}} if {
	some key, value in repo.yaml("a.yaml")[0]
	not value.x
}"#;
    let folder = with_rule(rule).file("a.yaml", "a: &a {b: 1}\nc:\n  <<: *a\n  d: 1\n");
    let said = run(&folder, &["--fix"]).exits(0);
    assert!(said.stderr.ends_with("repaired 2 findings in 1 file\n"), "{said}");
    assert_eq!(folder.read("a.yaml"), "a: &a {b: 1, x: 1}\nc:\n  <<: *a\n  d: 1\n  x: 1\n");
}

#[test]
fn null_is_a_value_like_any_other() {
    let rule = r#"deny contains {"message": "x is set", "path": path, "at": ["x"], "fix": {"does": "unset it", "safe": true, "edits": [{"path": path, "set": ["x"], "to": null}]}} if {
	some path in repo.glob("*.{yaml,json,toml}")
	count(repo.matches(path, "7")) > 0
}"#;
    let folder = with_rule(rule).file("a.yaml", "x: 7 # one\n").file("a.json", "{\"x\": 7}\n").file("a.toml", "x = 7\n");
    let said = run(&folder, &["--fix"]).exits(1);
    assert!(said.stderr.contains("not repaired probe: a.toml: TOML has no null\n"), "{said}");
    assert_eq!((folder.read("a.yaml"), folder.read("a.json")), ("x: null # one\n".to_owned(), "{\"x\": null}\n".to_owned()));
}

#[test]
fn json_with_comments_is_read_and_edited() {
    let rule = r#"deny contains {"message": "old", "path": path, "at": ["old"], "fix": {"does": "renew it", "safe": true, "edits": [
	{"path": path, "remove": ["old"]}, {"path": path, "set": ["options", "strict"], "to": true},
]}} if {
	some path in repo.glob("*.jsonc")
	repo.json(path).old
}

deny contains {"message": "lax", "path": path, "line": hit.line, "fix": {"does": "be strict", "safe": true, "edits": [
	{"path": path, "set": ["strict"], "to": true},
]}} if {
	some path in repo.glob("*.json")
	some hit in repo.matches(path, `"strict": false`)
}"#;
    let text = "// ours {\n{\n\t\"old\": 1, // gone?\n\t\"options\": {\n\t\t\"a\": [1, /* } */ 2,], // all\n\t},\n}\n";
    let folder = with_rule(rule).file("a.jsonc", text).file("tsconfig.json", "{\n  /* ours */\n  \"strict\": false, // for now\n}\n");
    let said = run(&folder, &["--fix"]).exits(0);
    assert!(said.stderr.ends_with("repaired 2 findings in 2 files\n"), "{said}");
    let expected = "// ours {\n{\n\t// gone?\n\t\"options\": {\n\t\t\"a\": [1, /* } */ 2,], // all\n\t\t\"strict\": true,\n\t},\n}\n";
    assert_eq!(folder.read("a.jsonc"), expected);
    assert_eq!(folder.read("tsconfig.json"), "{\n  /* ours */\n  \"strict\": true, // for now\n}\n");
}

#[test]
fn safe_fixes_are_made_and_the_others_when_asked() {
    let folder = sample();
    let first = run(&folder, &["--fix"]).exits(1);
    assert!(first.stderr.ends_with("repaired 1 finding in 1 file\n") && first.stdout.contains("2 findings (2 errors)"), "{first}");
    assert_eq!(folder.read("polity.yaml"), "# ours\nservice: # the service\n  name: orders   # fixed\n  owner: platform\n");
    let second = run(&folder, &["--fix", "--unsafe"]).exits(1);
    assert!(second.stderr.contains("repaired 1 finding in 1 file") && second.stdout.contains("1 finding (1 error)"), "{second}");
    assert_eq!(folder.read("docs/NOTES.md"), "# Notes on orders\n");
    let third = run(&folder, &["--fix", "--unsafe", "--diff"]).exits(1);
    assert!(third.stdout.is_empty() && third.stderr.ends_with("would repair 0 findings in 0 files\n"), "{third}");
    for wrong in ["--unsafe", "--diff"] {
        assert!(run(&folder, &[wrong]).exits(2).stderr.contains("--fix"));
    }
}

#[test]
fn fixes_of_several_policies_in_one_file_combine() {
    let rule = |key: &str| {
        format!(
            r#"package polity
deny contains {{"message": "no {key}", "path": "a.yaml", "fix": {{"does": "set it", "safe": true, "edits": [{{"path": "a.yaml", "set": ["x", "{key}"], "to": 1}}]}}}} if not repo.yaml("a.yaml")[0].x.{key}
deny contains {{"message": "old {key}", "path": "a.yaml", "line": h.line, "fix": {{"does": "rename it", "safe": true, "edits": [{{"path": "a.yaml", "line": h.line, "column": h.column, "end_column": h.end_column, "replace": "new{key}"}}]}}}} if some h in repo.matches("a.yaml", "old{key}")
"#
        )
    };
    let mut folder = repo().file(".polityignore", "rules/\n").file("a.yaml", "# oldp oldq\nx:\n  a: 1 # one\nz: 2 # oldp\n");
    for key in ["p", "q"] {
        folder = folder.file(&format!("rules/{key}/policy.yaml"), "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\n");
        folder = folder.file(&format!("rules/{key}/policy.rego"), rule(key));
    }
    let run = folder.run(&["check", "--policies", "rules", "--policy", "p", "--policy", "q", "--fix"]).exits(0);
    assert!(run.stderr.ends_with("repaired 5 findings in 1 file\n"), "{run}");
    assert_eq!(folder.read("a.yaml"), "# newp newq\nx:\n  a: 1 # one\n  p: 1\n  q: 1\nz: 2 # newp\n");
}

#[test]
fn what_does_not_hold_is_taken_back() {
    let useless = r#"deny contains {"message": "m", "path": "a.yaml", "fix": {"does": "d", "safe": true, "edits": [{"path": "a.yaml", "set": ["b"], "to": 1}]}} if repo.exists("a.yaml")
deny contains {"message": "n", "path": "b.yaml", "fix": {"does": "d", "safe": true, "edits": [{"path": "b.yaml", "after": 1, "insert": "x: ["}]}} if not repo.yaml("b.yaml")[0].x
deny contains {"message": "o", "path": "c.yaml", "fix": {"does": "e", "safe": true, "edits": [{"path": "c.yaml", "set": ["x"], "to": 1}]}} if not repo.yaml("c.yaml")[0].x
"#;
    let folder = with_rule(useless).file("a.yaml", "a: 1\n").file("b.yaml", "a: 1\n").file("c.yaml", "a: 1\n");
    let said = run(&folder, &["--fix"]).exits(1).stderr;
    assert!(said.contains("not repaired probe: a.yaml: the finding was still there\n"), "{said}");
    assert!(said.contains("not repaired probe: b.yaml: the "), "{said}");
    assert!(said.ends_with("repaired 1 finding in 1 file\n"), "{said}");
    assert_eq!((folder.read("a.yaml"), folder.read("b.yaml")), ("a: 1\n".to_owned(), "a: 1\n".to_owned()));
    assert_eq!(folder.read("c.yaml"), "a: 1\nx: 1\n");
}

#[test]
fn a_fix_that_is_in_its_own_way_is_mentioned() {
    let rule = r#"deny contains {"message": "m", "path": "a.txt", "fix": {"does": "d", "safe": true, "edits": [
	{"path": "a.txt", "line": 1, "column": 1, "end_column": 2, "replace": "x"},
	{"path": "a.txt", "line": 1, "column": 1, "end_column": 2, "replace": "y"},
]}} if repo.exists("a.txt")
deny contains {"message": "n", "path": "b.txt", "fix": {"does": "e", "safe": true, "edits": [{"path": "b.txt", "line": 1, "replace": "b"}]}} if repo.text("b.txt") == "a\n""#;
    let folder = with_rule(rule).file("a.txt", "a\n").file("b.txt", "a\n");
    let said = run(&folder, &["--fix"]).exits(1).stderr;
    assert!(said.contains("not repaired probe: a.txt: its own edits change the same lines\n"), "{said}");
    assert_eq!((folder.read("a.txt"), folder.read("b.txt")), ("a\n".to_owned(), "b\n".to_owned()));
}

#[test]
fn a_fix_of_the_wrong_shape_is_an_error_of_the_policy() {
    for (fix, said) in [
        (r#"{"does": "", "edits": []}"#, "`fix.does` is empty"),
        (r#"{"does": "d"}"#, "either `edits` or `layer`"),
        (r#"{"does": "d", "edits": [{"path": "../x", "after": 0, "insert": "x"}]}"#, "leaves the subject"),
        (r#"{"does": "d", "edits": [{"path": "x", "set": ["a"]}]}"#, "an edit has"),
        (r#"{"does": "d", "edits": [{"path": "x", "template": "no"}]}"#, "which the policy does not have"),
        (r#"{"does": "d", "edit": []}"#, "unknown field `edit`"),
        (r#"{"does": "d", "edits": [{"path": "x", "line": 1, "column": 2, "replace": ""}]}"#, "`column` without `end_column`: add"),
        (r#"{"does": "d", "edits": [{"path": "x", "line": 1, "end_column": 2, "replace": ""}]}"#, "`end_column` without `column`: add"),
        (r#"{"does": "d", "edits": [{"path": "x", "line": 1, "column": 3, "end_column": 2, "replace": ""}]}"#, "from column 3 to 2"),
        (r#"{"does": "d", "edits": [{"path": "x", "set": ["a"], "to": 1, "column": 1, "end_column": 2}]}"#, "columns without `replace`"),
    ] {
        let folder = with_rule(&format!(r#"deny contains {{"message": "m", "fix": {fix}}} if not repo.exists("x")"#));
        let run = run(&folder, &[]).exits(3);
        assert!(run.stderr.contains(said) && run.stderr.contains("rules/probe/policy.rego:"), "{said} in {run}");
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_links_or_outside() {
    let rule = r#"deny contains {"message": "m", "path": "l.yaml", "fix": {"does": "d", "safe": true, "edits": [{"path": "l.yaml", "set": ["b"], "to": 1}]}} if not repo.yaml("l.yaml")[0].b
deny contains {"message": "n", "path": "polity.yaml", "fix": {"does": "d", "safe": true, "edits": [{"path": ".git/hooks/x", "after": 0, "insert": "x"}]}} if not repo.exists("n")"#;
    let folder = with_rule(rule).file("real.yaml", "a: 1\n");
    std::os::unix::fs::symlink("real.yaml", folder.path("l.yaml")).unwrap();
    let run = run(&folder, &["--fix"]).exits(1);
    assert!(run.stderr.contains("lies in a `.git` directory") && run.stderr.ends_with("repaired 0 findings in 0 files\n"), "{run}");
    assert_eq!(folder.read("real.yaml"), "a: 1\n");
}
