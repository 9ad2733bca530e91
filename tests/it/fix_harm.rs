//! `polity check --fix` does no harm: what it would make worse is left as it is, what people wrote around a value stays, and the diff is
//! what is written.

use std::fmt::Write as _;

use crate::support::{Repo, Run, repo};

/// A folder with policies, each a name and the body of its rule.
fn with_rules(rules: &[(&str, &str)]) -> Repo {
    rules.iter().fold(repo().file(".polityignore", "rules/\n"), |folder, (name, rule)| {
        folder
            .file(&format!("rules/{name}/policy.yaml"), "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\n")
            .file(&format!("rules/{name}/policy.rego"), format!("package polity\n\n{rule}\n"))
    })
}

/// Every file with a `KEY: old` gets `KEY: new`.
fn renews(key: &str) -> String {
    format!(
        r#"deny contains {{"message": "{key} is old", "path": path, "at": ["{key}"], "fix": {{"does": "renew {key}", "safe": true, "edits": [{{"path": path, "set": ["{key}"], "to": "new"}}]}}}} if {{
	some path in repo.glob("*.yaml")
	repo.yaml(path)[0].{key} == "old"
}}"#
    )
}

/// Finds a file with `KEY: new`.
fn dislikes(key: &str) -> String {
    format!(
        r#"deny contains {{"message": "{key} is new", "path": path, "at": ["{key}"]}} if {{
	some path in repo.glob("*.yaml")
	repo.yaml(path)[0].{key} == "new"
}}"#
    )
}

fn fix(folder: &Repo, more: &[&str]) -> Run {
    let names = folder.files("rules").into_iter().filter_map(|file| file.strip_suffix("/policy.rego").map(str::to_owned));
    let names: Vec<_> = names.flat_map(|name| ["--policy".to_owned(), name]).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    folder.run(&[&["check", "--policies", "rules", "--fix"][..], &names, more].concat())
}

#[test]
fn a_fix_that_makes_another_policy_speak_is_taken_back_alone() {
    let folder = with_rules(&[("p", &renews("p")), ("q", &renews("q")), ("r", &dislikes("p"))]);
    let folder = folder.file("a.yaml", "p: old\nq: old\n").file("b.yaml", "q: old\n");
    let run = fix(&folder, &[]).exits(1);
    assert!(run.stderr.contains("not repaired p: a.yaml: `r` would say a.yaml:1: p is new\n"), "{run}");
    assert!(run.stderr.ends_with("repaired 2 findings in 2 files\n") && run.stdout.contains("1 finding (1 error)"), "{run}");
    assert_eq!((folder.read("a.yaml"), folder.read("b.yaml")), ("p: old\nq: new\n".to_owned(), "q: new\n".to_owned()));
    assert!(fix(&folder, &["--diff"]).stdout.is_empty(), "a second run has nothing to do");
}

#[test]
fn among_many_fixes_only_the_one_that_does_harm_is_taken_back() {
    let only = dislikes("p").replace("repo.glob(\"*.yaml\")", "[\"a13.yaml\"]");
    let folder = (0..20).fold(with_rules(&[("p", &renews("p")), ("r", &only)]), |folder, n| folder.file(&format!("a{n}.yaml"), "p: old\n"));
    let run = fix(&folder, &[]).exits(1);
    assert!(run.stderr.contains("not repaired p: a13.yaml: `r` would say"), "{run}");
    assert!(run.stderr.ends_with("repaired 19 findings in 19 files\n"), "{run}");
}

#[test]
fn a_fix_may_not_move_its_finding_or_hide_a_file() {
    let elsewhere = r#"deny contains {"message": "m", "path": path, "fix": {"does": "d", "safe": true, "edits": [
	{"path": path, "set": ["x"], "to": 1}, {"path": "b.yaml", "remove": ["x"]},
]}} if { some path in ["a.yaml", "b.yaml"]; not repo.yaml(path)[0].x }"#;
    let folder = with_rules(&[("p", elsewhere)]).file("a.yaml", "a: 1\n").file("b.yaml", "a: 1\nx: 1\n");
    let run = fix(&folder, &[]).exits(1);
    assert!(run.stderr.contains("not repaired p: a.yaml: `p` would say b.yaml:1: m\n"), "{run}");
    assert_eq!(folder.read("b.yaml"), "a: 1\nx: 1\n");

    let unread = r#"deny contains {"message": "m", "path": "polity.yaml", "fix": {"does": "d", "safe": true, "edits": [
	{"path": "polity.yaml", "set": ["service", "nmae"], "to": "x"},
]}} if not repo.yaml("polity.yaml")[0].service.nmae"#;
    let folder = with_rules(&[("p", unread)]).file("polity.yaml", "service: {name: s}\n");
    let run = fix(&folder, &[]).exits(1);
    assert!(run.stderr.contains("not repaired p: polity.yaml: the file could not be read any more\n"), "{run}");
    assert_eq!(folder.read("polity.yaml"), "service: {name: s}\n");
}

#[test]
fn a_comment_that_has_no_place_any_more_is_a_reason() {
    let rule = r#"deny contains {"message": "m", "path": path, "fix": {"does": "d", "safe": true, "edits": [{"path": path, "remove": ["old"]}]}} if {
	some path in repo.glob("*.yaml")
	some name, _ in repo.yaml(path)[0]
	name == "old"
}
deny contains {"message": "n", "path": path, "line": hit.line, "fix": {"does": "e", "safe": true, "edits": [{"path": path, "line": hit.line, "replace": "new"}]}} if {
	some path in repo.glob("*.md")
	some hit in repo.matches(path, "^old")
}"#;
    let folder = with_rules(&[("p", rule)])
        .file("a.yaml", "# top\r\nold: 1 # one\r\nb: 2")
        .file("b.yaml", "old:\n  # by hand\n  a: 1\nb: 2\n")
        .file("c.yaml", "x: &x {a: 1}\nold: 1\ny: *x\n---\nold: 1 # two\n")
        .file("a.md", "old <!-- why -->\n")
        .file("b.md", "old\r\n")
        .file("c.md", "old <!-- why --> old\n");
    let run = fix(&folder, &[]).exits(1);
    assert!(run.stderr.contains("not repaired p: b.yaml: the comment `# by hand` would be lost\n"), "{run}");
    assert!(run.stderr.contains("not repaired p: c.md: the comment `<!-- why -->` would be lost\n"), "{run}");
    let after = ["a.yaml", "c.yaml", "a.md", "b.md"].map(|path| folder.read(path));
    assert_eq!(
        after,
        ["# top\r\n# one\r\nb: 2", "x: &x {a: 1}\ny: *x\n---\nold: 1 # two\n", "new <!-- why -->\n", "new\r\n"].map(str::to_owned)
    );
}

/// What `--diff` shows is given to git, and comes to what `--fix` writes.
#[test]
fn the_diff_is_what_is_written() {
    let files = [
        ("a.yaml", "# one\np: old # p\n\nq: old\n"),
        ("b.yaml", "p: old\r\n# é\r\nq: old"),
        ("c.yaml", "\u{feff}q: old\n"),
        ("d.yaml", "q: old"),
    ];
    let new = r#"deny contains {"message": "n", "fix": {"does": "d", "safe": true, "edits": [{"path": "sub/new.txt", "template": "new.txt"}]}} if not repo.exists("sub/new.txt")"#;
    let make = || {
        let folder = with_rules(&[("p", &renews("p")), ("q", &renews("q")), ("n", new)]).file("rules/n/fix/new.txt", "one\ntwo");
        files.iter().fold(folder, |folder, (path, text)| folder.file(path, text))
    };
    let (shown, written) = (make(), make());
    let diff = fix(&shown, &["--diff"]).exits(1).stdout;
    apply(&shown, &diff);
    fix(&written, &[]).exits(0);
    let read = |folder: &Repo| -> String {
        folder.files("").into_iter().fold(String::new(), |mut all, path| {
            write!(all, "{path}\n{:?}\n", folder.read(&path)).unwrap();
            all
        })
    };
    assert_eq!(read(&shown), read(&written));
    assert_eq!(written.read("b.yaml"), "p: new\r\n# é\r\nq: new");
    assert_eq!(written.read("d.yaml") + &written.read("sub/new.txt"), "q: newone\ntwo");
}

fn apply(folder: &Repo, diff: &str) {
    use std::io::Write as _;
    let mut git = std::process::Command::new("git");
    git.args(["apply", "--whitespace=nowarn", "-"]).current_dir(folder.root()).stdin(std::process::Stdio::piped());
    let mut child = git.spawn().unwrap();
    child.stdin.take().unwrap().write_all(diff.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{diff}");
}

#[cfg(unix)]
#[test]
fn modes_stay_and_a_file_that_is_read_only_or_ignored_is_not_overwritten() {
    use std::os::unix::fs::PermissionsExt as _;
    let new = r#"deny contains {"message": "n", "path": "a.yaml", "fix": {"does": "d", "safe": true, "edits": [{"path": "out/new.txt", "template": "new.txt"}]}} if {
	repo.yaml("a.yaml")[0].n
	not repo.exists("out/new.txt")
}"#;
    let folder = with_rules(&[("p", &renews("p")), ("n", new)]).file("rules/n/fix/new.txt", "x").file("a.yaml", "p: old\n");
    let set = |mode| std::fs::set_permissions(folder.path("a.yaml"), std::fs::Permissions::from_mode(mode)).unwrap();
    let mode = || folder.path("a.yaml").metadata().unwrap().permissions().mode() & 0o777;
    set(0o750);
    fix(&folder, &[]).exits(0);
    assert_eq!((folder.read("a.yaml"), mode()), ("p: new\n".to_owned(), 0o750));
    std::fs::write(folder.path("a.yaml"), "p: old\n").unwrap();
    set(0o440);
    let run = fix(&folder, &[]).exits(4);
    assert!(run.stderr.contains("read-only"), "{run}");
    assert_eq!((folder.read("a.yaml"), mode()), ("p: old\n".to_owned(), 0o440));
    set(0o640);
    // What nobody checks is there all the same.
    let folder = folder.file(".polityignore", "rules/\nout/\n").file("out/new.txt", "mine").file("a.yaml", "p: new\nn: 1\n");
    let run = fix(&folder, &[]).exits(4);
    assert!(run.stderr.contains("a file stands there that was not checked"), "{run}");
    assert_eq!(folder.read("out/new.txt"), "mine");
}

#[test]
fn a_fix_that_breaks_a_file_of_polity_is_taken_back_and_named() {
    for (file, why) in [
        ("polity.federation.yaml", "invalid type: string, expected struct FederationFile"),
        ("polity.lock", "invalid type: string, expected struct Lock"),
        (".polity-baseline.yaml", "invalid type: string, expected struct BaselineFile"),
    ] {
        let writes = |file: &str, missing: &str| {
            let fix =
                format!(r#"{{"does": "write it", "safe": true, "edits": [{{"path": "{file}", "template": "t.txt", "values": {{}}}}]}}"#);
            format!(
                r#"deny contains {{"message": "no file", "path": "a.yaml", "key": "{file}", "fix": {fix}}} if not repo.exists("{missing}")"#
            )
        };
        let rule = format!("{}\n\n{}", writes(file, file), writes("good.txt", "good.txt"));
        let folder = with_rules(&[("p", &rule)]).file("rules/p/fix/t.txt", "hello\n").file("a.yaml", "a: 1\n");
        let run = fix(&folder, &["--no-cache"]).exits(1);
        assert!(run.stderr.contains(&format!("not repaired p: a.yaml: `{file}` would not load any more: {why}\n")), "{run}");
        assert!(run.stderr.ends_with("repaired 1 finding in 1 file\n"), "{run}");
        assert!(!folder.path(file).exists() && folder.path("good.txt").exists());
    }
}
