//! What holds for a file does not depend on the folder that is named: the service it belongs to, the federation, and where waivers count.
//! And nobody hides what polity goes by.

use super::since::{committed, git};
use super::{LINES, check, json, manifest, world};
use crate::support::{Repo, repo};

const FLOOR: &str = "version: 1.0.0\ntitle: t\nlevel: org\nowner: o\nmandatory:\n  - {policy: acme/bad-line, severity: error, scope: {tier: [core]}}\ndefault:\n  - {policy: acme/*, severity: off}\n";

/// A repository with a service `s` of the tier `core` and a bad line in a folder of it; the policy holds for that tier only.
fn organisation() -> Repo {
    let folder = world()
        .file("rules/layers/base/layer.yaml", FLOOR)
        .file("polity.federation.yaml", "federation: acme\nlayers: [acme/base@1]\n")
        .file("s/polity.yaml", "service: {name: s, owner: pay, tier: core}\n")
        .file("s/deploy/x.txt", "bad\n");
    std::fs::remove_file(folder.path("polity.yaml")).unwrap();
    git(&folder, &["init", "-q"]);
    folder
}

/// The exit codes of checks of the repository, the service and the folder in it.
#[track_caller]
fn codes(folder: &Repo) -> [i32; 3] {
    [".", "s", "s/deploy"].map(|named| check(folder, &[named, "--today", "2026-11-01"]).code)
}

#[test]
fn a_folder_in_a_service_is_held_to_what_holds_for_the_service() {
    let folder = organisation();
    assert_eq!(codes(&folder), [1; 3], "a floor for the tier");
    let folder = folder.file("s/deploy/part/polity.yaml", "service: {name: part, owner: pay}\n");
    assert_eq!(codes(&folder), [1; 3], "beside a service of its own");
    let tightened = "service: {name: s, owner: pay}\npolicies:\n  default:\n    - {policy: acme/bad-line, severity: error, scope: {paths: ['deploy/*.txt']}}\n";
    let folder = folder.file("s/polity.yaml", tightened);
    assert_eq!(codes(&folder), [1; 3], "what the service says itself, with paths from its folder");
    let folder = folder.file("s/polity.yaml", tightened.replace("deploy/", "other/"));
    assert_eq!(codes(&folder), [0; 3]);
    let folder = folder.file("s/polity.yaml", "service: [\n");
    let said = check(&folder, &["s/deploy"]).exits(1).stdout;
    assert!(said.contains("../polity.yaml:1") && said.contains("unreadable-evidence"), "{said}");
    std::fs::remove_file(folder.path("s/polity.yaml")).unwrap();
    std::fs::create_dir(folder.path("s/polity.yaml")).unwrap();
    assert_eq!(check(&folder, &["s/deploy"]).code, 4, "what cannot be read is not as if it were not there");
}

#[test]
fn a_folder_in_a_service_is_not_asked_for_what_describes_it() {
    let folder = repo().file("s/polity.yaml", "service: {name: s, owner: nobody}\n").file("s/deploy/x.txt", "");
    git(&folder, &["init", "-q"]);
    let of = |named: &str| folder.run(&["check", named, "--policy", "service-without-owner"]);
    assert!(of("s").exits(1).stdout.contains("owner `nobody` is no team"));
    of("s/deploy").exits(0);
    assert!(of(".").exits(1).stdout.contains("s/polity.yaml"));
}

#[test]
fn one_federation_file_holds_for_all_folders_of_a_repository() {
    let folder = organisation().file("s/polity.federation.yaml", "federation: none\n");
    assert_eq!(codes(&folder), [1; 3]);
    let said = check(&folder, &["s"]).stderr;
    assert!(said.contains("`s/polity.federation.yaml` does not hold: `polity.federation.yaml` does for all folders"), "{said}");
    std::fs::remove_dir_all(folder.path(".git")).unwrap();
    let run = check(&folder, &["s"]);
    let is_own = !run.stderr.contains("does not hold") && !run.stdout.contains("asked for by");
    assert!(is_own, "outside of git the nearest file says where a repository ends: {run}");
}

#[test]
fn a_federation_file_below_the_checked_folder_is_named() {
    let folder = organisation();
    std::fs::rename(folder.path("polity.federation.yaml"), folder.path("s/polity.federation.yaml")).unwrap();
    let here = "`s/polity.federation.yaml` does not hold here: a check of `s` goes by it";
    let said = [(); 2].map(|()| folder.run(&["check", "."]).stderr);
    assert!(said[0].contains(here) && said[0] == said[1], "{said:?}");
    assert!(check(&folder, &[".", "--format", "json"]).stdout.contains(here));
    for args in [&["s"][..], &[".", "--federation", "s/polity.federation.yaml"]] {
        let run = check(&folder, args);
        assert!(!run.stderr.contains("does not hold"), "{run}");
    }
    let folder = folder.file("s/deploy/polity.federation.yaml", "federation: none\n");
    let said = check(&folder, &["."]).stderr;
    assert!(said.contains(here), "{said}");
    assert!(said.contains("`s/deploy/polity.federation.yaml` does not hold: `s/polity.federation.yaml` does for all folders"), "{said}");
    let folder = folder.file("polity.federation.yaml", "federation: acme\nlayers: [acme/base@1]\n");
    let said = check(&folder, &["."]).stderr;
    for inner in ["s", "s/deploy"] {
        assert!(said.contains(&format!("`{inner}/polity.federation.yaml` does not hold: `polity.federation.yaml` does for all")), "{said}");
    }
}

#[test]
fn what_a_sparse_checkout_leaves_out_above_a_folder_is_missed() {
    let other = ("rules/policies/other/policy.yaml", "rules/policies/other/policy.rego");
    let folder = committed(organisation().file(other.0, manifest("error", "")).file(other.1, LINES), "one");
    assert_eq!(codes(&folder), [1; 3]);
    git(&folder, &["sparse-checkout", "set", "--no-cone", "/*", "!/polity.federation.yaml"]);
    let missed = "`polity.federation.yaml` holds here and is not in the work tree: git keeps it, and the sparse checkout leaves it out";
    let folder = folder.file("s/polity.federation.yaml", "federation: none\n");
    assert_eq!(codes(&folder), [3; 3]);
    let said = check(&folder, &["s"]).stderr;
    assert!(said.contains(missed), "{said}");
    assert_eq!(check(&folder, &["s", "--federation", "s/polity.federation.yaml"]).code, 1, "one that is named is read");
    std::fs::remove_file(folder.path("s/polity.federation.yaml")).unwrap();
    git(&folder, &["init", "-q", "s/deploy"]);
    assert!(check(&folder, &["s/deploy"]).exits(3).stderr.contains(missed), "above a repository in the repository");
    std::fs::remove_dir_all(folder.path("s/deploy/.git")).unwrap();

    git(&folder, &["sparse-checkout", "set", "--no-cone", "/*", "!/s/polity.yaml"]);
    assert_eq!(codes(&folder), [1, 1, 4]);
    assert!(check(&folder, &["s"]).stdout.contains("unreadable-evidence"));
    let said = check(&folder, &["s/deploy"]).stderr;
    assert!(said.contains("s/polity.yaml`: git keeps it, and the sparse checkout leaves it out"), "{said}");

    git(&folder, &["sparse-checkout", "set", "--no-cone", "/*", "!/rules/policies/other/"]);
    let said = check(&folder, &["s"]).stderr;
    assert!(
        said.contains("`rules/policies/other` is no policy and is not loaded: git keeps it, and the sparse checkout leaves it out"),
        "{said}"
    );
    git(&folder, &["sparse-checkout", "disable"]);
    assert_eq!(codes(&folder), [1; 3]);
}

#[test]
fn waivers_count_in_services_and_at_the_root_alone() {
    let waiver = "policy: acme/bad-line\nsubject: {path: x.txt, text: bad}\nreason: migration\nbecause: b\nowner: pay\nticket: T\nexpires: 2026-12-31\n";
    let folder = organisation().file("s/deploy/waivers/w.yaml", waiver).file("s/deploy/waivers/other.yaml", "a: 1\n");
    assert_eq!(codes(&folder), [1; 3]);
    for (named, place) in [(".", "s/deploy/waivers/w.yaml"), ("s", "deploy/waivers/w.yaml"), ("s/deploy", "waivers/w.yaml")] {
        let said = check(&folder, &[named, "--today", "2026-11-01"]).stdout;
        assert!(said.contains("waiver stands where none counts") && said.contains(&format!("--> {place}:1")), "{named}: {said}");
        assert!(!said.contains("other.yaml"), "{said}");
    }
    let folder = folder.file("s/waivers/w.yaml", waiver.replace("x.txt", "deploy/x.txt"));
    std::fs::remove_dir_all(folder.path("s/deploy/waivers")).unwrap();
    assert_eq!(codes(&folder), [0; 3]);
}

#[test]
fn what_polity_goes_by_cannot_be_hidden() {
    let hidden = "polity.yaml\n*.yaml\nwaivers\nwaivers/\n";
    let folder = organisation().file("s/.polityignore", hidden).file(".polityignore", format!("rules/\n{hidden}"));
    assert_eq!(codes(&folder), [1; 3]);
    let folder = folder.file("s/waivers/deep/w.yaml", "policy: [\n");
    assert!(check(&folder, &[]).stdout.contains("invalid-waiver"));
    let folder = committed(folder, "one");
    let report = json(&folder, &["--since", "HEAD"]);
    let kinds: Vec<_> = report["findings"].as_array().unwrap().iter().map(|one| one["suppression"]["kind"].clone()).collect();
    assert!(kinds.len() == 2 && kinds.iter().all(|kind| kind == "since"), "the past is seen alike: {report}");
    let folder = folder.file(".polityignore", "rules/\ns/\n");
    let report = json(&folder, &[]);
    assert!(report["services"][0]["root"] == "" && report["hidden"].as_array().unwrap().len() == 2, "a whole folder can be: {report}");
}

#[test]
fn what_was_not_looked_at_is_said_in_every_format_with_a_place_for_it() {
    let folder = world().file("a.txt", "bad\n").file("other/policy.yaml", manifest("advice", "")).file("other/policy.rego", super::LINES);
    for format in ["human", "sarif", "github", "junit", "markdown", "html"] {
        let args = ["check", "--registry", "rules", "--policies", "other", "--skip", "acme/bad-line", "--format", format];
        let markup = ["`", "\\`", "<code>", "</code>", "&#96;"];
        let said = markup.iter().fold(folder.run(&args).stdout, |said, one| said.replace(one, ""));
        assert!(said.contains("policy acme/bad-line was skipped"), "{format}: {said}");
        assert!(said.contains("hidden") && said.contains("polityignore"), "{format}: {said}");
    }
}

#[test]
fn what_cannot_be_read_in_a_changed_file_is_new() {
    let rule = "package polity\ndeny contains {\"message\": \"m\", \"path\": \"a.yaml\"} if repo.yaml(\"a.yaml\")[0].bad\n";
    let folder = world().file("rules/policies/bad-line/policy.rego", rule).file("a.yaml", "good: 1\nx: [\n");
    git(&folder, &["init", "-q"]);
    let folder = committed(folder, "one").file("b.txt", "");
    check(&folder, &["--since", "HEAD"]).exits(0);
    let folder = folder.file("a.yaml", "bad: 1\nx: [\n");
    assert!(check(&folder, &["--since", "HEAD"]).exits(1).stdout.contains("unreadable-evidence"));
}

#[cfg(unix)]
#[test]
fn what_looks_like_a_policy_and_is_none_is_named() {
    let (rule, text) = (super::LINES, manifest("error", ""));
    let folder = world()
        .file("rules/policies/b/policy.yml", &text)
        .file("rules/policies/b/policy.rego", rule)
        .file("rules/policies/group/c/policy.yaml", &text)
        .file("rules/policies/bad-line/cases/x/policy.yaml", &text)
        .file("real/policy.yaml", &text);
    std::os::unix::fs::symlink("../../real", folder.path("rules/policies/d")).unwrap();
    for args in [["--registry", "rules"], ["--policies", "rules"]] {
        let said = folder.run(&[&["check"][..], &args].concat()).stderr;
        let lines: Vec<_> = said.lines().filter(|line| line.contains("is no policy and is not loaded")).collect();
        assert_eq!(lines.len(), 3, "{said}");
        for path in ["b/policy.yml", "group/c/policy.yaml", "d"] {
            assert!(said.contains(&format!("`rules/policies/{path}` is no policy")), "{path}: {said}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_waiver_that_would_not_count_is_not_written_or_told_of() {
    let folder = organisation().file("rules/layers/base/layer.yaml", FLOOR.replace("mandatory:", "max_waiver: 30d\nmandatory:"));
    let add_until = |stand: &str, policy: &str, last: &str| {
        let words = ["waiver", "add", policy, "--registry", "../rules", "--path", "deploy/x.txt", "--text", "bad", "--reason", "migration"];
        let more = ["--because", "b", "--owner", "pay", "--ticket", "T", "--expires", last, "--today", "2026-11-01"];
        folder.finish(folder.command(&[&words[..], &more].concat()).current_dir(folder.path(stand)))
    };
    let add = |stand: &str, policy: &str| add_until(stand, policy, "2026-12-01");
    let said = add_until("s", "acme/bad-line", "2026-12-02").exits(2).stderr;
    assert!(said.contains("error: the policy layers allow 30 days, and 2026-12-02 is later"), "{said}");
    assert!(said.contains("help: the latest day is 2026-12-01: `--expires 2026-12-01`") && !folder.path("s/waivers").exists(), "{said}");
    std::fs::create_dir_all(folder.path("other")).unwrap();
    std::fs::write(folder.path("other/polity.yaml"), "service: {name: o, owner: t}\npolicies: {mandatory: [{policy: nope}]}\n").unwrap();
    let said = add_until("s", "unknown-owner", "2026-12-02").exits(2).stderr;
    assert!(said.contains("the policy layers allow 30 days"), "whatever is wrong elsewhere: {said}");
    std::fs::remove_dir_all(folder.path("other")).unwrap();
    add("s", "acme/bad-line").exits(0);
    let said = add("s", "bad-lin").exits(0).stderr;
    assert!(said.contains("there is no policy `bad-lin`; did you mean `bad-line`?"), "{said}");
    std::fs::remove_dir_all(folder.path("s/waivers")).unwrap();
    std::os::unix::fs::symlink("../..", folder.path("s/waivers")).unwrap();
    let said = add("s", "acme/bad-line").exits(3).stderr;
    assert!(said.contains("`waivers` is no folder"), "{said}");
}

#[test]
fn a_federation_file_of_another_name_is_no_federation_that_is_not_there() {
    for name in ["polity.federation.yml", "polity.Federation.yaml"] {
        let folder = organisation();
        std::fs::rename(folder.path("polity.federation.yaml"), folder.path(name)).unwrap();
        for named in [".", "s", "s/deploy"] {
            let said = check(&folder, &[named]).exits(3).stderr;
            assert!(said.contains(&format!("{name}` is not read: a federation file has to be called `polity.federation.yaml`")), "{said}");
        }
    }
    let folder = organisation().file("polity.federation.yml", "federation: other\n");
    assert_eq!(codes(&folder), [1; 3], "the right one is beside it");
}

#[test]
fn a_part_of_a_repository_does_not_say_that_its_services_are_apart() {
    let folder =
        repo().file("a/polity.yaml", "service: {name: shop, owner: pay}\n").file("b/polity.yaml", "service: {name: shop, owner: pay}\n");
    git(&folder, &["init", "-q"]);
    let said = |named: &str| {
        let run = folder.run(&["check", named, "--policy", "shared-service-name", "--policy", "unknown-owner", "--format", "json"]);
        let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        report["evaluations"].as_array().unwrap().iter().map(|one| (one["verdict"].clone(), one["reasons"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(said(".")[0].0, "fail");
    let part = said("a");
    assert_eq!(part[0], ("fail".into(), serde_json::json!([])));
    assert_eq!(part[1].0, "not-applicable", "nowhere in the repository is a directory of teams");
}

#[cfg(unix)]
#[test]
fn a_waiver_may_be_a_link_to_a_file_of_the_repository() {
    let waiver = "policy: acme/bad-line\nsubject: {path: x.txt, text: bad}\nreason: migration\nbecause: x\nowner: pay\nticket: P-1\nexpires: 2026-12-31\n";
    let folder = organisation().file("common/w.yaml", waiver).file("s/waivers/keep", "").file("s/x.txt", "bad\n");
    std::fs::remove_file(folder.path("s/deploy/x.txt")).unwrap();
    std::os::unix::fs::symlink("../../common/w.yaml", folder.path("s/waivers/w.yaml")).unwrap();
    let waived = |named: &str| json(&folder, &[named, "--today", "2026-11-01"])["findings"][0]["suppression"]["kind"].clone();
    assert_eq!((waived("."), waived("s")), ("waiver".into(), "waiver".into()));
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out_of_a_service_has_a_past() {
    let folder = organisation().file("common/x.txt", "bad\n");
    std::fs::remove_file(folder.path("s/deploy/x.txt")).unwrap();
    std::os::unix::fs::symlink("../../common/x.txt", folder.path("s/deploy/x.txt")).unwrap();
    let folder = committed(folder, "one");
    for named in [".", "s", "s/deploy"] {
        let report = json(&folder, &[named, "--since", "HEAD"]);
        assert_eq!(report["findings"][0]["suppression"]["kind"], "since", "{named}: {report}");
    }
}
