//! `polity check --fix` beside other runs of itself, and killed at any moment: no repair is lost, nothing is half written, nothing is left.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{Repo, repo};

const FILES: usize = 40;

/// Two policies, each of which wants a key of its own in every file.
fn folder() -> Repo {
    let mut folder = repo().file(".polityignore", "rules/\n").file("polity.yaml", "service: {name: s}\n");
    for key in ["p", "q"] {
        let rule = format!(
            r#"package polity
deny contains {{"message": "no {key}", "path": path, "fix": {{"does": "set it", "safe": true, "edits": [{{"path": path, "set": ["{key}"], "to": 1}}]}}}} if {{
	some path in repo.glob("*/a*.yaml")
	not repo.yaml(path)[0].{key}
}}
"#
        );
        folder = folder.file(&format!("rules/{key}/policy.yaml"), "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\n");
        folder = folder.file(&format!("rules/{key}/policy.rego"), rule);
    }
    (0..FILES).fold(folder, |folder, n| folder.file(&format!("d/a{n}.yaml"), "x: 1\n"))
}

fn command(folder: &Repo, policy: &str) -> std::process::Command {
    let mut command = folder.command(&["check", "--policies", "rules", "--policy", policy, "--fix", "--no-cache"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn texts(folder: &Repo) -> Vec<String> {
    (0..FILES).map(|n| folder.read(&format!("d/a{n}.yaml"))).collect()
}

#[test]
fn two_runs_at_once_lose_no_repair() {
    let folder = folder();
    let runs = ["p", "q", "p", "q"].map(|policy| command(&folder, policy).spawn().unwrap());
    for mut run in runs {
        assert!(run.wait().unwrap().success());
    }
    for text in texts(&folder) {
        assert!(["x: 1\np: 1\nq: 1\n", "x: 1\nq: 1\np: 1\n"].contains(&text.as_str()), "{text}");
    }
}

#[test]
fn a_killed_run_leaves_whole_files_and_nothing_that_git_or_a_check_sees() {
    let kills: u32 = std::env::var("POLITY_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(6);
    let began = Instant::now();
    assert!(command(&folder(), "p").status().unwrap().success());
    let whole = began.elapsed();
    for kill in 1..=kills {
        let folder = folder();
        assert!(std::process::Command::new("git").args(["init", "-q"]).current_dir(folder.root()).status().unwrap().success());
        let mut run = command(&folder, "p").spawn().unwrap();
        std::thread::sleep(whole.mul_f64(f64::from(kill) / f64::from(kills)).max(Duration::from_millis(1)));
        run.kill().unwrap();
        run.wait().unwrap();
        assert!(texts(&folder).iter().all(|text| ["x: 1\n", "x: 1\np: 1\n"].contains(&text.as_str())));
        let status = std::process::Command::new("git").args(["status", "--porcelain"]).current_dir(folder.root()).output().unwrap();
        assert!(!String::from_utf8_lossy(&status.stdout).contains("staging"), "{status:?}");
        // The next run waits until the child of the killed one has ended, too.
        assert!(command(&folder, "p").status().unwrap().success());
        assert!(texts(&folder).iter().all(|text| text == "x: 1\np: 1\n"));
        let left: Vec<_> = std::fs::read_dir(folder.root()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().contains("staging")), "{left:?}");
    }
}
