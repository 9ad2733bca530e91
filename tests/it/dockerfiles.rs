//! Dockerfiles wherever they stand: those in Compose files are judged, located, waived and repaired as those in files are.

use serde_json::Value;

use crate::support::{Repo, repo};

/// A base that nobody has to pin any more.
const BASE: &str = "reg/a:1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn composed(dockerfile: &[&str]) -> Repo {
    let lines: String = dockerfile.iter().map(|line| format!("        {line}\n")).collect();
    let text = format!("services:\n  web:\n    build:\n      context: .\n      dockerfile_inline: |\n{lines}    ports: [\"80\"] # web\n");
    repo().file("compose.yaml", text.replace("BASE", BASE))
}

fn findings(folder: &Repo, policy: &str) -> Vec<(String, u64, String)> {
    let said = folder.polity(["check", "--policy", policy, "--format", "json"]).stdout;
    let report: Value = serde_json::from_str(&said).unwrap();
    let row = |finding: &Value| {
        let place = &finding["locations"][0];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&finding["policy"]), place["start"]["line"].as_u64().unwrap_or_default(), text(&place["pointer"]))
    };
    report["findings"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn a_finding_is_known_by_the_service_and_shown_at_the_line() {
    let place = "#/services/web/build/dockerfile_inline";
    let expected = |policy: &str, line| [(policy.to_owned(), line, place.to_owned())];
    let folder = composed(&["FROM BASE", "", "USER root", "STOPSIGNAL KILL"]);
    assert_eq!(findings(&folder, "root-container"), expected("root-container", 8));
    assert_eq!(findings(&folder, "ungraceful-stop"), expected("ungraceful-stop", 9));
    assert_eq!(findings(&composed(&["FROM a:1", "USER 1"]), "unpinned-image"), expected("unpinned-image", 6));
}

#[test]
fn a_fix_writes_lines_as_they_stand_there() {
    let fixed = |before: &[&str], after: &[&str]| {
        let folder = composed(before);
        folder.polity(["check", "--policy", "root-container", "--fix", "--unsafe"]).exits(0);
        assert_eq!(folder.read("compose.yaml"), composed(after).read("compose.yaml"));
    };
    fixed(&["FROM BASE", "USER root", "CMD [\"/a\"]"], &["FROM BASE", "USER 65532:65532", "CMD [\"/a\"]"]);
    fixed(&["FROM BASE", "CMD [\"/a\"]"], &["FROM BASE", "CMD [\"/a\"]", "USER 65532:65532"]);
}

#[test]
fn a_heredoc_without_an_end_is_told_at_its_line() {
    let folder = composed(&["FROM BASE", "RUN <<END", "USER root"]);
    assert_eq!(findings(&folder, "root-container"), [("unreadable-evidence".to_owned(), 7, String::new())]);
}

#[test]
fn a_compose_file_is_parsed_for_its_dockerfiles_alone() {
    let folder = repo().file("compose.yaml", "services: [\n");
    folder.polity(["check", "--policy", "root-container"]).exits(0);
    let folder = folder.file("compose.yaml", "services: [\n  dockerfile_inline: x\n");
    folder.polity(["check", "--policy", "root-container"]).exits(1);
}
