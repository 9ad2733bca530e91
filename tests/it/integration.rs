//! The files by which others run polity: the GitHub action, the GitLab template, the pre-commit hook. Their commands are run.

use std::path::PathBuf;

use crate::support::{Repo, binary, repo};

fn read(name: &str) -> serde_json::Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name);
    serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn sample() -> Repo {
    repo().file("orders/polity.yaml", "service: {name: orders}\n")
}

/// Runs a line of a pipeline in a shell, with the program under test in the place of the one that the pipeline builds.
fn run(folder: &Repo, line: &str, built: &str, variables: &[(&str, &str)]) -> std::process::Output {
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &line.replace(built, binary())]).current_dir(folder.root()).env("HOME", folder.root());
    command.envs(variables.iter().copied()).output().unwrap()
}

#[test]
fn the_gitlab_job_writes_the_reports_that_it_hands_over() {
    let job = &read("polity.gitlab-ci.yml")["polity"];
    let folder = sample();
    let script = job["script"][0].as_str().unwrap();
    let output = run(&folder, script, "$POLITY_HOME/bin/polity", &[("POLITY_PATH", "orders")]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let reports = &job["artifacts"]["reports"];
    let quality: serde_json::Value = serde_json::from_str(&folder.read(reports["codequality"].as_str().unwrap())).unwrap();
    assert_eq!(quality[0]["location"]["path"], "orders/polity.yaml", "{quality}");
    assert!(folder.read(reports["junit"].as_str().unwrap()).contains("<testsuites name=\"polity\""));
    assert_eq!((job["artifacts"]["when"].as_str(), job["variables"]["GIT_DEPTH"].as_str()), (Some("always"), Some("0")));
}

#[test]
fn the_gitlab_job_builds_what_is_pinned_outside_of_the_checkout() {
    let job = &read("polity.gitlab-ci.yml")["polity"];
    let lines: Vec<&str> = job["before_script"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    let folder = sample();
    assert_eq!(run(&folder, lines[0], "nothing", &[]).status.code(), Some(2), "no revision");
    assert!(run(&folder, lines[0], "nothing", &[("POLITY_REVISION", "abc")]).status.success());
    // A cargo that says where it stands and what it is to do; the checkout brings a program and a toolchain of its own.
    let folder = folder
        .file("tools/cargo", "#!/bin/sh\necho \"$PWD $*\"\n")
        .file(".polity-bin/bin/polity", "#!/bin/sh\necho no findings\n")
        .file("rust-toolchain.toml", "toolchain = {path = \"evil\"}\n");
    assert!(run(&folder, "chmod +x tools/cargo .polity-bin/bin/polity", "nothing", &[]).status.success());
    let path = format!("{}:{}", folder.path("tools").display(), std::env::var("PATH").unwrap());
    let all = [("PATH", path.as_str()), ("POLITY_SOURCE", "https://example.org/polity"), ("POLITY_REVISION", "abc")];
    let output = run(&folder, &format!("{}\necho \"$POLITY_HOME\"", lines.join("\n")), "nothing", &all);
    let said = String::from_utf8(output.stdout).unwrap();
    let (built, home) = said.trim_end().split_once('\n').unwrap();
    assert_eq!(built, format!("{home} install --locked --git https://example.org/polity --rev abc --root {home}"));
    assert!(!home.is_empty() && !std::path::Path::new(home).starts_with(folder.root()), "{home}");
    let text = job.to_string();
    assert!(job["cache"].is_null() && !text.contains(".polity-bin") && text.contains("\\\"$POLITY_HOME/bin/polity\\\" check"), "{text}");
}

#[test]
fn the_action_writes_annotations_and_sarif() {
    let action = read("action.yml");
    let steps = action["runs"]["steps"].as_array().unwrap();
    let check = steps.last().unwrap();
    let folder = sample();
    let variables = [("FOLDER", "orders"), ("SARIF", action["inputs"]["sarif"]["default"].as_str().unwrap())];
    let output = run(&folder, check["run"].as_str().unwrap(), "$RUNNER_TEMP/polity/bin/polity", &variables);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("::error file=orders/polity.yaml,line=1"));
    assert!(folder.read("polity.sarif").contains("\"2.1.0\""));
    for (variable, input) in [("FOLDER", "path"), ("SARIF", "sarif")] {
        assert_eq!(check["env"][variable], format!("${{{{ inputs.{input} }}}}"));
    }
}

#[test]
fn the_hook_runs_a_verb_that_there_is() {
    let hook = &read(".pre-commit-hooks.yaml")[0];
    let words: Vec<&str> = hook["entry"].as_str().unwrap().split(' ').skip(1).collect();
    assert_eq!((sample().run(&words).code, &hook["pass_filenames"]), (1, &false.into()));
}
