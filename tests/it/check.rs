//! `polity check` and `polity explain` on real folders: subjects, places, exit codes, and repositories and rules that mean harm.

use crate::support::{Repo, Run, repo};

const MANIFEST: &str = "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\n";

/// A folder with one policy `probe` in `rules/`, which `polity check` does not look at.
fn with_rule(body: &str) -> Repo {
    with_policy(MANIFEST, body)
}

fn with_policy(manifest: &str, body: &str) -> Repo {
    repo()
        .file("rules/probe/policy.yaml", manifest)
        .file("rules/probe/policy.rego", format!("package polity\n\n{body}\n"))
        .file(".polityignore", "rules/\n")
}

#[track_caller]
fn check(folder: &Repo) -> Run {
    folder.polity(["check", "--policies", "rules", "--policy", "probe"])
}

/// The JSON report.
#[track_caller]
fn json(folder: &Repo) -> serde_json::Value {
    let run = folder.polity(["check", "--policies", "rules", "--policy", "probe", "--format", "json"]);
    serde_json::from_str(&run.stdout).unwrap_or_else(|e| panic!("{e}\n{run}"))
}

/// What a rule saw, as the messages of its findings.
#[track_caller]
fn messages(folder: &Repo) -> Vec<String> {
    let report = json(folder);
    report["findings"].as_array().unwrap().iter().map(|f| f["message"].as_str().unwrap().to_owned()).collect()
}

const OWNER: &str = r#"deny contains finding if {
	not input.service.facts.service.owner
	finding := {
		"message": "service has no owning team",
		"path": "polity.yaml",
		"at": ["service", "owner"],
		"label": "`owner` is not set here",
		"help": "set `owner` to a team, for example `owner: payments`",
		"note": ["asked for by the baseline"],
		"also": [{"path": "notes.txt", "line": 2, "label": "it says so"}],
	}
}"#;

#[test]
fn a_finding_points_at_its_places() {
    let folder = with_rule(OWNER).file("polity.yaml", "# a service\nservice:\n  name: a\n").file("notes.txt", "one\n  two\n");
    insta::assert_snapshot!(check(&folder).exits(1), @r"
    exit: 1
    ----- stdout
    error[probe]: service has no owning team
     --> polity.yaml:2:1
      |
    2 | service:
      | ^^^^^^^ `owner` is not set here
      |
     ::: notes.txt:2:3
      |
    2 |   two
      |   --- it says so
      |
      = help: set `owner` to a team, for example `owner: payments`
      = note: asked for by the baseline

    1 finding (1 error) in 1 service, 1 policy
    hidden by `.polityignore`: 2 files; `--vacuity` says by which patterns
    ");
}

#[test]
fn nothing_found_is_said_and_ends_with_zero() {
    let folder = with_rule(OWNER).file("polity.yaml", "service: {name: a, owner: b}\n");
    insta::assert_snapshot!(check(&folder).exits(0), @r"
    exit: 0
    ----- stdout
    no findings in 1 service, 1 policy
    hidden by `.polityignore`: 2 files; `--vacuity` says by which patterns
    ");
    let quiet = folder.polity(["check", "-q", "--policies", "rules", "--policy", "probe"]).exits(0);
    assert_eq!(quiet.stdout, "");
}

#[test]
fn only_errors_fail_a_run() {
    for severity in ["warning", "advice"] {
        let folder = with_policy(&MANIFEST.replace("severity: error", &format!("severity: {severity}")), OWNER);
        let run = check(&folder.file("polity.yaml", "service: {name: a}\n")).exits(0);
        assert!(run.stdout.starts_with(severity), "{run}");
    }
}

#[test]
fn every_polity_yaml_is_the_root_of_a_service() {
    let body = r#"deny contains finding if {
	some path in repo.glob("**/*.txt")
	finding := {"message": sprintf("%s sees %s", [input.service.root, path]), "path": path}
}
deny contains {"message": sprintf("%s reads its neighbour", [input.service.root]), "path": "polity.yaml"} if repo.exists("../b/b.txt")
deny contains {"message": sprintf("%s reads what is nested in it", [input.service.root]), "path": "polity.yaml"} if repo.text("inner/i.txt")"#;
    let folder = with_rule(body)
        .file("a/polity.yaml", "service: {name: a}\n")
        .file("a/a.txt", "")
        .file("a/inner/polity.yaml", "service: {name: i}\n")
        .file("a/inner/i.txt", "")
        .file("b/polity.yaml", "service: {name: b}\n")
        .file("b/b.txt", "")
        .file("outside.txt", "");
    let report = json(&folder);
    let found: Vec<_> =
        report["findings"].as_array().unwrap().iter().map(|f| (f["service"].as_str().unwrap(), f["message"].as_str().unwrap())).collect();
    let outside = ("", " sees outside.txt");
    assert_eq!(found, [("a", "a sees a.txt"), ("a/inner", "a/inner sees i.txt"), ("b", "b sees b.txt"), outside]);
}

#[test]
fn a_repository_without_services_is_checked_as_one() {
    let body = r#"deny contains {"message": sprintf("described: %v, facts: %v", [input.service.described, input.service.facts])} if repo.exists("x")"#;
    let folder = with_rule(body).file("x", "");
    insta::assert_snapshot!(check(&folder).exits(1), @r"
    exit: 1
    ----- stdout
    error[probe]: described: false, facts: null

    1 finding (1 error) in a repository without `polity.yaml`, 1 policy
    hidden by `.polityignore`: 2 files; `--vacuity` says by which patterns
    ");
}

#[test]
fn what_belongs_to_no_service_is_judged_by_what_stands_in_it() {
    let body = r#"deny contains {"message": "a note is bad", "path": path} if {
	some path in repo.glob("**/*.txt")
	contains(repo.text(path), "bad")
}
deny contains {"message": "there is no owner", "path": "polity.yaml"} if not input.service.facts.service.owner
deny contains {"message": "there is no readme"} if not repo.exists("README.md")"#;
    let folder = with_rule(body)
        .file("a/polity.yaml", "service: {name: a, owner: o}\n")
        .file("a/README.md", "")
        .file("b/polity.yaml", "service: {name: b, owner: o}\n")
        .file("b/README.md", "")
        .file("b/b.txt", "bad");
    let services = |folder: &Repo| json(folder)["services"].clone();
    assert_eq!((messages(&folder), services(&folder).as_array().unwrap().len()), (vec!["a note is bad".to_owned()], 2));
    std::fs::remove_file(folder.path("b/polity.yaml")).unwrap();
    insta::assert_snapshot!(check(&folder).exits(1), @r"
    exit: 1
    ----- stdout
    error[probe]: a note is bad
     --> b/b.txt:1:1
      |
    1 | bad
      | ^

    1 finding (1 error) in 1 service, 1 policy
    hidden by `.polityignore`: 2 files; `--vacuity` says by which patterns
    ");
    assert_eq!(services(&folder), serde_json::json!([{"root": "", "described": false}, {"root": "a", "described": true}]));
    let idle = folder.file("b/b.txt", "good");
    let report = json(&idle);
    assert_eq!((&report["evaluations"][0]["root"], &report["evaluations"][0]["verdict"]), (&"".into(), &"not-applicable".into()));
    assert!(report["evaluations"][0]["reasons"][0].as_str().unwrap().starts_with("these files belong to no service"), "{report}");
    let described = idle.file("rules/probe/policy.yaml", format!("{MANIFEST}described: true\n")).file("b/b.txt", "bad");
    assert_eq!(json(&described)["evaluations"].as_array().unwrap().len(), 1, "what a service has to declare is nobody's here");
}

#[test]
fn a_file_that_is_called_nearly_like_a_description_is_named() {
    let rule = r#"deny contains {"message": "never"} if false"#;
    let folder = with_rule(rule).file("a/polity.yaml", "service: {name: a}\n").file("b/polity.yml", "service: {name: b}\n");
    insta::assert_snapshot!(check(&folder).exits(1), @r"
    exit: 1
    ----- stdout
    error[unreadable-evidence]: `polity.yml` is not read
    --> b/polity.yml
     = help: rename it to `polity.yaml`
     = note: nothing reads a file of this name; it has to be called `polity.yaml`

    1 finding (1 error) in 1 service, 1 policy
    hidden by `.polityignore`: 2 files; `--vacuity` says by which patterns
    ");
    check(&folder.file("b/polity.yaml", "service: {name: b}\n")).exits(0);
}

#[test]
fn what_a_service_is_called_says_nothing_of_its_files() {
    let body = r#"deny contains {"message": path} if {
	some path in repo.glob("**/Dockerfile")
	repo.runs(path)
}
deny contains {"message": hit.path} if some hit in repo.code("answer")
deny contains {"message": hit.path} if some hit in repo.search("**/*.md", "answer")
not_applicable contains "there is no Dockerfile" if count([path | some path in repo.glob("**/Dockerfile"); repo.runs(path)]) == 0"#;
    let folder = with_policy(&format!("{MANIFEST}subject: repository\n"), body)
        .file("services/test-runner/polity.yaml", "service: {name: a}\n")
        .file("services/test-runner/Dockerfile", "")
        .file("services/test-runner/docs/Dockerfile", "")
        .file("services/test-runner/test-data/inner/polity.yaml", "service: {name: b}\n")
        .file("services/test-runner/test-data/inner/Dockerfile", "")
        .file("target/polity.yaml", "service: {name: c}\n")
        .file("target/a.md", "answer")
        .file("target/target/a.md", "answer")
        .file("testing/polity.yaml", "service: {name: d}\n")
        .file("testing/a.py", "answer")
        .file("testing/tests/a.py", "answer")
        .file("docs/Dockerfile", "");
    let found = ["services/test-runner/Dockerfile", "services/test-runner/test-data/inner/Dockerfile", "target/a.md", "testing/a.py"];
    assert_eq!(messages(&folder), found);
    let aside = with_policy(&format!("{MANIFEST}subject: repository\n"), body).file("docs/Dockerfile", "").file("docs/b/Dockerfile", "");
    let reason = &json(&aside)["evaluations"][0]["reasons"][0];
    assert_eq!(reason, "there is no Dockerfile; left out for the names of their folders: `docs/Dockerfile` and 1 more file");
}

#[test]
fn a_policy_may_judge_the_repository_once() {
    let body = r#"deny contains {"message": concat(",", input.services), "path": "a/polity.yaml"} if repo.exists("b/polity.yaml")"#;
    let folder = with_policy(&format!("{MANIFEST}subject: repository\n"), body)
        .file("a/polity.yaml", "service: {name: a}\n")
        .file("b/polity.yaml", "service: {name: b}\n");
    assert_eq!(messages(&folder), ["a,b"]);
}

#[test]
fn a_descriptor_that_does_not_load_is_a_finding_and_the_rest_is_checked() {
    let folder = with_rule(OWNER).file("a/polity.yaml", "service: {name: a}\nonwer: b\n").file("b/polity.yaml", "service: {name: b}\n");
    insta::assert_snapshot!(check(&folder).exits(1), @r"
    exit: 1
    ----- stdout
    error[unreadable-evidence]: unknown key `onwer`
     --> a/polity.yaml:2:1
      |
    2 | onwer: b
      | ^^^^^ not a key of this file format
      |
      = help: the keys here are: service, owns, provides, consumes, dependencies, events, consistency, staleness, timeouts, partitioning, residency, metrics, slo, journeys, drills, policies, template
      = note: policies look at this service once its `polity.yaml` can be read

    error[probe]: service has no owning team
     --> b/polity.yaml:1:1
      |
    1 | service: {name: b}
      | ^^^^^^^ `owner` is not set here
     ::: b/notes.txt
      = help: set `owner` to a team, for example `owner: payments`
      = note: it says so
      = note: asked for by the baseline

    2 findings (2 errors) in 2 services, 1 policy
    verdicts: 1 fail, 1 unknown
    hidden by `.polityignore`: 2 files; `--vacuity` says by which patterns
    ");
}

#[test]
fn git_and_polityignore_say_what_is_not_looked_at() {
    let body = r#"deny contains {"message": path, "path": path} if some path in repo.glob("**")"#;
    let folder = with_rule(body).file(".gitignore", "target/\n").file("target/x", "").file("src/y", "");
    assert_eq!(messages(&folder), [".gitignore", ".polityignore", "src/y"]);
}

#[test]
fn a_folder_that_is_not_there_is_a_usage_error() {
    insta::assert_snapshot!(repo().polity(["check", "nowhere"]).exits(2), @r"
    exit: 2
    ----- stderr
    error: `nowhere` is not a folder
     |
     = help: name the folder of a repository or of a service
    ");
    insta::assert_snapshot!(with_rule(OWNER).polity(["check", "--policies", "rules", "--policy", "prob"]).exits(2), @r"
    exit: 2
    ----- stderr
    error: there is no policy `prob`
     |
     = help: did you mean `probe`?
    ");
    assert!(repo().file("empty/x", "").polity(["check", "--policies", "empty"]).exits(2).stderr.contains("no policy in `empty`"));
}

#[test]
fn a_rule_that_is_wrong_ends_the_run_with_a_place() {
    insta::assert_snapshot!(check(&with_rule("deny contains x if {\n\tx := \n}")).exits(3), @r"
    exit: 3
    ----- stderr
    error: rule does not compile
     --> rules/probe/policy.rego:4:4
      |
    4 |     x := 
      |       ^ expecting `}` while parsing set
    ");
    insta::assert_snapshot!(check(&with_rule("deny contains x if x := rand.intn(\"a\", 2)")).exits(3), @r#"
    exit: 3
    ----- stderr
    error: `rand.intn` is not available to policies
     --> rules/probe/policy.rego:3:25
      |
    3 | deny contains x if x := rand.intn("a", 2)
      |                         ^^^^^^^^^ a verdict may not depend on chance
      |
      = help: rules read the repository through `repo.…` and `input`
    "#);
    insta::assert_snapshot!(check(&with_rule("deny contains x if x := startswith(1, \"a\")")).exits(3), @r#"
    exit: 3
    ----- stderr
    error: policy `probe`: rule cannot be evaluated
     --> rules/probe/policy.rego:3:36
      |
    3 | deny contains x if x := startswith(1, "a")
      |                                    ^ `startswith` expects string argument. Got `1` instead
    "#);
    insta::assert_snapshot!(check(&with_rule("deny contains x if x := nothing.there(1)")).exits(3), @r"
    exit: 3
    ----- stderr
    error: policy `probe`: rule cannot be evaluated
     --> rules/probe/policy.rego:3:38
      |
    3 | deny contains x if x := nothing.there(1)
      |                                      ^ could not find function nothing.there
    ");
    insta::assert_snapshot!(check(&with_rule("deny contains x if x := repo.text(1)")).exits(3), @r"
    exit: 3
    ----- stderr
    error: policy `probe`: rule cannot be evaluated
     --> rules/probe/policy.rego:3:34
      |
    3 | deny contains x if x := repo.text(1)
      |                                  ^ `repo.text` wants a text as its argument 1
    ");
    insta::assert_snapshot!(check(&with_rule("deny contains {\"mesage\": \"m\"}")).exits(3), @r#"
    exit: 3
    ----- stderr
    error: policy `probe`: rule makes a finding of the wrong shape
     --> rules/probe/policy.rego:3:1
      |
    3 | deny contains {"mesage": "m"}
      | ^^^^ unknown field `mesage`, expected one of `message`, `help`, `note`, `also`, `path`, `at`, `document`, `line`, `column`, `end_column`, `label`, `redact`, `key`, `thing`, `fix`
      |
      = help: the keys of a finding are listed on the page `Rules: what a policy sees`
    "#);
    insta::assert_snapshot!(check(&with_rule("allow := true")).exits(3), @r"
    exit: 3
    ----- stderr
    error: rule has no `deny`
     --> rules/probe/policy.rego:1:1
      |
    1 | package polity
      | ^^^^^^^^^^^^^^ nothing is denied here
      |
      = help: write `deny contains finding if { … }`
    ");
}

#[test]
fn a_manifest_that_is_wrong_ends_the_run_with_a_place() {
    let folder = with_policy(&MANIFEST.replace("severity", "severty"), OWNER);
    insta::assert_snapshot!(check(&folder).exits(3), @r"
    exit: 3
    ----- stderr
    error: unknown key `severty`
     --> rules/probe/policy.yaml:3:1
      |
    3 | severty: error
      | ^^^^^^^ not a key of this file format
      |
      = help: did you mean `severity`?
    ");
}

#[test]
fn a_rule_without_end_is_stopped_and_is_no_pass() {
    let body = "deny contains x if {\n\tsome a in numbers.range(1, 1000000)\n\tsome b in numbers.range(1, 1000000)\n\ta + b == -1\n\tx := {\"message\": \"m\"}\n}";
    let began = std::time::Instant::now();
    insta::assert_snapshot!(check(&with_rule(body)).exits(3), @r"
    exit: 3
    ----- stderr
    error: policy `probe`: rule did not end within 5 s
     --> rules/probe/policy.rego:3:1
      |
    3 | deny contains x if {
      | ^^^^ this rule
      |
      = help: look at fewer files, or let `repo.matches` do the search
    ");
    // Ten times the limit and the limit: what a machine may take that has no time for the rule.
    assert!(began.elapsed() < std::time::Duration::from_secs(60));
}

#[test]
fn a_list_without_end_is_refused() {
    let run = check(&with_rule("deny contains {\"message\": \"m\"} if count(numbers.range(1, 1000000000000)) > 3")).exits(3);
    assert!(run.stderr.contains("`numbers.range` would make more than 1000000 values"), "{run}");
}

#[test]
fn many_findings_are_printed_all() {
    let body = "deny contains {\"message\": sprintf(\"m%d\", [n])} if some n in numbers.range(1, 100000)";
    assert!(
        check(&with_rule(body))
            .exits(1)
            .stdout
            .contains("100000 findings (100000 errors) in a repository without `polity.yaml`, 1 policy\n")
    );
}

#[test]
fn nothing_outside_of_the_repository_can_be_read() {
    let body = r#"deny contains {"message": path} if {
	some path in ["../../../../etc/passwd", "/etc/passwd", "link", "a/../../x"]
	repo.text(path)
}
deny contains {"message": path} if some path in repo.glob("../**")"#;
    let folder = with_rule(body).file("a/b", "");
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/passwd", folder.path("link")).unwrap();
    assert_eq!(messages(&folder), ["file was not looked at"], "only the link is reported, as left out");
}

#[test]
fn text_of_every_kind_has_places() {
    let body = r##"deny contains f if {
	some path in ["c.json", "c.toml", "c.yaml"]
	some doc in docs(path)
	doc.a.b == 1
	f := {"message": path, "path": path, "at": ["a", "b"]}
}
docs(path) := [repo.json(path)] if endswith(path, ".json")
docs(path) := [repo.toml(path)] if endswith(path, ".toml")
docs(path) := repo.yaml(path) if endswith(path, ".yaml")
deny contains {"message": i.arguments, "path": "Dockerfile", "line": i.line} if {
	some i in repo.dockerfile("Dockerfile")
	i.instruction == "USER"
}
deny contains {"message": hit.text, "path": "t", "line": hit.line, "column": hit.column, "end_column": hit.end_column} if {
	some hit in repo.matches("t", `^k = \d+`)
}"##;
    let folder = with_rule(body)
        .file("c.json", "{\n \"a\": {\"b\": 1}}\r\n")
        .file("c.toml", "[a]\r\nb = 1\r\n")
        .file("c.yaml", "---\na: {b: 1}\n")
        .file("Dockerfile", "FROM x\r\nRUN a \\\r\n  b\r\nUSER 0\r\n")
        .file("t", "é k = 1\r\nk = 22\r\n");
    let report = json(&folder);
    let places: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| {
            let at = &f["locations"][0];
            format!(
                "{}:{}:{}-{} {}",
                at["path"].as_str().unwrap(),
                at["start"]["line"],
                at["start"]["column"],
                at["end"]["column"],
                f["message"]
            )
        })
        .collect();
    let expected =
        ["Dockerfile:4:1-7 \"0\"", "c.json:2:8-11 \"c.json\"", "c.toml:2:1-2 \"c.toml\"", "c.yaml:2:5-6 \"c.yaml\"", "t:2:1-7 \"k = 22\""];
    assert_eq!(places, expected);
}

#[test]
fn broken_data_of_a_test_is_passed_over_with_a_reason() {
    let body = r#"deny contains {"message": m.path} if some m in repo.manifests("**/*.yaml")"#;
    let folder = with_rule(body)
        .file("polity.yaml", "service: {name: a}\n")
        .file("deploy/a.yaml", "apiVersion: v1\nkind: A\n")
        .file("pkg/testdata/good.yaml", "apiVersion: v1\nkind: A\n")
        .file("pkg/testdata/broken.yaml", "apiVersion: v1\nkind: [\n");
    let report = json(&folder);
    assert_eq!(messages(&folder), ["deploy/a.yaml", "pkg/testdata/good.yaml"]);
    assert_eq!(report["left_out"][0]["path"], "pkg/testdata/broken.yaml");
    assert!(report["left_out"][0]["reason"].as_str().unwrap().starts_with("data of a test: "));
    // Environments are called `test` too.
    for path in ["deploy/broken.yaml", "overlays/test/broken.yaml", "environments/tests/broken.yaml"] {
        let elsewhere = with_rule(body).file("polity.yaml", "service: {name: a}\n").file(path, "apiVersion: v1\nkind: [\n");
        assert!(check(&elsewhere).exits(1).stdout.contains("unreadable-evidence"), "{path}");
    }
}

#[test]
fn many_files_are_searched_at_once() {
    let body = r#"deny contains {"message": sprintf("%s %s:%d:%d", [what, h.path, h.line, h.column])} if {
	some what, hits in {"code": repo.code(`get\(`), "tests": repo.tests(`get\(`), "all": repo.search("**/*.{js,md}", `get\(`)}
	some h in hits
}"#;
    let folder = with_rule(body)
        .file("polity.yaml", "service: {name: a}\n")
        .file("src/a.js", "one\n  get(1)\n")
        .file("src/a.test.js", "get(2)\n")
        .file("node_modules/b/b.js", "get(3)\n")
        .file("c.md", "get(4)\n")
        .file("d/polity.yaml", "service: {name: d}\n")
        .file("d/d.js", "get(5) get(6)\n");
    let mut found = messages(&folder);
    found.sort();
    assert_eq!(
        found,
        [
            "all c.md:1:1",
            "all d.js:1:1",
            "all d.js:1:8",
            "all src/a.js:2:3",
            "all src/a.test.js:1:1",
            "code d.js:1:1",
            "code d.js:1:8",
            "code src/a.js:2:3",
            "tests src/a.test.js:1:1"
        ]
    );
}

#[test]
fn a_column_past_the_end_of_a_line_is_its_end() {
    let body = r#"deny contains {"message": "m", "path": "t", "line": 1, "column": 2, "end_column": 3, "fix": fix} if {
	not contains(repo.text("t"), "!")
	fix := {"does": "end it", "safe": true, "edits": [{"path": "t", "line": 1, "column": 8, "end_column": 900, "replace": "!"}]}
}"#;
    for (text, fixed, shown) in
        [("é", "é!", "1 | é"), ("é\n", "é!\n", "1 | é"), ("e\n", "e!\n", "1 | e"), ("éé\nb\n", "éé!\nb\n", "1 | éé")]
    {
        let folder = with_rule(body).file("t", text);
        let run = folder.polity(["check", "--policies", "rules", "--policy", "probe"]).exits(1);
        assert!(run.stdout.contains(" --> t:1:2\n") && run.stdout.contains(shown), "{run}");
        folder.polity(["check", "--policies", "rules", "--policy", "probe", "--fix"]).exits(0);
        assert_eq!(folder.read("t"), fixed);
    }
}

#[test]
fn a_secret_is_not_spread_by_its_report() {
    let body = r#"deny contains {"message": "secret", "path": "k", "line": h.line, "column": h.column, "end_column": h.end_column, "redact": true} if some h in repo.matches("k", `AKIA\w+`)"#;
    let folder = with_rule(body).file("k", "key = AKIA0123456789 # x\n");
    for format in ["human", "json", "sarif"] {
        let run = folder.polity(["check", "--policies", "rules", "--policy", "probe", "--format", format]).exits(1);
        assert!(run.stdout.contains("key = AKIA********** # x") && !run.stdout.contains("0123"), "{run}");
    }
}

#[test]
fn evidence_that_cannot_be_read_is_never_silence() {
    let body = r#"deny contains {"message": "seen"} if repo.yaml("broken.yaml")
deny contains {"message": "seen"} if repo.json("twice.json")
deny contains {"message": "seen"} if repo.text("latin1.txt")
deny contains {"message": "seen"} if repo.text("large.txt")
deny contains {"message": "seen"} if repo.yaml("bomb.yaml")
deny contains {"message": "seen"} if repo.yaml("deep.yaml")
deny contains {"message": "seen"} if repo.text("dangling")"#;
    let bomb: String = (1..12).map(|i| format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(", "))).collect();
    let folder = with_rule(body)
        .file("broken.yaml", "a: [1, 2\nb: 3\n")
        .file("twice.json", "{\"a\": 1,\n \"a\": 2}")
        .file("latin1.txt", b"caf\xe9\n")
        .file("bomb.yaml", format!("a0: &a0 x\n{bomb}"))
        .file("deep.yaml", "[".repeat(100_000));
    std::fs::File::create(folder.path("large.txt")).unwrap().set_len(100 << 20).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", folder.path("dangling")).unwrap();
    let report = json(&folder);
    let found: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| {
            format!(
                "{} {}: {}",
                f["severity"].as_str().unwrap(),
                f["locations"][0]["path"].as_str().unwrap(),
                f["message"].as_str().unwrap()
            )
        })
        .collect();
    insta::assert_snapshot!(found.join("\n"), @r"
    error bomb.yaml: file has too many values
    error broken.yaml: file is not valid YAML
    error dangling: file was not looked at
    error deep.yaml: file is not valid YAML
    error large.txt: file is too large to be checked
    error latin1.txt: file is not UTF-8 text
    error twice.json: key `a` is set twice
    ");
}

#[test]
fn a_search_reads_other_encodings_and_binaries() {
    let body = r#"deny contains {"message": sprintf("%s:%d", [path, h.line]), "path": path, "line": h.line, "column": h.column} if {
	some path in repo.glob("data/**")
	some h in repo.matches(path, `key`)
}"#;
    let folder = with_rule(body).file("data/latin1", b"caf\xe9\nkey\n").file("data/binary", b"key\0key\n").file("data/ké y\t", "key");
    assert_eq!(messages(&folder), ["data/binary:1", "data/binary:1", "data/ké y\t:1", "data/latin1:2"]);
}

#[cfg(target_os = "linux")]
#[test]
fn odd_names_and_closed_folders_are_named() {
    use std::os::unix::ffi::OsStrExt as _;
    let body = r#"deny contains {"message": path, "path": path} if some path in repo.glob("d/**")"#;
    let folder = with_rule(body).file("d/ok", "");
    std::fs::write(folder.path("d").join(std::ffi::OsStr::from_bytes(b"bad\xff")), "x").unwrap();
    let report = json(&folder);
    assert_eq!(report["left_out"][0]["reason"], "the name is not UTF-8");
    assert_eq!(
        messages(&folder),
        ["file was not looked at", "ok"].map(str::to_owned).map(|m| if m == "ok" { "d/ok".to_owned() } else { m })
    );
}

#[test]
fn threads_do_not_change_the_report() {
    let body = r#"deny contains {"message": sprintf("%s %d", [path, h.line]), "path": path, "line": h.line} if {
	some path in repo.glob("**/*.txt")
	some h in repo.matches(path, `x`)
}
deny contains {"message": "seen"} if { some path in repo.glob("**/*.yaml"); repo.yaml(path) == [1] }"#;
    let mut folder = with_rule(body);
    for i in 0..40 {
        folder = folder
            .file(&format!("s{i}/polity.yaml"), format!("service: {{name: s{i}}}\n"))
            .file(&format!("s{i}/a.txt"), "x\ny\nx\n")
            .file(&format!("s{i}/b.yaml"), "a: [\n");
    }
    let with_threads = |number: &str| {
        let args = ["check", "--policies", "rules", "--policy", "probe", "--format", "json"];
        folder.command(&args).env("RAYON_NUM_THREADS", number).output().unwrap().stdout
    };
    let first = with_threads("1");
    assert_eq!(String::from_utf8_lossy(&first).matches("\"policy\": \"unreadable-evidence\"").count(), 40);
    // The child that evaluates strangers' rules has room for the threads of a large machine.
    for number in ["2", "8", "8", "64"] {
        assert!(first == with_threads(number), "{number} threads");
    }
}

#[test]
fn explain_shows_the_page_of_a_policy() {
    let run = repo().polity(["explain", "unreadable-evidence"]).exits(0);
    assert!(run.stdout.contains("\nWHAT IT CHECKS\n") && run.stdout.contains("\nHOW TO WAIVE\n"), "{run}");
    let run = repo().polity(["explain", "unreadable-evidence", "--format", "json"]).exits(0);
    let page: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(page["sections"].as_array().unwrap().len(), 7);
    assert!(repo().polity(["explain", "nothing-like-it"]).exits(2).stderr.contains("there is no policy `nothing-like-it`"));
}

#[test]
fn what_is_too_large_for_its_kind_is_unknown_and_ends_no_check() {
    let stages: String = (0..1001).map(|n| format!("FROM s{} AS s{n}\n", n + 1)).collect();
    let keys: String = (0..500_000).map(|n| format!("k{n}=1\n")).collect();
    let folder = repo().file("Dockerfile", stages).file("Cargo.toml", keys);
    let rule = "package polity\ndeny contains {\"message\": \"m\"} if count(repo.toml(\"Cargo.toml\")) > 9\n";
    let manifest = "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\nsubject: repository\n";
    let folder = folder.file("rules/toml/policy.yaml", manifest).file("rules/toml/policy.rego", rule).file(".polityignore", "rules/\n");
    let run = folder.polity(["check", "--policies", "rules", "--policy", "toml", "--policy", "unpinned-image"]).exits(1);
    for (file, why) in [("Cargo.toml", "and TOML may have 4194304"), ("Dockerfile", "it has more than 1000 stages")] {
        let said = format!("[unreadable-evidence]: file is too large to be checked\n--> {file}\n = note: ");
        assert!(run.stdout.contains(&said) && run.stdout.contains(why), "{run}");
    }
    assert!(run.stdout.contains("2 unknown"), "{run}");
}
