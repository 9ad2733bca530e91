//! What cannot be seen of a repository leaves open what policies say of the rest: nothing that is known is gone for it, and nothing new is let be.

use std::fs;

use super::since::{committed, git};
use crate::support::{Repo, Run, repo};

const POINTER: &str =
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";

fn services(all: &[(&str, &str)]) -> Repo {
    let described = |(folder, name): &(&str, &str)| (format!("{folder}/polity.yaml"), format!("service: {{name: {name}, owner: t}}\n"));
    let folder = all.iter().map(described).fold(repo(), |folder, (path, text)| folder.file(&path, text));
    git(&folder, &["init", "-q"]);
    folder
}

/// The baseline of all that is found, committed.
fn known(folder: Repo) -> (Repo, String) {
    folder.polity(["check", "--baseline", "write"]).exits(0);
    let folder = committed(folder, "one");
    let baseline = folder.read(".polity-baseline.yaml");
    (folder, baseline)
}

#[track_caller]
fn says(run: &Run, what: &str, code: i32) {
    assert!(run.stdout.contains(what) && run.code == code, "`{what}` and {code}: {run}");
}

#[test]
fn a_finding_that_is_known_hides_no_description_that_cannot_be_read() {
    let folder = services(&[]);
    let owns = |name: &str, data: &str| format!("service: {{name: {name}, owner: t}}\nowns: {{data: [{data}]}}\n");
    let folder = folder.file("a/polity.yaml", owns("a", "orders")).file("c/polity.yaml", owns("c", "orders"));
    let (folder, _) = known(folder.file("b/polity.yaml", owns("b", "users")));
    let folder = folder.file("a/src/x.rs", "fn x() { q(\"INSERT INTO users (a) VALUES (1)\"); }\n");
    let check = |folder: &Repo| folder.polity(["check", "a", "--policy", "shared-database"]);
    says(&check(&folder), "error[shared-database]", 1);
    let folder = folder.file("b/polity.yaml", "service: {name: b, owner: t}\nowns: {data: [users}\n");
    says(&check(&folder), "--> ../b/polity.yaml:2", 1);
    let said = folder.polity(["check", "a", "--policy", "shared-database", "--format", "github"]);
    says(&said, "file=b/polity.yaml,line=2", 1);
}

#[test]
fn a_description_elsewhere_that_changed_is_no_older_than_the_revision() {
    let folder = services(&[("a", "one")]);
    let broken = |name: &str| format!("service: {{name: {name}, owner: t}}\nconsistency: [\n");
    let folder = committed(folder.file("b/polity.yaml", broken("two")), "one");
    let check = |named: &str| folder.polity(["check", named, "--since", "HEAD~1", "--policy", "shared-service-name"]);
    git(&folder, &["commit", "-q", "--allow-empty", "-m", "same"]);
    says(&check("a"), "1 older", 0);
    fs::write(folder.path("b/polity.yaml"), broken("one")).unwrap();
    for named in [".", "a"] {
        says(&check(named), "unreadable-evidence", 1);
    }
}

#[test]
fn what_a_submodule_may_hold_keeps_what_is_known_beside_other_findings() {
    let inner = services(&[]).file("polity.yaml", "service: {name: x, owner: t}\n");
    let inner = committed(inner, "one");
    let folder = services(&[("a", "same"), ("b", "same"), ("c", "x")]);
    git(&folder, &["submodule", "add", "-q", inner.root().to_str().unwrap(), "sub"]);
    let (folder, baseline) = known(folder);
    assert_eq!(baseline.matches("shared-service-name").count(), 4, "{baseline}");
    git(&folder, &["submodule", "deinit", "-q", "-f", "sub"]);
    let run = folder.polity(["check"]);
    assert!(!run.stdout.contains("stale-baseline"), "{run}");
    folder.polity(["check", "--baseline", "shrink"]);
    assert_eq!(folder.read(".polity-baseline.yaml"), baseline);
}

#[test]
fn a_pointer_may_hold_what_a_finding_in_another_file_rests_on() {
    let url = "url: postgres://u@db.prod/orders\n";
    let folder = services(&[("a", "a"), ("b", "b")]).file("a/config.yaml", url).file("b/config.yaml", url);
    let (folder, baseline) = known(folder);
    assert!(baseline.contains("shared-database"), "{baseline}");
    let folder = folder.file("b/config.yaml", POINTER);
    let run = folder.polity(["check"]);
    assert!(!run.stdout.contains("stale-baseline"), "{run}");
    folder.polity(["check", "--baseline", "shrink"]);
    assert_eq!(folder.read(".polity-baseline.yaml"), baseline);
}

#[test]
fn a_folder_that_is_not_there_may_hold_a_service() {
    let folder = committed(services(&[("a", "same"), ("b", "same")]), "one");
    git(&folder, &["sparse-checkout", "set", "--cone", "a"]);
    let check = |named: &str| folder.polity(["check", named, "--policy", "shared-service-name"]);
    says(&check("."), "unreadable-evidence", 1);
    says(&check("a"), "1 unknown", 0);
}

#[test]
fn a_description_of_another_name_may_be_a_service() {
    let folder = services(&[("a", "same")]).file("b/polity.yml", "service: {name: same, owner: t}\n");
    let check = |named: &str| folder.polity(["check", named, "--policy", "shared-service-name"]);
    says(&check("."), "`polity.yml` is not read", 1);
    says(&check("a"), "1 unknown", 0);
}

#[test]
fn a_rule_may_have_another_name_for_what_it_asks() {
    let inner = committed(services(&[]).file("a", ""), "one");
    let folder = services(&[("a", "a")]).file(".polityignore", "/rules/\n");
    git(&folder, &["submodule", "add", "-q", inner.root().to_str().unwrap(), "sub"]);
    let mut folder = committed(folder, "one");
    git(&folder, &["submodule", "deinit", "-q", "-f", "sub"]);
    for (body, verdict) in [
        ("count(input.services) > 9", "1 unknown"),
        ("count(input[\"services\"]) > 9", "1 unknown"),
        ("i := input; count(i.services) > 9", "1 unknown"),
        ("count(input.parameters) > 9 # asks nothing of input.services", "no findings in 1 service, 1 policy\nhidden"),
    ] {
        folder = folder
            .file("rules/p/policy.yaml", "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\nsubject: repository\nlooks_around: true\n")
            .file(
                "rules/p/policy.rego",
                format!("package polity\n\ndeny contains {{\"message\": \"m\", \"path\": \"a/polity.yaml\"}} if {{\n\t{body}\n}}\n"),
            );
        let run = folder.polity(["check", "--policies", "rules", "--policy", "p"]);
        assert!(run.stdout.contains(verdict), "{body}: {run}");
    }
}

#[cfg(unix)]
#[test]
fn a_baseline_that_cannot_be_read_is_an_error_from_every_folder() {
    let folder = services(&[("a", "a")]);
    let place = folder.path(".polity-baseline.yaml");
    let check =
        |what: &str| ["a", "."].iter().for_each(|named| assert!(matches!(folder.polity(["check", named]).code, 3 | 4), "{what} {named}"));
    std::os::unix::fs::symlink("nowhere", &place).unwrap();
    check("a link");
    fs::remove_file(&place).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&place).status().unwrap().success());
    check("a pipe");
    fs::remove_file(&place).unwrap();
}

#[test]
fn a_folder_of_no_service_beside_services_is_none() {
    let folder = services(&[("a", "a")]).file("docs/x.md", "x\n");
    let run = |named: &str| folder.polity(["check", named, "--policy", "service-without-owner"]);
    for named in ["docs", "."] {
        run(named).exits(0);
    }
    git(&folder, &["add", "-A"]);
    git(&folder, &["commit", "-qm", "one"]);
    fs::write(folder.path("docs/polity.yaml"), "service: {name: docs}\n").unwrap();
    let since = |named: &str| folder.polity(["check", named, "--since", "HEAD", "--policy", "service-without-owner"]);
    for named in ["docs", "."] {
        assert_eq!(since(named).code, 1, "a service that is new: {}", since(named));
    }
    fs::remove_file(folder.path("docs/polity.yaml")).unwrap();
    fs::remove_file(folder.path("a/polity.yaml")).unwrap();
    for named in ["docs", "."] {
        says(&run(named), "does not say what service it is", 1);
    }
}
