//! `polity conftest`: conftest's rules, counts, formats and exit codes, on policies of our own.

use crate::support::{Repo, Run, repo};

const PORTS: &str = "package main

deny contains msg if {
	input.port < 1024
	msg := sprintf(\"port %d is privileged\", [input.port])
}

deny contains {\"msg\": \"no owner\", \"severity\": \"high\", \"_loc\": {\"file\": \"a.yaml\", \"line\": 2}} if not input.owner

warn_name contains \"name is short\" if count(input.name) < 3
";

fn ports() -> Repo {
    repo()
        .file("policy/ports.rego", PORTS)
        .file("a.yaml", "name: ab\nport: 80\n")
        .file("b.json", r#"{"name": "abc", "port": 8080, "owner": "x"}"#)
}

fn test(folder: &Repo, args: &[&str]) -> Run {
    folder.run(&[&["conftest", "test"], args].concat())
}

#[test]
fn failures_and_warnings_are_counted_by_rule_and_document() {
    insta::assert_snapshot!(test(&ports(), &["a.yaml", "b.json"]), @r#"
    exit: 1
    ----- stdout
    WARN - a.yaml - main - name is short
    FAIL - a.yaml - main - port 80 is privileged
    FAIL - a.yaml - main - no owner

    6 tests, 3 passed, 1 warning, 2 failures, 0 exceptions
    "#);
}

#[test]
fn exit_codes_are_those_of_conftest() {
    let folder = ports().file("c.yaml", "name: ab\nport: 8080\nowner: x\n");
    for (args, code) in [
        (&["b.json"][..], 0),
        (&["a.yaml"], 1),
        (&["a.yaml", "--no-fail"], 0),
        (&["c.yaml"], 0),
        (&["c.yaml", "--fail-on-warn"], 1),
        (&["a.yaml", "--fail-on-warn"], 2),
        (&["a.yaml", "--namespace", "nowhere"], 0),
        (&["a.yaml", "-p", "missing"], 1),
        (&["missing.yaml"], 1),
        (&["b.json", "--quiet=false"], 0),
        (&[], 1),
        (&["a.yaml", "--nope"], 1),
        (&["a.yaml", "--output"], 1),
        (&["--help"], 0),
    ] {
        assert_eq!(test(&folder, args).code, code, "{args:?}");
    }
    for (args, code) in [(&["conftest", "nope"][..], 1), (&["conftest", "fmt"], 1), (&["conftest"], 0), (&["nope", "conftest"], 2)] {
        assert_eq!(folder.run(args).code, code, "{args:?}");
    }
}

#[test]
fn what_cannot_be_evaluated_is_never_a_pass() {
    let wrong = |policy: &str, part: &str| {
        let run = repo().file("policy/p.rego", policy).file("a.yaml", "x: 1\n").polity(["conftest", "test", "a.yaml"]).exits(1);
        assert!(run.stderr.contains("Error: "), "{run}");
        assert!(run.stderr.contains(part), "{policy}: {run}");
        assert_eq!(run.stdout, "", "{policy}");
    };
    wrong("package main\ndeny contains msg if {", "rego_parse_error");
    wrong("package main\ndeny[msg] { msg := 1 }", "rego_parse_error");
    wrong("package main\ndeny[msg] if { msg := \"x\" }", "'if' keyword without 'contains' keyword");
    wrong("package main\ndeny contains \"x\" if nothing_like(input)", "undefined function nothing_like");
    wrong("package main\ndeny contains \"x\" if { false; rand.guess(1) }", "undefined function rand.guess");
    wrong("package main\ndeny contains {\"text\": \"x\"}", "\"msg\" field must be present");
    wrong("package main\nx := 1 if input.x\nx := 2 if input.x\ndeny contains \"x\" if x == 3", "evaluating policy");
    wrong("package main\ndeny contains x if { x > 1 }", "Error");
}

#[test]
fn formats_that_are_not_supported_are_refused_by_name() {
    let folder = ports().file("d/x.cue", "a: 1\n").file("d/y.txt", "no config\n").file("d/z.yaml", "name: abc\nport: 8080\nowner: x\n");
    let run = test(&folder, &["d"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("polity does not support the parser `cue`, path: d/x.cue"), "{run}");
    assert_eq!(test(&folder, &["d", "--ignore", "\\.cue$"]).code, 0);
    assert_eq!(test(&folder, &["a.yaml", "--parser", "jsonnet"]).code, 1);
}

#[test]
fn documents_are_counted_one_by_one_and_exceptions_waive_a_rule() {
    let policy = "package main\n\ndeny_port contains \"bad port\" if input.port == 1\n\nviolation contains \"no name\" if not input.name\n\nexception contains [\"port\"] if input.name == \"old\"\n";
    let folder = repo().file("policy/p.rego", policy).file("a.yaml", "name: old\nport: 1\n---\nname: new\nport: 1\n---\nport: 2\n");
    insta::assert_snapshot!(test(&folder, &["a.yaml"]), @r#"
    exit: 1
    ----- stdout
    FAIL - a.yaml - main - bad port
    FAIL - a.yaml - main - no name
    EXCP - a.yaml - main - data.main.exception[_][_] == "port"

    6 tests, 3 passed, 0 warnings, 2 failures, 1 exception
    "#);
}

#[test]
fn comprehensions_have_variables_of_their_own() {
    let policy = "package main\n\ndeny contains msg if {\n\tsome i\n\tname := input.names[i]\n\tothers := {n | some i; input.names[i] != name; n := input.names[i]}\n\tagain := [name | input.names[j] == name; name := input.names[j]]\n\tmsg := sprintf(\"%s %v %v\", [name, others, again])\n}\n";
    let folder = repo().file("policy/p.rego", policy).file("a.yaml", "names: [a, b]\n");
    let said = test(&folder, &["a.yaml"]).stdout;
    for line in [r#"FAIL - a.yaml - main - a {"b"} ["a"]"#, r#"FAIL - a.yaml - main - b {"a"} ["b"]"#] {
        assert!(said.contains(line), "{said}");
    }
}

#[test]
fn namespaces_are_chosen_by_name_by_pattern_or_all() {
    let folder = repo()
        .file("policy/a.rego", "package main\ndeny contains \"main\"\n")
        .file("policy/b.rego", "package main.inner\ndeny contains \"inner\"\n")
        .file("policy/c.rego", "package other\nwarn contains \"other\"\n")
        .file("x.json", "{}");
    for (args, found) in [
        (&["x.json"][..], &["main"][..]),
        (&["x.json", "-n", "other", "-n", "main.inner"], &["other", "inner"]),
        (&["x.json", "-n", "main*"], &["main", "inner"]),
        (&["x.json", "--all-namespaces"], &["main", "inner", "other"]),
    ] {
        let said = test(&folder, args).stdout;
        for word in ["main", "inner", "other"] {
            let line = said.lines().any(|line| line.ends_with(&format!("- {word}")));
            assert_eq!(line, found.contains(&word), "{args:?}: {word}\n{said}");
        }
    }
}

#[test]
fn both_versions_of_the_language_are_read() {
    let v0 = repo().file("policy/p.rego", "package main\n\ndeny[msg] {\n\tinput.x == 1\n\tmsg := \"x\"\n}\n").file("a.yaml", "x: 1\n");
    assert_eq!(test(&v0, &["a.yaml"]).code, 1);
    let run = test(&v0, &["a.yaml", "--rego-version", "v0"]);
    assert!(run.stdout.contains("FAIL - a.yaml - main - x"), "{run}");
}

#[test]
fn data_combination_and_the_files_name_reach_policies() {
    let policy = "package main\n\ndeny contains msg if {\n\tsome config in input\n\tnot config.contents.port in data.ports.allowed\n\tmsg := sprintf(\"%s: %d\", [config.path, config.contents.port])\n}\n";
    let folder = repo()
        .file("policy/p.rego", policy)
        .file("data/ports/list.yaml", "allowed: [1]\n")
        .file("a.yaml", "port: 1\n")
        .file("b.yaml", "port: 2\n---\nport: 3\n")
        .file("names/n.rego", "package names\ndeny contains data.conftest.file.name\n");
    insta::assert_snapshot!(test(&folder, &["a.yaml", "b.yaml", "--combine", "--data", "data"]), @r#"
    exit: 1
    ----- stdout
    FAIL - Combined - main - b.yaml: 2
    FAIL - Combined - main - b.yaml: 3

    2 tests, 0 passed, 0 warnings, 2 failures, 0 exceptions
    "#);
    let run = test(&folder, &["a.yaml", "b.yaml", "-p", "names", "-n", "names"]);
    assert!(run.stdout.contains("- names - a.yaml") && run.stdout.contains("- names - b.yaml"), "{run}");
}

#[test]
fn settings_come_from_flags_the_environment_and_the_config_file() {
    let folder = ports().file("conftest.toml", "policy = \"none\"\nnamespace = [\"main\"]\noutput = \"json\"\n");
    assert!(test(&folder, &["b.json"]).stderr.contains("none"));
    let run = test(&folder, &["b.json", "-p", "policy"]);
    assert!(run.stdout.starts_with("[\n\t{\n\t\t\"filename\": \"b.json\""), "{run}");
    let mut command = folder.command(&["conftest", "test", "b.json"]);
    let output = command.env("CONFTEST_POLICY", "policy").env("CONFTEST_OUTPUT", "tap").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().next(), Some("1..3"));
}

#[test]
fn metadata_configs_and_prints_work_inside_policies() {
    let policy = "package main\n\n# METADATA\n# title: Ports\n# custom:\n#   limit: 1024\ndeny contains msg if {\n\tmeta := rego.metadata.rule()\n\tinput.port < meta.custom.limit\n\tprint(\"port\", input.port)\n\tmsg := meta.title\n}\n";
    let tests = "package main\n\ntest_port if {\n\tcount(deny) == 1 with input as parse_config(\"toml\", \"port = 80\")\n}\n\ntest_file if {\n\tparse_config_file(\"../a.yaml\").port == 80\n}\n\ntest_wrong if {\n\tnot parse_config_file(\"none.yaml\")\n}\n\ntodo_test_later if false\n";
    let folder = repo().file("policy/p.rego", policy).file("policy/p_test.rego", tests).file("a.yaml", "port: 80\n");
    insta::assert_snapshot!(test(&folder, &["a.yaml"]), @r#"
    exit: 1
    ----- stdout
    PRNT   policy/p.rego:10: port 80

    FAIL - a.yaml - main - Ports

    1 test, 0 passed, 0 warnings, 1 failure, 0 exceptions
    "#);
    insta::assert_snapshot!(folder.polity(["conftest", "verify"]), @r#"
    exit: 0
    ----- stdout

    4 tests, 3 passed, 0 warnings, 0 failures, 0 exceptions, 1 skipped
    "#);
    let run = folder.polity(["conftest", "verify", "--show-builtin-errors"]).exits(1);
    assert!(run.stderr.contains("none.yaml: no such file or directory"), "{run}");
}

#[test]
fn every_output_format_shows_the_same_findings() {
    let folder = ports();
    for format in ["json", "tap", "table", "junit", "github", "azuredevops", "sarif"] {
        let run = test(&folder, &["a.yaml", "b.json", "-o", format]);
        assert_eq!(run.code, 1, "{format}");
        for finding in ["port 80 is privileged", "no owner", "name is short"] {
            assert!(run.stdout.contains(finding), "{format}: {run}");
        }
    }
    let run = test(&folder, &["a.yaml", "b.json", "-o", "json"]);
    let again = folder.file("results.json", run.stdout.as_bytes()).polity(["conftest", "reformat", "results.json"]).exits(0);
    assert_eq!(again.stdout, run.stdout);
}

#[test]
fn strict_and_capabilities_refuse_policies() {
    let policy = "package main\nimport data.unused\ndeny contains \"x\" if {\n\ta := 1\n\tf(1, 2)\n}\nf(x, y) if x == 1\n";
    let folder = repo().file("policy/p.rego", policy).file("a.json", "{}").file("only.json", r#"{"builtins": [{"name": "equal"}]}"#);
    let run = test(&folder, &["a.json", "--strict"]);
    for part in ["p.rego:4: rego_compile_error: assigned var a unused", "unused argument y", "import data.unused unused"] {
        assert!(run.stderr.contains(part), "{part}: {run}");
    }
    assert_eq!(test(&folder, &["a.json"]).code, 1);
    let counts = folder.file("policy/p.rego", "package main\ndeny contains \"x\" if count(input) == 0\n");
    assert!(test(&counts, &["a.json", "--capabilities", "only.json"]).stderr.contains("undefined function count"));
}

#[test]
fn the_name_conftest_stands_for_the_verb() {
    let folder = ports();
    let name = folder.path("conftest");
    // A copy that was just written may still be open in a child of another test, and such a file cannot be run.
    std::os::unix::fs::symlink(crate::support::binary(), &name).unwrap();
    let output = std::process::Command::new(&name).args(["test", "b.json"]).current_dir(folder.root()).env_clear().output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "\n3 tests, 3 passed, 0 warnings, 0 failures, 0 exceptions\n");
    let version = std::process::Command::new(&name).arg("--version").output().unwrap();
    assert!(String::from_utf8_lossy(&version.stdout).starts_with(&format!("Conftest: {} (polity)\nOPA: 1.", env!("CARGO_PKG_VERSION"))));
    assert!(std::process::Command::new(&name).arg("help").output().unwrap().status.success());
}

#[test]
fn parse_prints_what_policies_see() {
    let folder = repo().file("Dockerfile", "FROM a\n").file("x.tf", "locals {\n  a = \"<b>\"\n}\n");
    insta::assert_snapshot!(folder.polity(["conftest", "parse", "x.tf"]), @r#"
    exit: 0
    ----- stdout
    {
      "locals": [
        {
          "a": "\u003cb\u003e"
        }
      ]
    }
    "#);
    let run = folder.polity(["conftest", "parse", "Dockerfile", "x.tf"]).exits(0);
    assert!(run.stdout.contains("\"Cmd\": \"from\"") && run.stdout.contains("\"x.tf\""), "{run}");
}

#[test]
fn large_numbers_are_printed_as_go_prints_them() {
    let folder = repo().file("a.json", "{\"a\": 1e20, \"b\": 1e21, \"c\": 1.5e-9, \"d\": 0.25, \"e\": 9007199254740993}");
    let run = folder.polity(["conftest", "parse", "a.json"]).exits(0);
    assert_eq!(
        run.stdout,
        "{\n  \"a\": 100000000000000000000,\n  \"b\": 1e+21,\n  \"c\": 1.5e-9,\n  \"d\": 0.25,\n  \"e\": 9007199254740993\n}\n"
    );
}

#[test]
fn verbs_that_are_not_supported_say_so() {
    for verb in ["pull", "push", "plugin"] {
        let run = repo().polity(["conftest", verb, "--any", "thing"]).exits(1);
        assert!(run.stderr.contains(&format!("polity does not support `conftest {verb}`")), "{run}");
    }
}

#[test]
fn doc_writes_what_annotations_say() {
    let policy = "# METADATA\n# title: Ports\npackage main\n\n# METADATA\n# title: Low ports\n# description: None below 1024.\n# related_resources:\n# - https://x.example\ndeny contains \"x\" if input.port < 1024\n";
    let folder = repo()
        .file("policy/p.rego", policy)
        .file("policy/p_test.rego", "package main\ntest_a if true\n")
        .file("bare/p.rego", "package a\n");
    folder.polity(["conftest", "doc", "policy"]).exits(0);
    let page = std::fs::read_to_string(folder.path("policy.md")).unwrap();
    assert_eq!(page, "# main - Ports\n\n\n\n## main.deny - Low ports\n\nNone below 1024.\n\nRelated Resources:\n\n* https://x.example\n\n");
    assert!(folder.polity(["conftest", "doc", "bare"]).exits(1).stderr.contains("no annotations found"));
    assert!(folder.polity(["conftest", "doc", "-t", "x.tpl", "policy"]).exits(1).stderr.contains("open x.tpl: no such file"));
    let folder =
        folder.file("x.tpl", "{{ range . }}{{ .Depth }} {{ .RegoPackageName }}: {{ .Annotations.Title | printf \"%q\" }}\n{{ end }}");
    folder.polity(["conftest", "doc", "-t", "x.tpl", "policy"]).exits(0);
    assert_eq!(folder.read("policy.md"), "1 main: \"Ports\"\n2 main.deny: \"Low ports\"\n");
    let broken = folder.file("x.tpl", "{{ range . }}");
    assert!(
        broken.polity(["conftest", "doc", "-t", "x.tpl", "policy"]).exits(1).stderr.contains("generating document: rendering document: ")
    );
}

#[test]
fn texts_of_protocol_buffers_are_read_by_their_schemas() {
    let folder = repo()
        .file("policy/p.rego", "package main\n\ndeny contains input.the_name if input.number <= 9000\n\ndeny contains \"parsed\" if parse_config(\"textproto\", \"# proto-message: t.Message\\nnumber: 7\").number == 7\n")
        .file("protos/t.proto", "syntax = \"proto3\";\npackage t;\nmessage Message { string the_name = 1; int32 number = 2; }\n")
        .file("bad.textproto", "# proto-message: t.Message\nthe_name: \"low\"\nnumber: 9000\n")
        .file("broken.textpb", "# proto-message: t.Message\nnumber: 1\nnmber: 2\n");
    insta::assert_snapshot!(test(&folder, &["--proto-file-dirs", "protos", "bad.textproto"]), @r"
    exit: 1
    ----- stdout
    FAIL - bad.textproto - main - low
    FAIL - bad.textproto - main - parsed

    2 tests, 0 passed, 0 warnings, 2 failures, 0 exceptions
    ");
    for (args, part) in [
        (&["bad.textproto"][..], "look up message type \"t.Message\": not found (name the folder of its schema with --proto-file-dirs)"),
        (&["--proto-file-dirs", "protos", "broken.textpb"], "unmarshal textproto: 3:1: field 'nmber' not found"),
        (&["--proto-file-dirs", "nowhere", "bad.textproto"], "nowhere: no such file or directory"),
    ] {
        let run = test(&folder, args);
        assert!(run.code == 1 && run.stderr.contains(part), "{run}");
    }
}

#[cfg(unix)]
#[test]
fn an_update_never_writes_through_a_link_or_onto_itself() {
    let folder = ports();
    let policy = folder.read("policy/ports.rego");
    let update = |from: &str, to: &str| {
        let address = format!("file://{}", folder.path(from).display());
        test(&folder, &["a.yaml", "-p", to, "--update", &address]).exits(1);
        assert_eq!(folder.read("policy/ports.rego"), policy, "{from} to {to}");
    };
    std::fs::create_dir(folder.path("copy")).unwrap();
    std::os::unix::fs::symlink(folder.path("policy/ports.rego"), folder.path("copy/ports.rego")).unwrap();
    update("policy/ports.rego", "copy");
    assert!(folder.path("copy/ports.rego").symlink_metadata().unwrap().is_file());
    update("policy", "copy");
    update("policy", "policy");
    update("policy/ports.rego", "policy");
    update("policy", "policy/inner");
    assert_eq!(folder.read("policy/inner/ports.rego"), policy);
    assert!(!folder.path("policy/inner/inner").exists());
}

#[cfg(unix)]
#[test]
fn a_pipe_in_a_folder_is_not_waited_for() {
    let folder = ports().file("templates/a.yaml", "a: 1\n");
    for (pipe, args) in [
        ("configs/pipe.yaml", &["conftest", "test", "configs"][..]),
        ("rules/pipe.rego", &["conftest", "test", "-p", "rules", "a.yaml"]),
        ("data/pipe.json", &["conftest", "test", "-d", "data", "a.yaml"]),
        ("templates/pipe.yaml", &["gatekeeper", "test", "templates"]),
    ] {
        let path = folder.path(pipe);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let run = folder.run(args);
        assert!(run.stderr.contains(&format!("{pipe}: not a regular file")), "{args:?}: {run}");
        std::fs::remove_file(path).unwrap();
    }
}
