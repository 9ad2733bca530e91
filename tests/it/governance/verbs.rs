//! `polity waiver` and `polity policy simulate`.

use super::world;
use crate::support::{Repo, Run};

#[track_caller]
fn add(folder: &Repo, reason: &str, expires: &str) -> Run {
    let words = ["waiver", "add", "acme/bad-line", "--path", "a.txt", "--text", "bad", "--because", "why", "--owner", "pay"];
    let more = ["--ticket", "PAY-1", "--reason", reason, "--expires", expires, "--today", "2026-01-01"];
    folder.run(&[&words[..], &more[..]].concat())
}

#[test]
fn a_waiver_that_was_written_waives_and_is_listed_by_its_end() {
    let folder = world().file("a.txt", "bad\n");
    add(&folder, "migration", "2026-02-01").exits(0);
    super::check(&folder, &["--today", "2026-01-15"]).exits(0);
    assert!(folder.polity(["waiver", "list", "--today", "2026-01-01"]).exits(0).stdout.ends_with("1 waiver\n"));
    let soon = |day: &str| folder.polity(["waiver", "expire-soon", "--within", "7", "--today", day]).exits(0).stdout;
    assert_eq!(soon("2026-01-24"), "0 waivers\n");
    assert!(soon("2026-01-25").contains("acme/bad-line  until 2026-02-01  pay"));
    assert!(soon("2026-02-02").contains("expired 2026-02-01"));
}

#[test]
fn a_comment_that_waives_is_listed_too() {
    let comment = "# polity:waive bad-line until=2026-12-31 owner=pay reason=accepted-risk ticket=PAY-1 the vendor ships no tag\nbad\n";
    let folder = world().file("src/a.txt", comment);
    let said = folder.polity(["waiver", "list", "--today", "2026-01-03"]).exits(0).stdout;
    assert_eq!(said, "bad-line  until 2026-12-31  pay\n  src/a.txt:2\n  accepted-risk: the vendor ships no tag\n1 waiver\n");
    let said = folder.polity(["waiver", "list", "--today", "2026-01-03", "--format", "json"]).exits(0).stdout;
    let report: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(report["waivers"][0]["subject"], serde_json::json!({"path": "src/a.txt", "line": 2}));
    let folder = folder.file("b.txt", "# polity:waive bad-line\n");
    assert!(folder.polity(["waiver", "list"]).exits(1).stdout.contains("unreadable: "));
}

#[test]
fn who_granted_a_waiver_comes_from_git() {
    let folder = world().file("a.txt", "bad\n");
    add(&folder, "migration", "2026-02-01").exits(0);
    for args in [vec!["init", "-q"], vec!["add", "."], vec!["-c", "user.name=Ana", "-c", "user.email=a@b.c", "commit", "-qm", "one"]] {
        let mut git = std::process::Command::new("git");
        git.args(&args)
            .current_dir(folder.root())
            .env("GIT_AUTHOR_DATE", "2026-01-02T12:00:00Z")
            .env("GIT_COMMITTER_DATE", "2026-01-02T12:00:00Z");
        assert!(git.output().unwrap().status.success(), "git {args:?}");
    }
    let said = folder.polity(["waiver", "list", "--today", "2026-01-03"]).exits(0).stdout;
    assert!(said.contains("granted by Ana on 2026-01-02"), "{said}");
}

#[test]
fn who_makes_a_waiver_last_longer_has_granted_it() {
    let folder = world().file("a.txt", "bad\n");
    add(&folder, "migration", "2026-02-01").exits(0);
    super::since::git(&folder, &["init", "-q"]);
    let folder = super::since::committed(folder, "one");
    let name = folder.files("waivers").pop().unwrap();
    let file = format!("waivers/{name}");
    let listed = |folder: &Repo| folder.polity(["waiver", "list", "--today", "2026-01-03"]).exits(0).stdout;
    let change = |folder: Repo, from: &str, to: &str, who: &str| {
        let text = folder.read(&file);
        assert!(text.contains(from), "{text}");
        let folder = folder.file(&file, text.replace(from, to));
        super::since::git(&folder, &["-c", &format!("user.name={who}"), "commit", "-qam", "changed"]);
        folder
    };
    assert!(listed(&folder).contains("granted by Ana"), "{}", listed(&folder));
    let folder = change(folder, "2026-02-01", "2099-01-01", "Mallory");
    assert!(listed(&folder).contains("granted by Mallory"), "{}", listed(&folder));
    let folder = change(folder, "because: why", "because: well", "Bob");
    assert!(listed(&folder).contains("granted by Mallory"), "what counts is the same: {}", listed(&folder));
    let text = folder.read(&file).replace("2099-01-01", "2098-01-01");
    let folder = folder.file(&file, text);
    assert!(!listed(&folder).contains("granted by"), "nobody has committed that: {}", listed(&folder));
}

#[test]
fn a_list_of_waivers_moves_no_cursor() {
    let text = "policy: bad-line\nsubject: {path: a.txt}\nreason: migration\nbecause: \"a\\e[31mred\\nline\"\nowner: \"sh\\e]0;t\\aop\"\n";
    let folder = world().file("a.txt", "bad\n").file("waivers/b.yaml", format!("{text}ticket: S-1\nexpires: 2026-02-01\n"));
    let said = folder.polity(["waiver", "list", "--today", "2026-01-03"]).exits(0).stdout;
    assert_eq!(said, "bad-line  until 2026-02-01  sh\u{fffd}]0;t\u{fffd}op\n  a.txt\n  migration: a\u{fffd}[31mred line\n1 waiver\n");
}

#[test]
fn a_waiver_that_would_cover_nothing_is_written_and_says_so() {
    let folder = world().file("a.txt", "bad one\n");
    let words = ["waiver", "add", "--registry", "rules", "--because", "why", "--owner", "pay", "--ticket", "P-1", "--reason", "migration"];
    let add = |stand: &str, more: &[&str]| {
        let mut command = folder.command(&[&words[..], &["--expires", "2099-01-01"], more].concat());
        folder.finish(command.current_dir(folder.path(stand)))
    };
    let said = |more: &[&str]| add("", more).exits(0).stderr;
    assert_eq!(said(&["acme/bad-line", "--path", "a.txt", "--text", "bad one"]), "");
    let nothing = "note: `acme/bad-line` finds nothing in `a.txt` that the waiver covers; it finds `text: \"bad one\"`\n";
    assert_eq!(said(&["acme/bad-line", "--path", "a.txt", "--text", "bad two"]), nothing);
    let unknown = "note: `acme/bad-lin` cannot be evaluated here, so nobody saw whether the waiver covers a finding: there is no policy `acme/bad-lin`; did you mean `bad-line`?\n";
    assert_eq!(said(&["acme/bad-lin", "--path", "a.txt"]), unknown);
    let outside = add("", &["acme/bad-line", "--path", "../a.txt"]).exits(2).stderr;
    assert!(outside.contains("help: stand in the repository or the service that has the file"), "{outside}");
    super::since::git(&folder, &["init", "-q"]);
    std::fs::create_dir(folder.path("sub")).unwrap();
    assert!(add("sub", &["acme/bad-line", "--path", "a.txt"]).exits(2).stderr.contains("no waiver counts in it"));
}

#[test]
fn a_waiver_of_a_position_is_written_with_what_stands_there() {
    let rule = "package polity\ndeny contains {\"message\": \"m\", \"path\": \"a.yaml\", \"at\": [\"s\", i]} if some i, _ in repo.yaml(\"a.yaml\")[0].s\n";
    let folder = world().file("rules/policies/bad-line/policy.rego", rule).file("a.yaml", "s:\n- one: 1\n  two: 2\n- three\n");
    let words = ["waiver", "add", "acme/bad-line", "--registry", "rules", "--because", "why", "--owner", "pay", "--ticket", "P-1"];
    let add = |more: &[&str]| folder.run(&[&words[..], &["--reason", "migration", "--expires", "2099-01-01"], more].concat()).exits(0);
    let run = add(&["--path", "a.yaml", "--at", "#/s/0"]);
    assert!(run.stderr.is_empty() && folder.read("waivers/bad-line-a-yaml.yaml").contains("  text: 'one: 1 two: 2'\n"), "{run}");
    let said = super::check(&folder, &[]).exits(1).stdout;
    assert!(said.contains("1 waived") && !said.contains("-waiver]"), "{said}");
    let folder = world().file("a.txt", "bad\nbad\n");
    let add = |more: &[&str]| folder.run(&[&words[..], &["--reason", "migration", "--expires", "2099-01-01"], more].concat()).exits(0);
    let said = add(&["--path", "a.txt", "--text", "bad"]).stderr;
    assert_eq!(said, "note: `acme/bad-line` finds this text on 2 lines, so the waiver waives nothing without `times: 2`\n");
    assert_eq!(add(&["--path", "a.txt", "--text", "bad", "--times", "2"]).stderr, "");
    assert!(folder.read("waivers/bad-line-a-txt-1.yaml").contains("  times: 2\n"));
}

#[test]
fn a_waiver_of_nobody_a_second_one_and_one_of_two_policies_are_not_written() {
    let folder = world().file("a.txt", "bad\n").file("more/registry.yaml", "namespace: beta\n").file(".polityignore", "rules/\nmore/\n");
    let folder = folder
        .file("more/policies/bad-line/policy.yaml", super::manifest("error", ""))
        .file("more/policies/bad-line/policy.rego", super::LINES);
    let add = |policy: &str, because: &str, owner: &str, ticket: &str| {
        let words = ["waiver", "add", policy, "--registry", "rules", "--registry", "more", "--path", "a.txt", "--text", "bad"];
        let given = ["--because", because, "--owner", owner, "--ticket", ticket, "--reason", "migration", "--expires", "2099-01-01"];
        folder.run(&[&words[..], &given[..]].concat())
    };
    assert!(add("acme/bad-line", " ", "pay", "P-1").exits(2).stderr.contains("`--because` is empty"));
    assert!(add("acme/bad-line", "why", "", "P-1").exits(2).stderr.contains("`--owner` is empty"));
    assert!(add("acme/bad-line", "why", "pay", "").exits(2).stderr.contains("`--ticket` is empty"));
    let said = add("bad-line", "why", "pay", "P-1").exits(2).stderr;
    assert!(said.contains("more than one policy is called `bad-line`") && said.contains("`acme/bad-line`, `beta/bad-line`"), "{said}");
    assert!(!folder.path("waivers").exists());
    add("acme/bad-line", "why", "pay", "P-1").exits(0);
    let said = add("acme/bad-line", "why", "pay", "P-1").exits(2).stderr;
    assert!(said.contains("`waivers/bad-line-a-txt.yaml` says so already"), "{said}");
    assert_eq!(folder.files("waivers"), ["bad-line-a-txt.yaml"]);
}

#[test]
fn a_waiver_that_makes_no_sense_is_not_written() {
    let folder = world();
    assert!(add(&folder, "lazy", "2026-02-01").exits(2).stderr.contains("one of: false-positive"));
    assert!(add(&folder, "migration", "2025-12-31").exits(2).stderr.contains("is over"));
    add(&folder, "migration", "2026-02-30").exits(2);
    assert_eq!(folder.files("waivers"), Vec::<String>::new());
}

#[test]
fn a_simulation_names_every_folder_that_is_missing() {
    let folder = world().file("one/a.txt", "bad\n");
    let said = folder.polity(["policy", "simulate", "rules/policies/bad-line", "--on", "gone", "one", "one/a.txt", "lost"]).exits(2);
    assert!(said.stdout.is_empty(), "{said}");
    for name in ["gone", "one/a.txt", "lost"] {
        assert!(said.stderr.contains(&format!("`{name}` is not a folder")), "{said}");
    }
}

#[test]
fn a_simulation_says_who_would_fail() {
    let folder = world().file("one/a.txt", "good\n").file("two/a.txt", "bad\nbad\nbad\nbad\n").file("three/x", "");
    let folder = folder
        .file("two/polity.yaml", "service: {name: two}\n")
        .file("two/svc/polity.yaml", "service: {name: s, owner: pay}\n")
        .file("two/svc/b.txt", "bad <b>|\n");
    let run = |args: &[&str]| folder.run(&[&["policy", "simulate", "rules/policies/bad-line"], args].concat());
    insta::assert_snapshot!(run(&["--on", "one", "two", "three"]).exits(0), @r"
    exit: 0
    ----- stdout
    repository  pass  fail  n/a  unknown  errors  warnings  advice
    one            1     0    0        0       0         0       0
    two            0     2    0        0       5         0       0
    three          0     0    1        0       0         0       0

    two
      error: line is bad (a.txt:1)
      error: line is bad (a.txt:2)
      error: line is bad (a.txt:3)
      and 1 more

    two/svc, owned by pay
      error: line is bad (svc/b.txt:1)

    1 of 3 repositories would fail
    ");
    let report: serde_json::Value = serde_json::from_str(&run(&["--on", "two", "--format", "json"]).exits(0).stdout).unwrap();
    assert_eq!(
        (report["repositories"][0]["fails"].as_bool(), report["repositories"][0]["findings"][1]["line"].as_u64()),
        (Some(true), Some(2))
    );
    let service = serde_json::json!({"root": "svc", "owner": "pay", "errors": 1, "warnings": 0, "advice": 0});
    assert_eq!(report["repositories"][0]["services"][1], service);
    insta::assert_snapshot!(run(&["--on", "one", "two", "--severity", "warning", "--format", "markdown"]).exits(0).stdout, @r"
    ### What <code>local/bad-line</code> would do

    0 of 2 repositories would fail, 1 would hear warnings or advice.

    | service | owner | errors | warnings | advice | such as |
    |---|---|--:|--:|--:|---|
    | <code>two</code> | – | 0 | 4 | 0 | line is bad (<code>a&#46;txt&#58;1</code>) |
    | <code>two/svc</code> | pay | 0 | 1 | 0 | line is bad (<code>svc/b&#46;txt&#58;1</code>) |
    ");
    let calm = run(&["--on", "one", "two", "--severity", "advice"]).exits(0).stdout;
    assert!(calm.ends_with("\n0 of 2 repositories would fail, 1 would hear warnings or advice\n"), "{calm}");
    assert!(run(&["--on", "one", "--severity", "grave"]).exits(2).stderr.contains("one of `error`, `warning` and `advice` is wanted"));
    assert!(run(&["--on", "one", "--set", "most=1"]).exits(2).stderr.contains("has no parameter `most`"));
    run(&["--on", "nowhere"]).exits(2);
}

#[test]
fn a_simulation_says_from_which_day_on_it_holds() {
    let folder = |day: &str| {
        let manifest = super::manifest("error", &format!("enforce_after: {day}\n"));
        world().file("rules/policies/bad-line/policy.yaml", manifest).file("two/a.txt", "bad\n")
    };
    let run = |day: &str, args: &[&str]| {
        folder(day).run(&[&["policy", "simulate", "rules/policies/bad-line", "--on", "two"], args].concat()).exits(0).stdout
    };
    let said = "1 of 1 repository would fail\nlocal/bad-line says so from 2099-01-01 on; before that day its findings are advice\n";
    assert!(run("2099-01-01", &[]).ends_with(said), "{}", run("2099-01-01", &[]));
    let markdown = run("2099-01-01", &["--format", "markdown"]);
    assert!(markdown.contains("<code>local/bad-line</code> says so from 2099-01-01 on; before that day"), "{markdown}");
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap()["enforced_from"].clone();
    assert_eq!(json(&run("2099-01-01", &["--format", "json"])), serde_json::json!({"local/bad-line": "2099-01-01"}));
    assert_eq!(json(&run("2020-01-01", &["--format", "json"])), serde_json::json!({}));
    for text in [run("2020-01-01", &[]), run("2099-01-01", &["--severity", "advice"])] {
        assert!(!text.contains("says so from"), "{text}");
    }
}
