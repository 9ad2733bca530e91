//! The formats of `polity check`: what each reader is promised, and that names and messages cannot break out of any of them.

use serde_json::{Value, json};

use crate::support::{Repo, repo};

const RULE: &str = r#"package polity

deny contains {"message": "work is left in `x` for @org/all", "path": path, "line": hit.line, "column": hit.column, "end_column": hit.end_column, "label": "<b>here</b>", "help": "do | it"} if {
	some path in repo.glob("**/*.txt")
	some hit in repo.matches(path, `TODO`)
}
"#;

/// Two services, one of them with a name that tries every way out.
fn sample(severity: &str) -> Repo {
    let manifest = format!("version: 1.0.0\ntitle: work is left\nseverity: {severity}\nowner: o\n");
    repo()
        .file("rules/work-left/policy.yaml", manifest)
        .file("rules/work-left/policy.rego", RULE)
        .file(".polityignore", "rules/\nreports/\n")
        .file("a/polity.yaml", "service: {name: orders, owner: \"<script>alert(1)</script> | @org/team\"}\n")
        .file("a/x::y,z%\n|`<img src=x>`.txt", "é TODO\nTODO\n")
        .file("b/polity.yaml", "service: {name: billing}\n")
}

#[track_caller]
fn check(folder: &Repo, format: &str) -> String {
    let output = folder.command(&["check", "--policies", "rules", "--policy", "work-left", "--format", format]).output().unwrap();
    assert!(output.status.code() <= Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn github_annotations_are_one_command_each() {
    let text = check(&sample("error"), "github");
    insta::assert_snapshot!(text, @r"
    ::error file=a/x%3A%3Ay%2Cz%25%0A|`<img src=x>`.txt,line=1,endLine=1,col=3,endColumn=7,title=work-left::work is left in `x` for @org/all: <b>here</b>%0Ahelp: do | it
    ::error file=a/x%3A%3Ay%2Cz%25%0A|`<img src=x>`.txt,line=2,endLine=2,col=1,endColumn=5,title=work-left::work is left in `x` for @org/all: <b>here</b>%0Ahelp: do | it
    ::notice title=not looked at::2 files are hidden from every policy by `rules/` of `.polityignore`
    2 findings (2 errors) in 2 services, 1 policy
    ");
    let advice = check(&sample("advice"), "github");
    assert!(advice.starts_with("::notice file="), "{advice}");
}

#[test]
fn github_shows_ten_of_a_kind_and_the_log_says_so() {
    let folder = sample("warning").file("b/more.txt", "TODO\n".repeat(20));
    let text = check(&folder, "github");
    assert_eq!(text.lines().filter(|line| line.starts_with("::warning ")).count(), 22);
    assert!(text.contains("\nGitHub shows 10 of these 22 annotations of the kind warning\n"), "{text}");
}

/// What GitLab documents of its format: <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>.
fn gitlab_schema() -> Value {
    json!({
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "properties": {
                "description": {"type": "string", "minLength": 1},
                "check_name": {"type": "string", "minLength": 1},
                "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "type": "object",
                    "required": ["path", "lines"],
                    "properties": {
                        "path": {"type": "string", "minLength": 1, "not": {"pattern": "^\\./"}},
                        "lines": {"type": "object", "required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}}},
                    },
                },
            },
        },
    })
}

#[test]
fn gitlab_reports_are_what_gitlab_documents() {
    let validator = jsonschema::validator_for(&gitlab_schema()).unwrap();
    for severity in ["error", "warning", "advice"] {
        let report: Value = serde_json::from_str(&check(&sample(severity), "gitlab")).unwrap();
        assert_eq!(report.as_array().unwrap().len(), 2);
        let errors: Vec<_> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    let report = check(
        &repo()
            .file("rules/work-left/policy.yaml", "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\n")
            .file("rules/work-left/policy.rego", "package polity\ndeny contains {\"message\": \"m\"} if not repo.exists(\"x\")\n"),
        "gitlab",
    );
    let report: Value = serde_json::from_str(&report).unwrap();
    assert!(validator.is_valid(&report) && report[0]["location"]["path"] == ".", "{report}");
    assert!(!validator.is_valid(&json!([{"description": "d"}])));
}

#[test]
fn every_format_has_the_same_fingerprints() {
    let folder = sample("error");
    let prints = |format: &str, pointer: &str, name: &str| -> Vec<String> {
        let report: Value = serde_json::from_str(&check(&folder, format)).unwrap();
        let items = report.pointer(pointer).unwrap().as_array().unwrap().clone();
        items.iter().map(|item| item.pointer(name).unwrap().as_str().unwrap().to_owned()).collect()
    };
    let first = prints("json", "/findings", "/fingerprint");
    assert_eq!(prints("gitlab", "", "/fingerprint"), first);
    assert_eq!(prints("sarif", "/runs/0/results", "/partialFingerprints/polity~1v1"), first);
}

#[test]
fn junit_has_a_case_for_each_policy_and_service() {
    let text = check(&sample("error"), "junit");
    let document = roxmltree::Document::parse(&text).unwrap();
    let all = |name: &'static str| document.descendants().filter(move |node| node.has_tag_name(name));
    let suites: Vec<_> =
        all("testsuite").map(|suite| (suite.attribute("name"), suite.attribute("tests"), suite.attribute("failures"))).collect();
    let hidden = (Some("not looked at"), Some("0"), Some("0"));
    assert_eq!(suites, [(Some("orders"), Some("1"), Some("1")), (Some("billing"), Some("1"), Some("0")), hidden]);
    let failure = all("failure").next().unwrap();
    assert_eq!(failure.attribute("message"), Some("work is left in `x` for @org/all"));
    assert!(failure.text().unwrap().contains("|`<img src=x>`.txt:1:3: error: work is left"), "{text}");
    let text = check(&sample("warning"), "junit");
    let document = roxmltree::Document::parse(&text).unwrap();
    assert!(!document.descendants().any(|node| node.has_tag_name("failure")), "a warning fails no run, so no test");
    assert!(document.descendants().any(|node| node.has_tag_name("system-out")), "{text}");
}

/// Every place of the bar in each combination is a unit test; here the process itself ends as its reports say.
#[test]
fn the_exit_code_is_what_every_format_says() {
    let unreadable = sample("advice").file("b/broken.txt", "x").file("b/polity.yaml", "service: {name: billing, nmae: x}\n");
    let (error, warning, schema) = (sample("error"), sample("warning"), crate::sarif::schema());
    let runs: [(&Repo, &[&str], i32); 9] = [
        (&error, &[], 1),
        (&error, &["--fail-on", "never"], 0),
        (&error, &["--max-warnings", "0"], 1),
        (&warning, &[], 0),
        (&warning, &["--max-warnings", "2"], 0),
        (&warning, &["--max-warnings", "1"], 1),
        (&warning, &["--fail-on", "warning"], 1),
        (&unreadable, &[], 1),
        (&unreadable, &["--fail-on", "never"], 0),
    ];
    for (folder, more, code) in runs {
        let base = ["check", "--policies", "rules", "--policy", "work-left", "--report", "junit=r.xml", "--report", "markdown=r.md"];
        let reports = ["--report", "json=r.json", "--report", "sarif=r.sarif", "--report", "github=r.log", "--report", "html=r.html"];
        let run = folder.run(&[&base[..], &reports, more].concat()).exits(code);
        let (cases, comment) = (folder.read("r.xml"), folder.read("r.md"));
        assert_eq!(cases.contains("<failure") || cases.contains("<error"), code == 1, "{more:?}: {cases}");
        let value: Value = serde_json::from_str(&folder.read("r.json")).unwrap();
        assert_eq!(value["result"]["failed"], code == 1, "{more:?}");
        let log: Value = serde_json::from_str(&folder.read("r.sarif")).unwrap();
        crate::sarif::valid(&schema, &log);
        let invocation = &log["runs"][0]["invocations"][0];
        assert_eq!((invocation["exitCode"].as_i64(), &invocation["executionSuccessful"]), (Some(code.into()), &json!(true)), "{more:?}");
        let ending = invocation["exitCodeDescription"].as_str().unwrap();
        assert!(ending.starts_with(if code == 1 { "failed: " } else { "passed" }), "{more:?}: {ending}");
        let remark = run.stdout.lines().find(|line| line.starts_with("failed: ") || line.starts_with("passed: "));
        if let Some(remark) = remark {
            assert!(comment.lines().nth(1).unwrap().ends_with(remark), "{comment}");
            assert!(folder.read("r.log").ends_with(&format!("; {remark}\n")) && folder.read("r.html").contains(&format!("; {remark}</p>")));
            let notification = &invocation["toolExecutionNotifications"][0];
            assert_eq!(notification["message"]["text"], remark);
            assert_eq!(notification["level"], if code == 1 { "warning" } else { "note" });
        }
        assert_eq!(remark.is_some(), (code == 1) != run.stdout.contains(" error"), "{more:?}: {run}");
    }
    let many = warning.run(&["check", "--policies", "rules", "--policy", "work-left", "--format", "junit", "--max-warnings", "1"]);
    let message = "2 warnings are more than the 1 that `--max-warnings` allows";
    assert!(
        many.stdout.contains(&format!(
            "<testcase classname=\"polity\" name=\"max-warnings\" time=\"0\">\n      <failure type=\"warning\" message=\"{message}\"/>"
        )),
        "{many}"
    );
}

#[test]
fn a_comment_fits_and_holds_nothing_of_strangers_but_text() {
    let text = check(&sample("error"), "markdown");
    insta::assert_snapshot!(text.replace('\u{200b}', "(ZWSP)"), @r"
    <!-- polity-check -->
    ## polity: 2 errors

    | service | owner | policies held | errors | warnings | advice | waived |
    |---|---|--:|--:|--:|--:|--:|
    | <code>orders</code> | &#60;script&#62;alert(1)&#60;/script&#62; &#124; &#64;(ZWSP)org/team | 0 of 1 | 2 | 0 | 0 | 0 |
    | <code>billing</code> | – | 1 of 1 | 0 | 0 | 0 | 0 |

    - 2 files are hidden from every policy by <code>rules/</code> of <code>&#46;polityignore</code>

    <details open><summary>2 errors</summary>

    - <code>a/x&#58;&#58;y,z% &#124;&#96;&#60;img src&#61;x&#62;&#96;&#46;txt&#58;1</code> **work-left**: work is left in <code>x</code> for &#64;(ZWSP)org/all; do &#124; it
    - <code>a/x&#58;&#58;y,z% &#124;&#96;&#60;img src&#61;x&#62;&#96;&#46;txt&#58;2</code> **work-left**: work is left in <code>x</code> for &#64;(ZWSP)org/all; do &#124; it

    </details>

    <sub>2 findings (2 errors) in 2 services, 1 policy; `polity explain ID` says why a policy exists.</sub>
    ");
    let folder = sample("error")
        .file("b/more.txt", "TODO\n".repeat(1000))
        .file("b/polity.yaml", format!("service: {{name: {}}}\n", "n".repeat(9000)));
    let text = check(&folder, "markdown");
    assert!(text.len() <= 65_536 && text.len() > 60_000, "{}", text.len());
    assert!(
        text.contains("more findings are not shown: this comment is full.") && text.ends_with("why a policy exists.</sub>\n"),
        "{text}"
    );
    assert_eq!(text.matches("<details").count(), text.matches("</details>").count());
}

#[test]
fn the_page_holds_nothing_of_strangers_but_text() {
    let text = check(&sample("error"), "html");
    assert!(text.starts_with("<!doctype html>") && text.ends_with("</html>\n"));
    for markup in ["<img", "<b>here", "alert(1)</script>"] {
        assert!(!text.contains(markup), "{markup} in {text}");
    }
    assert!(text.contains("&lt;script&gt;alert(1)&lt;/script&gt; | @org/team"));
    assert_eq!(text.matches("<script").count(), 1);
    assert!(!text.contains(" style=") && !text.contains(" onclick") && !text.contains("http://"), "the security policy forbids them");
    let many = check(&sample("error").file("b/more.txt", "TODO\n".repeat(1000)), "html");
    assert!(many.contains("800 more findings; ") && many.len() < 1_000_000);
}

#[test]
fn one_run_writes_several_formats_to_files() {
    let folder = sample("error");
    let base = ["check", "--policies", "rules", "--policy", "work-left"];
    let run =
        folder.run(&[&base[..], &["--report", "sarif=reports/a.sarif", "--report", "html=reports/a.html", "--quiet"]].concat()).exits(1);
    assert!(run.stdout.starts_with("error[work-left]: work is left"), "{run}");
    assert!(folder.read("reports/a.sarif").starts_with("{\n") && folder.read("reports/a.html").starts_with("<!doctype"));
    let run = folder.run(&[&base[..], &["--format", "junit", "--output", "reports/a.xml"]].concat()).exits(1);
    assert!(run.stdout.is_empty() && folder.read("reports/a.xml").starts_with("<?xml"), "{run}");
    assert_eq!(folder.files("reports"), ["a.html", "a.sarif", "a.xml"]);
    for (wrong, said) in [("sarif", "write FORMAT=FILE"), ("nope=x", "nope"), ("json=", "no name")] {
        assert!(folder.run(&["check", "--report", wrong]).exits(2).stderr.contains(said));
    }
    std::fs::create_dir(folder.path("folder")).unwrap();
    let run = folder.run(&[&base[..], &["--output", "folder"]].concat()).exits(4);
    assert!(run.stderr.contains("cannot write `folder`"), "{run}");
}

#[test]
fn two_results_never_share_a_file_nor_stand_where_polity_reads() {
    let folder = sample("error").file("polity.lock", "").file("waivers/w.yaml", "x");
    let wrong = |args: &[&str], said: &str| {
        let run = folder.run(&[&["check", "--policies", "rules", "--policy", "work-left"], args].concat()).exits(2);
        assert!(run.stderr.contains(said) && run.stdout.is_empty(), "{run}");
    };
    wrong(&["--report", "sarif=out", "--output", "./a/../out"], "two results are to go to `./a/../out`");
    wrong(&["--report", "sarif=new/out", "--report", "html=new/out"], "two results are to go to `new/out`");
    for own in
        ["a/polity.yaml", "polity.lock", "polity.federation.yaml", ".polity-baseline.yaml", "waivers/w.yaml", "rules/work-left/policy.rego"]
    {
        wrong(&["--output", own], "is a file by which polity goes");
        wrong(&["--report", &format!("json={own}")], "is a file by which polity goes");
    }
    assert_eq!((folder.read("waivers/w.yaml"), folder.read("polity.lock")), ("x".to_owned(), String::new()));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("polity.lock", folder.path("link")).unwrap();
        wrong(&["--output", "link"], "`link` is a file by which polity goes");
        std::fs::remove_file(folder.path("polity.lock")).unwrap();
        std::fs::remove_file(folder.path("link")).unwrap();
        std::fs::remove_file(folder.path("waivers/w.yaml")).unwrap();
        folder
            .polity(["check", "--policies", "rules", "--policy", "work-left", "--report", "json=/dev/null", "--output", "/dev/null"])
            .exits(1);
    }
}

#[test]
fn annotations_name_files_as_seen_from_where_polity_was_started() {
    let folder = sample("error").file("b/left.txt", "TODO\n");
    let run = folder.run(&["check", "b", "--policies", "rules", "--policy", "work-left", "--format", "github"]).exits(1);
    assert!(run.stdout.starts_with("::error file=b/left.txt,line=1"), "{run}");
    let run = folder.run(&["check", "b", "--policies", "rules", "--policy", "work-left", "--format", "sarif"]).exits(1);
    assert!(run.stdout.contains("\"uri\": \"b/left.txt\""), "{run}");
}

#[test]
fn no_format_shows_a_secret() {
    let manifest = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData:\n  password: |\n    hunter-one\n    hunter-two\ndata: {api-token: aHVudGVyLXRocmVl, db-password: aHVudGVyLWZvdXI=}\n";
    let pod = "kind: Pod\napiVersion: v1\nspec:\n  containers:\n    - name: c\n      env:\n        - {name: DB_PASSWORD, value: hunter-five}\n        - name: API_TOKEN\n          value: hunter-six\n";
    let folder = repo()
        .file("secret.yaml", manifest)
        .file("pod.yaml", pod)
        .file("min.json.yaml", r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"m"},"data":{"password":"aHVudGVyLXNldmVu","token":"aHVudGVyLWVpZ2h0"}}"#)
        .file("a/polity.yaml", "service: {name: a}\n")
        .file("b/polity.yaml", "service: {name: b}\n")
        .file("a/app.properties", "url=postgres://shop:hunter@nine@db.internal/shop\n")
        .file("b/app.properties", "url=jdbc:postgresql://db.internal/shop?user=shop&password=hunter-ten\n");
    for format in ["human", "json", "sarif", "github", "gitlab", "junit", "markdown", "html"] {
        let policies = ["--policy", "secret-in-manifest", "--policy", "shared-database"];
        let run = folder.run(&[&["check", "--format", format][..], &policies].concat()).exits(1);
        for secret in ["hunter-", "hunter@", "nine@", "aHVudGVyL", "dGhyZWU", "LWZvdXI"] {
            assert!(!run.to_string().contains(secret), "{secret} in {format}: {run}");
        }
        let found = ["secret-in-manifest", "shared-database"].map(|policy| run.stdout.matches(policy).count());
        // JUnit and HTML name each policy once, however often it found something.
        let least = if ["junit", "html"].contains(&format) { 1 } else { 6 };
        assert!(found[0] >= least && found[1] >= 1, "{format}: {run}");
    }
}

/// Each format makes its text a finding at a time; a slow suite does this with ninety thousand.
#[test]
fn every_format_prints_the_same_bytes_each_time() {
    let folder = sample("warning").file("b/line.txt", "é TODO ".repeat(200));
    for format in ["human", "json", "sarif", "github", "gitlab", "junit", "markdown", "html"] {
        let text = check(&folder, format);
        assert!(text.len() > 10_000, "{format}");
        assert_eq!(text, check(&folder, format), "{format}");
    }
}
