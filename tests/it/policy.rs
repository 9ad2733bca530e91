//! `polity policy` on folders of policies, and the project's own policies held to the same laws.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::{Repo, binary, repo};

/// A registry with one scaffolded policy.
fn scaffolded() -> Repo {
    let folder = repo().file("registry.yaml", "namespace: team\n");
    folder.polity(["policy", "new", "policies/service-without-notes"]).exits(0);
    folder
}

const POLICY: &str = "policies/service-without-notes";

#[test]
fn a_new_policy_passes_its_own_test() {
    let folder = scaffolded();
    insta::assert_snapshot!(folder.polity(["policy", "test"]).exits(0), @r"
    exit: 0
    ----- stdout
    ok      service-without-notes

    1 policy, 0 broken
    ");
    let listed = folder.polity(["policy", "list", "--registry", "."]).exits(0).stdout;
    assert!(
        listed.lines().any(|line| line.starts_with("team/service-without-notes ") && line.ends_with("  service has no notes")),
        "{listed}"
    );
    folder.polity(["policy", "test", POLICY]).exits(0);
}

#[test]
fn a_second_policy_starts_from_the_good_case_of_the_first() {
    let folder = scaffolded();
    folder.polity(["policy", "new", "policies/service-without-diary"]).exits(0);
    assert!(folder.read("policies/service-without-diary/cases/good/polity.yaml").contains("sample-team"));
    assert!(folder.polity(["policy", "test"]).stdout.contains("bad case fires `service-without-diary` too"), "both ask for one file");
}

#[test]
fn a_policy_outside_a_registry_is_told_so() {
    let hint = "it stands in no registry: put it below `policies/` beside a `registry.yaml` to give it a namespace\n";
    let said = |dir: &str| scaffolded().polity(["policy", "new", dir]).exits(0).stdout;
    assert!(!said("policies/service-without-diary").contains(hint));
    assert!(said("service-without-diary").contains(hint) && said("other/policies/service-without-diary").contains(hint));
}

#[test]
fn an_id_is_a_name_and_a_folder_is_not_overwritten() {
    let folder = scaffolded();
    insta::assert_snapshot!(folder.polity(["policy", "new", "policies/NoNotes"]).exits(2), @r"
    exit: 2
    ----- stderr
    error: `NoNotes` is not an id for a policy
     |
     = help: name what is wrong in lower-case words with hyphens, for example `service-without-owner`
    ");
    insta::assert_snapshot!(folder.polity(["policy", "new", POLICY]).exits(2), @r"
    exit: 2
    ----- stderr
    error: `policies/service-without-notes` exists already
     |
     = help: choose another name for the policy
    ");
}

/// Changes a file of the scaffolded policy, and names what `polity policy test` says then.
#[track_caller]
fn broken(path: &str, change: impl FnOnce(String) -> String) -> String {
    let folder = scaffolded();
    let full = format!("{POLICY}/{path}");
    let text = std::fs::read_to_string(folder.path(&full)).unwrap_or_default();
    let run = folder.file(&full, change(text)).polity(["policy", "test"]);
    assert_eq!(run.code, 1, "{run}");
    let errors: Vec<_> = run.stdout.lines().filter_map(|line| line.strip_prefix("error: ")).collect();
    errors.join("; ")
}

#[test]
fn every_law_can_be_broken() {
    let page = |from: &'static str, to: &'static str| move |text: String| text.replace(from, to);
    assert_eq!(broken("README.md", page("# service-without-notes", "# notes")), "heading of the page is not the policy's id");
    assert_eq!(broken("README.md", page("## Why", "## Because")), "page of the policy does not have the sections that every policy has");
    assert_eq!(broken("README.md", page("Write `NOTES.md`.", "")), "section `Fix` is empty");
    assert_eq!(broken("README.md", page("What a newcomer", "What an oldtimer")), "block `# Notes…` is not in a file of these cases");
    assert_eq!(
        broken("README.md", page("`cases/bad/polity.yaml`", "The file")),
        "section names no file of a bad case, such as `cases/bad/polity.yaml`"
    );
    assert_eq!(broken("cases/bad.snap", |_| "something else".to_owned()), "snapshot is not what the policy says about its bad case");
    assert_eq!(
        broken("cases/bad/NOTES.md", |_| "here".to_owned()),
        "bad case does not fire the policy; snapshot is not what the policy says about its bad case"
    );
    assert_eq!(
        broken("cases/good2/polity.yaml", |_| "service: {name: a}\n".to_owned()),
        "good case fires the policy: service has no notes"
    );
    assert_eq!(broken("cases/ugly/x", |_| String::new()), "name of a case begins with none of `good`, `bad` and `not-applicable`");
    let blind = |_| "package polity\n\ndeny contains {\"message\": \"m\"} if 1 > 0\n".to_owned();
    assert!(broken("policy.rego", blind).ends_with("rule reads nothing of the repository"));
}

#[test]
fn a_case_without_business_says_why() {
    let reasoned = |folder: Repo| {
        let rule = folder.read(&format!("{POLICY}/policy.rego"));
        folder.file(
            &format!("{POLICY}/policy.rego"),
            rule + "\nnot_applicable contains \"it is asleep\" if input.service.facts.service.language == \"sleep\"\n",
        )
    };
    let said = |folder: &Repo| {
        let run = folder.polity(["policy", "test"]).exits(1);
        run.stdout.lines().filter_map(|line| line.strip_prefix("error: ")).collect::<Vec<_>>().join("; ")
    };
    let folder = reasoned(scaffolded());
    assert_eq!(said(&folder), "policy has no not-applicable case");
    let case = |language: &str| format!("service: {{name: a, language: {language}}}\n");
    let folder = folder
        .file(&format!("{POLICY}/cases/not-applicable/polity.yaml"), case("rust"))
        .file(&format!("{POLICY}/cases/not-applicable/NOTES.md"), "");
    assert!(said(&folder).starts_with("not-applicable case passes"), "{}", said(&folder));
    let folder = folder.file(&format!("{POLICY}/cases/not-applicable/polity.yaml"), case("sleep"));
    assert_eq!(said(&folder), "snapshot is not what the policy says about its not-applicable case");
    folder.polity(["policy", "test", "--accept"]).exits(0);
    assert_eq!(folder.read(&format!("{POLICY}/cases/not-applicable.snap")), "not applicable: it is asleep\n");
    let folder = folder.file(&format!("{POLICY}/cases/good/polity.yaml"), case("sleep"));
    assert_eq!(said(&folder), "good case is none of the policy's business");
    std::fs::remove_file(folder.path(&format!("{POLICY}/cases/not-applicable/NOTES.md"))).unwrap();
    assert!(said(&folder).contains("not-applicable case fires the policy: service has no notes"), "{}", said(&folder));
}

#[test]
fn a_bad_case_that_cannot_be_read_fires_more_than_its_policy() {
    let folder = scaffolded();
    let rule = folder.read(&format!("{POLICY}/policy.rego")).replace("not repo.exists", "not repo.yaml(\"x.yaml\")\n\tnot repo.exists");
    let folder = folder.file(&format!("{POLICY}/policy.rego"), rule).file(&format!("{POLICY}/cases/bad/x.yaml"), "a: [");
    let run = folder.polity(["policy", "test"]).exits(1);
    assert!(run.stdout.contains("bad case fires `unreadable-evidence` too: file is not valid YAML"), "{run}");
}

#[test]
fn accept_writes_the_snapshot() {
    let folder = scaffolded();
    let snap = format!("{POLICY}/cases/bad.snap");
    let kept = folder.read(&snap);
    std::fs::remove_file(folder.path(&snap)).unwrap();
    folder.polity(["policy", "test"]).exits(1);
    folder.polity(["policy", "test", POLICY, "--accept"]).exits(0);
    assert_eq!(folder.read(&snap), kept);
}

#[test]
fn two_policies_of_one_name_are_told_apart() {
    let folder = scaffolded().file("polity.yaml", "service: {name: a}\n").file(".polityignore", "policies\n");
    let run = folder.polity(["check", "--registry", ".", "--policies", "policies", "--policy", "service-without-notes"]).exits(0);
    assert!(run.stdout.contains("[team/service-without-notes]") && run.stdout.contains("[./policies/service-without-notes]"), "{run}");
}

fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn polity(folder: &Path, args: &[&str]) -> std::process::Output {
    std::process::Command::new(binary()).args(args).current_dir(folder).output().unwrap()
}

#[test]
fn the_projects_own_policies_keep_every_law() {
    let output = polity(&project(), &["policy", "test"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let all = std::fs::read_dir(project().join("policies")).unwrap().count();
    assert_eq!(said.lines().filter(|line| line.starts_with("ok  ")).count(), all, "{said}");
}

#[test]
fn each_of_the_projects_own_policies_says_since_when_it_is_there() {
    for folder in std::fs::read_dir(project().join("policies")).unwrap() {
        let path = folder.unwrap().path().join("policy.yaml");
        let text = std::fs::read_to_string(&path).unwrap();
        // That it is a day is seen where the manifest is read.
        assert!(text.lines().any(|line| line.starts_with("since: ")), "{}: no `since`, the day on which it came", path.display());
    }
}

/// Whether a page begins its last section with what its rule takes for a mistake and is none.
fn says_when_it_is_wrong(page: &str) -> bool {
    let Some((_, section)) = page.split_once("\n## How to waive\n") else { return false };
    let note = section.trim_start().strip_prefix("When it is wrong:").and_then(|note| note.lines().next());
    note.is_some_and(|note| !note.trim().is_empty())
}

#[test]
fn each_of_the_projects_own_policies_says_when_it_is_wrong() {
    for folder in std::fs::read_dir(project().join("policies")).unwrap() {
        let path = folder.unwrap().path().join("README.md");
        let page = std::fs::read_to_string(&path).unwrap();
        assert!(says_when_it_is_wrong(&page), "{}: `How to waive` does not begin with `When it is wrong: …`", path.display());
    }
}

#[test]
fn a_new_policy_asks_its_author_when_it_is_wrong() {
    let page = scaffolded().read(&format!("{POLICY}/README.md"));
    assert!(says_when_it_is_wrong(&page), "{page}");
    assert!(!says_when_it_is_wrong(&page.replace("When it is wrong:", "")), "{page}");
}

#[test]
fn the_page_of_policies_is_what_the_policies_say() {
    let text = page();
    let path = project().join("book/src/reference/policies.md");
    if std::env::var_os("UPDATE_BOOK").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap_or_default() == text,
        "book/src/reference/policies.md is out of date; run `UPDATE_BOOK=1 cargo test --test it policy`"
    );
}

#[test]
fn the_readme_counts_the_policies_that_there_are() {
    let path = project().join("README.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once("no findings in 1 service, ").unwrap();
    let all = std::fs::read_dir(project().join("policies")).unwrap().count();
    let counted = format!("{before}no findings in 1 service, {all} {}", rest.split_once(' ').unwrap().1);
    if std::env::var_os("UPDATE_BOOK").is_some() {
        std::fs::write(&path, &counted).unwrap();
    }
    assert!(text == counted, "README.md is out of date; run `UPDATE_BOOK=1 cargo test --test it policy`");
}

#[test]
fn the_table_of_parameters_is_what_the_policy_takes() {
    let json = |args: &[&str]| -> serde_json::Value { serde_json::from_slice(&polity(&std::env::temp_dir(), args).stdout).unwrap() };
    let mut wrong = Vec::new();
    for policy in json(&["policy", "list", "--format", "json"])["policies"].as_array().unwrap() {
        let id = policy["id"].as_str().unwrap();
        let taken: BTreeMap<String, String> = policy["parameters"]
            .as_object()
            .map_or_else(BTreeMap::new, |all| all.iter().map(|(name, about)| (name.clone(), written(&about["default"]))).collect());
        let page = json(&["explain", id, "--format", "json"]);
        let sections = page["sections"].as_array().unwrap();
        let section = sections.iter().find(|section| section["heading"] == "Parameters").unwrap()["text"].as_str().unwrap();
        let told = rows(section);
        if taken != told || taken.is_empty() != (section == "None.") {
            wrong.push(format!("{id}: takes {taken:?}, and its page says {told:?} in `{section}`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A default as a page writes it.
fn written(value: &serde_json::Value) -> String {
    match value.as_array() {
        Some(items) => format!("[{}]", items.iter().map(|item| item.as_str().unwrap()).collect::<Vec<_>>().join(", ")),
        None => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
    }
}

/// The first two columns of a table.
fn rows(section: &str) -> BTreeMap<String, String> {
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect::<Vec<_>>();
    let lines = section.lines().filter(|line| line.starts_with("| `")).map(cells);
    lines.map(|row| (row[0].clone(), row[1].clone())).collect()
}

/// A table of all policies, and the page of each with its headings two levels lower.
fn page() -> String {
    let json = |args: &[&str]| -> serde_json::Value { serde_json::from_slice(&polity(&std::env::temp_dir(), args).stdout).unwrap() };
    let mut ids: Vec<(String, String)> = Vec::new();
    let mut text = String::from(
        "# Policies\n\nThe policies that are built into polity, made from their folders and checked by a test. `polity explain ID` shows one of them.\n\n\
         | policy | severity | finds |\n|---|---|---|\n",
    );
    for policy in json(&["policy", "list", "--format", "json"])["policies"].as_array().unwrap() {
        let (id, severity) = (policy["id"].as_str().unwrap(), policy["severity"].as_str().unwrap());
        text += &format!("| [`{id}`](#{id}) | {severity} | {} |\n", policy["title"].as_str().unwrap());
        ids.push((id.to_owned(), format!("{}, version {}", severity, policy["version"].as_str().unwrap())));
    }
    text += "| [`unreadable-evidence`](#unreadable-evidence) | by case | a policy asked for a file that cannot be read or understood |\n";
    ids.push(("unreadable-evidence".to_owned(), "by case".to_owned()));
    for (id, about) in ids {
        text += &format!("\n## {id}\n\n*{about}*\n");
        for section in json(&["explain", &id, "--format", "json"])["sections"].as_array().unwrap() {
            text += &format!("\n### {}\n\n{}\n", section["heading"].as_str().unwrap(), section["text"].as_str().unwrap());
        }
    }
    text
}
