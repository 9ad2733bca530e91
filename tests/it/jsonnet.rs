//! Config files in Jsonnet are programs of strangers: they give what they give under conftest, and harm nobody.

use crate::support::{Repo, Run, repo};

fn program(text: &str) -> Repo {
    repo().file("policy/p.rego", "package main\n\ndeny contains \"found\" if input.port < 1024\n").file("a.jsonnet", text)
}

fn test(folder: &Repo) -> Run {
    folder.finish(folder.command(&["conftest", "test", "a.jsonnet"]).env("POLITY_TEST_HURRY", "1"))
}

#[track_caller]
fn refused(text: &str, part: &str) {
    let run = test(&program(text)).exits(1);
    assert!(run.stdout.is_empty() && run.stderr.contains(part) && run.stderr.contains("path: a.jsonnet"), "{part}: {run}");
}

#[test]
fn a_program_is_tested_by_its_value() {
    let folder = program("local lib = import 'lib.libsonnet';\n{ port: lib.ports(80), hidden:: 1 }\n")
        .file("lib.libsonnet", "{ ports(base):: base + 1 }\n")
        .file("policy/q.rego", "package main\n\nwarn contains sprintf(\"%d\", [parse_config(\"jsonnet\", \"{ x: 1 + 1 }\").x])\n");
    insta::assert_snapshot!(test(&folder), @r"
    exit: 1
    ----- stdout
    WARN - a.jsonnet - main - 2
    FAIL - a.jsonnet - main - found

    2 tests, 0 passed, 1 warning, 1 failure, 0 exceptions
    ");
    let parsed = folder.file("b.txt", "[{ x: 1.5 }, std.length('ab')]\n").polity(["conftest", "parse", "--parser", "jsonnet", "b.txt"]);
    assert_eq!(parsed.exits(0).stdout, "[\n  {\n    \"x\": 1.5\n  },\n  2\n]\n");
}

#[test]
fn a_copy_that_is_called_conftest_starts_itself() {
    let folder = program("{ port: 80 }\n");
    let copy = folder.path("conftest");
    std::fs::copy(crate::support::binary(), &copy).unwrap();
    let run = || std::process::Command::new(&copy).args(["test", "a.jsonnet"]).current_dir(folder.root()).output();
    // A copy that was just written may still be open in a child of another test, and such a file cannot be run.
    let run = std::iter::repeat_with(run).find(|run| !run.as_ref().is_err_and(|e| e.kind() == std::io::ErrorKind::ExecutableFileBusy));
    let run = run.expect("it goes on").unwrap();
    assert!(String::from_utf8_lossy(&run.stdout).contains("FAIL - a.jsonnet - main - found"), "{run:?}");
}

#[test]
fn a_mistake_is_named_with_its_place() {
    refused("{\n  port: prot,\n}\n", "unmarshal jsonnet: a.jsonnet:2:9: unknown variable `prot`");
    refused("{ port: error 'no port' }", "unmarshal jsonnet: a.jsonnet:1:9: no port");
}

#[test]
fn a_program_reads_nothing_outside_of_its_folders() {
    let folder = repo()
        .file("secret.txt", "secret")
        .file("work/lib/secret.libsonnet", "{ port: 80 }")
        .file("work/deep/a.jsonnet", "import '../lib/secret.libsonnet'");
    let parse = |text: &str, path: &str| {
        std::fs::write(folder.path(path), text).unwrap();
        let mut command = folder.command(&["conftest", "parse", path.trim_start_matches("work/")]);
        folder.finish(command.current_dir(folder.path("work")))
    };
    std::os::unix::fs::symlink(folder.path("secret.txt"), folder.path("work/link.txt")).unwrap();
    parse("import '../lib/secret.libsonnet'", "work/deep/a.jsonnet").exits(0);
    for outside in ["importstr '../secret.txt'", "importstr '/etc/passwd'", "importstr 'link.txt'", "importbin '/proc/self/environ'"] {
        let run = parse(outside, "work/a.jsonnet").exits(1);
        assert!(run.stderr.contains("the file lies outside of this folder and of the program's"), "{outside}: {run}");
    }
    let run = parse("import 'deep'", "work/a.jsonnet").exits(1);
    assert!(run.stderr.contains("a.jsonnet:1:1: cannot import \"deep\": it is no file"), "{run}");
}

#[test]
fn a_program_without_end_is_stopped() {
    refused("local f(x) = f(x + 1) tailstrict; f(0)", "evaluation did not end within 1 s of processor time");
    refused("std.foldl(function(a, b) a + b, std.range(1, 1e9), 0)", "evaluation ");
}

#[test]
fn a_program_has_little_memory() {
    for bomb in [
        "local double(text, times) = if times == 0 then text else double(text + text, times - 1); double('x', 40)",
        "std.repeat('x', 1e12)",
        "std.makeArray(1e15, function(i) i)",
        "'%9999999999d' % 1",
        "{ a: self }",
        "local f(x) = f(x) + 1; f(1)",
    ] {
        let run = test(&program(bomb)).exits(1);
        assert!(run.stdout.is_empty() && run.stderr.contains("unmarshal jsonnet: "), "{bomb}: {run}");
    }
}

#[test]
fn nesting_ends_no_process() {
    for (open, close) in [("[", "]"), ("{a:", "}"), ("local a = ", "; 1"), ("if true then ", ""), ("function(x) ", "")] {
        let text = format!("{}1{}", open.repeat(200_000), close.repeat(200_000));
        let run = test(&program(&text)).exits(1);
        assert!(
            run.stderr.contains("unmarshal jsonnet: ") && run.stdout.is_empty(),
            "{open}: {}",
            &run.stderr[..run.stderr.len().min(300)]
        );
    }
}
