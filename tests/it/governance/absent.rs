//! Evidence that is not in the checkout: submodules, pointers of Git LFS, what git-crypt encrypted, and what is no Dockerfile. None of it is a pass.

use std::process::Command;

use crate::support::{Repo, repo};

const POINTER: &str =
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
const ENCRYPTED: &[u8] = b"\0GITCRYPT\0\xf0\x9a\x01\x02";
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: w}\nspec: {containers: [{name: a, image: 'r/f:1', env: [{name: DB_PASSWORD, value: hunter2secret}]}]}\n";

fn git(folder: &Repo, args: &[&str]) {
    let settings =
        ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always", "-c", "commit.gpgsign=false"];
    let said = Command::new("git").args(settings).args(args).current_dir(folder.root()).output().unwrap();
    assert!(said.status.success(), "{args:?}: {}", String::from_utf8_lossy(&said.stderr));
}

#[track_caller]
fn json(folder: &Repo, policies: &[&str]) -> serde_json::Value {
    let asked: Vec<_> = policies.iter().flat_map(|policy| ["--policy", *policy]).collect();
    let run = folder.run(&[&["check", "--format", "json"], &asked[..]].concat());
    serde_json::from_str(&run.stdout).unwrap_or_else(|e| panic!("{e}\n{run}"))
}

/// The verdict of a policy, and what could not be read: how grave, where and why.
#[track_caller]
fn verdict(folder: &Repo, policy: &str) -> (String, Vec<String>) {
    let report = json(folder, &[policy]);
    let unread = report["findings"].as_array().unwrap().iter().filter(|finding| finding["policy"] == "unreadable-evidence");
    let said = |finding: &serde_json::Value| {
        [&finding["severity"], &finding["locations"][0]["path"], &finding["message"]]
            .map(|part| part.as_str().unwrap().to_owned())
            .join(" ")
    };
    (report["evaluations"][0]["verdict"].as_str().unwrap().to_owned(), unread.map(said).collect())
}

#[track_caller]
fn unknown(folder: &Repo, policy: &str, why: &str) {
    assert_eq!(verdict(folder, policy), ("unknown".to_owned(), vec![why.to_owned()]));
}

#[test]
fn a_submodule_that_is_not_checked_out_is_no_absence() {
    let inner = repo().file("Dockerfile", "FROM node\nCMD [\"x\"]\n");
    git(&inner, &["init", "-q"]);
    git(&inner, &["add", "."]);
    git(&inner, &["commit", "-qm", "x"]);
    let outer = repo().file("a", "");
    git(&outer, &["init", "-q"]);
    git(&outer, &["submodule", "add", "-q", inner.root().to_str().unwrap(), "deploy"]);
    git(&outer, &["add", "."]);
    git(&outer, &["commit", "-qm", "x"]);
    assert_eq!(verdict(&outer, "root-container").0, "fail");
    git(&outer, &["submodule", "deinit", "-q", "--force", "deploy"]);
    unknown(&outer, "root-container", "warning deploy submodule was not looked at");
    git(&outer, &["rm", "-q", "--cached", ".gitmodules"]);
    std::fs::remove_file(outer.path(".gitmodules")).unwrap();
    unknown(&outer, "root-container", "warning deploy submodule was not looked at");
    let archive = repo().file(".gitmodules", "[submodule \"deploy\"]\n\tpath = deploy\n\turl = https://example.org/deploy\n");
    unknown(&archive, "root-container", "warning deploy submodule was not looked at");
    assert_eq!(verdict(&archive.file("deploy/a", ""), "root-container").0, "not-applicable");
}

#[test]
fn a_submodule_may_hold_a_service() {
    let described = "service: {name: same, owner: t}\n";
    let inner = repo().file("polity.yaml", described);
    git(&inner, &["init", "-q"]);
    git(&inner, &["add", "."]);
    git(&inner, &["commit", "-qm", "x"]);
    let outer = repo().file("polity.yaml", described);
    git(&outer, &["init", "-q"]);
    git(&outer, &["submodule", "add", "-q", inner.root().to_str().unwrap(), "b"]);
    outer.polity(["check", "--baseline", "write"]).exits(0);
    git(&outer, &["add", "."]);
    git(&outer, &["commit", "-qm", "x"]);
    assert_eq!(verdict(&outer, "shared-service-name").0, "fail");
    let kept = outer.read(".polity-baseline.yaml");
    assert!(kept.contains("shared-service-name"), "{kept}");
    git(&outer, &["submodule", "deinit", "-q", "--force", "b"]);
    assert_eq!(verdict(&outer, "shared-service-name").0, "unknown");
    outer.polity(["check", "--baseline", "shrink"]);
    assert_eq!(outer.read(".polity-baseline.yaml"), kept, "it is found again with the submodule");
}

#[test]
fn content_that_is_elsewhere_is_unknown() {
    let lfs = "file is a pointer of Git LFS";
    unknown(&repo().file("Dockerfile", POINTER), "root-container", &format!("error Dockerfile {lfs}"));
    unknown(&repo().file("Dockerfile", ENCRYPTED), "root-container", "error Dockerfile file is encrypted by git-crypt");
    for name in ["d.yaml", "d.json"] {
        unknown(&repo().file(name, POINTER), "secret-in-manifest", &format!("error {name} {lfs}"));
        unknown(&repo().file(name, ENCRYPTED), "secret-in-manifest", &format!("error {name} file is encrypted by git-crypt"));
        let large = POINTER.replace("12345", "123456789");
        unknown(&repo().file(name, large), "secret-in-manifest", &format!("warning {name} {lfs}"));
    }
    unknown(
        &repo().file("requirements.txt", POINTER).file("Dockerfile", "FROM a\n"),
        "unlocked-dependency",
        &format!("warning requirements.txt {lfs}"),
    );
    let code =
        repo().file("polity.yaml", "service: {name: a, owner: b}\nowns: {data: [a]}\nevents: {publishes: [a.b]}\n").file("a.go", POINTER);
    assert_eq!(verdict(&code, "event-without-outbox").1, [format!("warning a.go {lfs}")]);
}

#[test]
fn a_search_for_secrets_lists_what_it_has_not() {
    let folder = repo().file("a.txt", POINTER).file("logo.svg", POINTER);
    let report = json(&folder, &["committed-secret"]);
    assert_eq!(report["findings"], serde_json::json!([]));
    let listed: Vec<_> = report["left_out"].as_array().unwrap().iter().map(|item| item["path"].as_str().unwrap()).collect();
    assert_eq!(listed, ["a.txt", "logo.svg"]);
}

#[test]
fn what_no_builder_takes_is_no_dockerfile() {
    let policy = "root-container";
    for text in ["", "# nothing\n", "ARG a\n"] {
        unknown(&repo().file("Dockerfile", text), policy, "error Dockerfile Dockerfile has no `FROM`");
    }
    let odd = "error Dockerfile `FROMM` is no instruction of a Dockerfile";
    unknown(&repo().file("Dockerfile", "FROM a\nFROMM node\nUSER 1\n"), policy, odd);
    let conflict = "<<<<<<< HEAD\nFROM node\n=======\nFROM python\n>>>>>>> x\n";
    unknown(&repo().file("Dockerfile", conflict), policy, "error Dockerfile `<<<<<<<` is no instruction of a Dockerfile");
    let fine = "# escape=`\nARG v=1\nfrom a:1 AS b\nMaintainer me\nONBUILD RUN x\nHEALTHCHECK NONE\nSHELL [\"sh\"]\nSTOPSIGNAL 1\nUSER 1\n";
    assert_eq!(verdict(&repo().file("Dockerfile", fine), policy), ("pass".to_owned(), Vec::new()));
}

#[test]
fn a_baseline_does_not_shrink_by_what_could_not_be_read() {
    let folder = repo().file("Dockerfile", "FROM node:1\nCMD [\"x\"]\n").file("k8s/d.yaml", POD).file("k8s/e.json", "{}");
    let check = |more: &[&str]| folder.run(&[&["check"], more].concat());
    check(&["--baseline", "write"]).exits(0);
    let written = folder.read(".polity-baseline.yaml");
    assert!(written.contains("Dockerfile") && written.contains("k8s/d.yaml"), "{written}");
    for content in [POINTER.as_bytes(), ENCRYPTED] {
        for path in ["Dockerfile", "k8s/d.yaml"] {
            std::fs::write(folder.path(path), content).unwrap();
        }
        let run = check(&[]).exits(1);
        assert!(!run.stdout.contains("stale-baseline"), "{run}");
        check(&["--baseline", "shrink"]);
        assert_eq!(folder.read(".polity-baseline.yaml"), written);
    }
}
