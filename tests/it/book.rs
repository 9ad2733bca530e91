//! The book stays true: pages are listed, links lead somewhere, the reference is what the program says, and the console blocks of
//! the tutorial and of the guides are run.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::support::{Repo, repo};

fn source() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("book/src")
}

fn page(name: &str) -> String {
    std::fs::read_to_string(source().join(name)).unwrap_or_else(|e| panic!("book/src/{name}: {e}"))
}

/// The targets of Markdown links to files, without anchors. What stands in code is no link.
fn links(text: &str) -> Vec<String> {
    let prose: Vec<_> = text.split("```").step_by(2).flat_map(|block| block.split('`').step_by(2)).collect();
    let prose = prose.join("`");
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.map(|t| t.split('#').next().unwrap_or(t)).filter(|t| !t.is_empty() && !t.contains("://")).map(str::to_owned).collect()
}

fn pages() -> BTreeSet<String> {
    links(&page("SUMMARY.md")).into_iter().collect()
}

#[test]
fn every_page_is_listed_and_every_listed_page_exists() {
    let mut found = BTreeSet::new();
    for folder in ["", "guides/", "reference/"] {
        for entry in std::fs::read_dir(source().join(folder)).unwrap() {
            let name = format!("{folder}{}", entry.unwrap().file_name().to_string_lossy());
            if name.ends_with(".md") && name != "SUMMARY.md" {
                found.insert(name);
            }
        }
    }
    assert_eq!(found, pages());
}

#[test]
fn links_lead_somewhere() {
    let readme = std::fs::read_to_string(source().join("../../README.md")).unwrap();
    for target in links(&readme) {
        assert!(source().join("../..").join(&target).exists(), "README.md links to {target}");
    }
    for name in pages() {
        let folder = source().join(&name).parent().unwrap().to_owned();
        for target in links(&page(&name)) {
            assert!(folder.join(&target).exists(), "{name} links to {target}");
        }
    }
}

/// Compares a generated page with the one in the book; `UPDATE_BOOK=1` writes it instead.
fn generated(name: &str, text: &str) {
    if std::env::var_os("UPDATE_BOOK").is_some() {
        std::fs::write(source().join(name), text).unwrap();
    }
    similar_asserts(&page(name), text, name);
}

fn similar_asserts(old: &str, new: &str, name: &str) {
    assert!(old == new, "book/src/{name} is out of date; run `UPDATE_BOOK=1 cargo test --test it book`");
}

#[test]
fn the_command_line_reference_is_what_help_says() {
    let folder = repo();
    let mut text = "# Command line\n\nMade from `polity --help` and checked by a test.\n".to_owned();
    help(&folder, &[], &mut text);
    generated("reference/cli.md", &text);
}

/// Adds a verb's help and that of its own verbs.
fn help(folder: &Repo, verb: &[&str], text: &mut String) {
    let args: Vec<_> = verb.iter().copied().chain(["--help"]).collect();
    let output = folder.command(&args).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let name = [&["polity"], verb].concat().join(" ");
    *text += &format!("\n{} `{name}`\n\n```text\n{}\n```\n", "#".repeat(verb.len() + 2), said.trim_end());
    let listed = said.split("Commands:\n").nth(1).unwrap_or_default();
    for line in listed.lines().take_while(|l| l.starts_with("  ")) {
        let Some(next) = line.strip_prefix("  ").and_then(|l| l.split(' ').next()).filter(|n| !n.is_empty()) else { continue };
        help(folder, &[verb, &[next]].concat(), text);
    }
}

/// The commands of a page's `console` blocks, each with the output that the page shows. A line that begins with `>` carries a
/// command on, as in a shell.
fn console(text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for block in text.split("```console\n").skip(1).filter_map(|rest| rest.split("\n```\n").next()) {
        for line in block.lines() {
            if let Some(command) = line.strip_prefix("$ ") {
                found.push((command.to_owned(), String::new()));
                continue;
            }
            let (command, output) = found.last_mut().expect("a console block starts with a command");
            match line.strip_prefix("> ").or((line == ">").then_some("")).filter(|_| output.is_empty()) {
                Some(more) => *command += &format!("\n{more}"),
                None => *output += &format!("{line}\n"),
            }
        }
    }
    found
}

/// Whether `said` is what the page shows; a line `…` stands for any number of lines.
fn agrees(shown: &str, said: &str) -> bool {
    let mut rest = said;
    for (i, part) in shown.split("…\n").enumerate() {
        let Some(at) = rest.find(part) else { return false };
        if i == 0 && at != 0 {
            return false;
        }
        rest = &rest[at + part.len()..];
    }
    rest.is_empty() || shown.ends_with("…\n")
}

/// Runs every command of a page in one folder, in order. A reader types them into one shell, so none may change its folder.
fn run_page(name: &str) {
    let folder = repo();
    let bin = PathBuf::from(crate::support::binary());
    let path = std::env::join_paths(
        std::iter::once(bin.parent().unwrap().to_owned()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let commands = console(&page(name));
    assert!(!commands.is_empty(), "{name} has no console block");
    for (command, shown) in commands {
        let first = command.lines().next().unwrap_or_default();
        assert!(!first.contains("cd ") || first.starts_with('('), "{name}: `{command}` leaves the reader in another folder");
        let script = format!("{{ {command}\n}} 2>&1");
        let output = std::process::Command::new("bash")
            .args(["-c", &script])
            .current_dir(folder.root())
            // As `Repo::command` does: a cache or a setting of who runs the tests is not the reader's.
            .env_clear()
            .env("PATH", path.as_ref().unwrap())
            .env("HOME", folder.root())
            .env("LLVM_PROFILE_FILE", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(agrees(&shown, &said), "{name}: `{command}` shows\n{shown}\nbut says\n{said}");
    }
}

#[test]
fn the_tutorial_runs() {
    run_page("tutorial.md");
}

#[test]
fn the_guide_to_checking_runs() {
    run_page("guides/check.md");
}

#[test]
fn the_guide_to_governance_runs() {
    run_page("guides/governance.md");
}

#[test]
fn the_guide_to_a_policy_runs() {
    run_page("guides/add-a-policy.md");
}

#[test]
fn the_guide_to_a_template_layer_runs() {
    run_page("guides/template-layer.md");
}

#[test]
fn the_guide_to_updates_runs() {
    run_page("guides/update.md");
}

#[test]
fn the_first_federation_runs() {
    run_page("first-federation.md");
}

#[test]
fn the_guide_to_federations_runs() {
    run_page("guides/federation.md");
}

#[test]
fn the_page_of_exit_codes_names_each_code() {
    use polity::error::Exit;
    let text = page("reference/exit-codes.md");
    for exit in [Exit::Clean, Exit::Findings, Exit::Usage, Exit::Config, Exit::Io, Exit::Bug] {
        assert!(text.contains(&format!("| {} |", exit as u8)), "{exit:?}");
    }
}
