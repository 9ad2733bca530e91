//! `polity check --fix` beside other runs of itself, and killed at any moment: no repair is lost, nothing is half done, nothing is left.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{Repo, repo};

const FILES: usize = 40;
/// Enough to be killed between two of them.
const MANY: usize = 300;

/// Two policies, each of which wants a key of its own in every file.
fn folder(files: usize) -> Repo {
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
    (0..files).fold(folder, |folder, n| folder.file(&format!("d/a{n}.yaml"), "x: 1\n"))
}

fn command(folder: &Repo, policy: &str) -> std::process::Command {
    let mut command = folder.command(&["check", "--policies", "rules", "--policy", policy, "--fix", "--no-cache"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn texts(folder: &Repo, files: usize) -> Vec<String> {
    (0..files).map(|n| folder.read(&format!("d/a{n}.yaml"))).collect()
}

#[test]
fn two_runs_at_once_lose_no_repair() {
    let folder = folder(FILES);
    let runs = ["p", "q", "p", "q"].map(|policy| command(&folder, policy).spawn().unwrap());
    for mut run in runs {
        assert!(run.wait().unwrap().success());
    }
    for text in texts(&folder, FILES) {
        assert!(["x: 1\np: 1\nq: 1\n", "x: 1\nq: 1\np: 1\n"].contains(&text.as_str()), "{text}");
    }
}

/// The staging folders in a folder.
fn staged(folder: &Repo) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder.root()).unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    entries.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(".polity-staging-")).collect()
}

/// `POLITY_KILLS=200` makes it thorough.
#[test]
fn a_killed_run_is_taken_back_by_the_next_one() {
    let kills: u32 = std::env::var("POLITY_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(6);
    let began = Instant::now();
    assert!(command(&folder(MANY), "p").status().unwrap().success());
    let whole = began.elapsed();
    let (mut nothing, mut half, mut done) = (0, 0, 0);
    for kill in 1..=kills {
        let folder = folder(MANY);
        let git = |args: &[&str]| std::process::Command::new("git").args(args).current_dir(folder.root()).output().unwrap();
        assert!(git(&["init", "-q"]).status.success());
        let mut run = command(&folder, "p").spawn().unwrap();
        if kill % 3 == 0 {
            std::thread::sleep(whole.mul_f64(f64::from(kill) / f64::from(kills)));
        } else {
            // From the moment on at which there is something to be taken back.
            while !staged(&folder).iter().any(|path| path.join("journal.json").exists()) && run.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_micros(100));
            }
            std::thread::sleep(Duration::from_micros(u64::from(kill / 3 % 12) * 300));
        }
        let _ = run.kill();
        run.wait().unwrap();
        assert!(!String::from_utf8_lossy(&git(&["status", "--porcelain"]).stdout).contains("staging"));
        // The next run waits until the child of the killed one has ended, too.
        let next = folder.run(&["check", "--policies", "rules", "--policy", "p", "--fix", "--diff", "--no-cache"]);
        let all = texts(&folder, MANY);
        let new = all.iter().filter(|text| *text == "x: 1\np: 1\n").count();
        assert!(new == 0 || new == MANY, "kill {kill}: {new} of {MANY} files are repaired: {next}");
        assert!(all.iter().all(|text| ["x: 1\n", "x: 1\np: 1\n"].contains(&text.as_str())));
        assert!(staged(&folder).is_empty(), "{:?}", staged(&folder));
        match (next.stderr.contains("was killed while it wrote, and is taken back: "), new) {
            (true, 0) => half += 1,
            (_, 0) => nothing += 1,
            (is_back, _) => {
                assert!(!is_back, "{next}");
                done += 1;
            }
        }
        assert!(command(&folder, "p").status().unwrap().success());
        assert!(texts(&folder, MANY).iter().all(|text| text == "x: 1\np: 1\n"));
    }
    assert!(half > 0 && nothing + half + done == kills, "the kills are spread over the run: {nothing} {half} {done}");
}

/// What a run leaves that is killed between two files: `done` is written, `mine` was changed by somebody since, `waits` is still to be written.
fn killed(place: &str) -> Repo {
    use sha2::{Digest as _, Sha256};
    let digest = |text: &str| Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (old, new) = (digest("x: 1\n"), digest("x: 1\np: 1\n"));
    let row = |name: &str| format!(r#"{{"path": "d/{name}.yaml", "before": "{old}", "after": "{new}"}}"#);
    let made = format!(r#"{{"path": "d/made/a.txt", "before": null, "after": "{}"}}"#, digest("made\n"));
    let rows = [row("a0"), row("a1"), row("a2"), made].join(", ");
    let log = format!(r#"{{"version": 1, "folder": "{place}", "rows": [{rows}], "made": ["d/made"]}}"#);
    let below = |path: &str| if place.is_empty() { path.to_owned() } else { format!("{place}/{path}") };
    let folder = folder(0).file(".polity-staging-fix-1-0/journal.json", log).file(".polity-staging-fix-1-0/.gitignore", "*\n");
    let folder = ["a0", "a1", "a2"]
        .iter()
        .fold(folder, |folder, name| folder.file(&format!(".polity-staging-fix-1-0/kept/d/{name}.yaml"), "x: 1\n"));
    assert!(std::process::Command::new("git").args(["init", "-q"]).current_dir(folder.root()).status().unwrap().success());
    folder
        .file(&below("d/a0.yaml"), "x: 1\np: 1\n")
        .file(&below("d/a1.yaml"), "x: 1\np: 1\nmine: 1\n")
        .file(&below("d/a2.yaml"), "x: 1\n")
        .file(&below("d/made/a.txt"), "made\n")
}

#[test]
fn what_is_half_done_is_said_and_taken_back_from_every_folder() {
    for place in ["", "services/a"] {
        let folder = killed(place);
        let at = if place.is_empty() { "." } else { place };
        let args = ["check", at, "--policies", "rules", "--policy", "p", "--no-cache"];
        let before = folder.files("");
        let look = folder.run(&args);
        assert!(look.stderr.contains("note: a `polity check --fix` is writing here or was killed while it did; "), "{look}");
        assert_eq!(folder.files(""), before, "who looks changes nothing");
        let run = folder.run(&["check", "--policies", "rules", "--policy", "p", "--no-cache", "--fix", "--diff"]);
        assert!(run.stderr.contains("is taken back: 2 files are as they were"), "{run}");
        assert!(run.stderr.contains("`d/a1.yaml` was changed since, and stays as it is"), "{run}");
        let read = |name: &str| folder.read(&format!("{at}/d/{name}.yaml"));
        assert_eq!([read("a0"), read("a1"), read("a2")], ["x: 1\n", "x: 1\np: 1\nmine: 1\n", "x: 1\n"]);
        assert!(!folder.path(&format!("{at}/d/made")).exists() && staged(&folder).is_empty());
        assert!(!folder.run(&args).stderr.contains("killed"));
    }
}

#[test]
fn a_journal_that_cannot_be_read_is_an_error_and_stays() {
    for (text, said) in [("{", "EOF"), (r#"{"version": 2, "folder": "", "rows": [], "made": []}"#, "another version")] {
        let folder = folder(1).file(".polity-staging-fix-1-0/journal.json", text);
        let run = folder.run(&["check", "--policies", "rules", "--policy", "p", "--no-cache", "--fix"]).exits(4);
        assert!(run.stderr.contains("cannot read the journal `") && run.stderr.contains(said), "{run}");
        assert!(folder.path(".polity-staging-fix-1-0/journal.json").exists() && folder.read("d/a0.yaml") == "x: 1\n");
    }
    // A path that leads out of the folder is none.
    let log = r#"{"version": 1, "folder": "..", "rows": [{"path": "../x", "before": null, "after": "00"}], "made": []}"#;
    folder(1).file(".polity-staging-fix-1-0/journal.json", log).run(&["check", "--policies", "rules", "--fix"]).exits(4);
}

#[cfg(unix)]
#[test]
fn a_journal_that_a_repository_brings_leads_nowhere_else() {
    use sha2::{Digest as _, Sha256};
    let digest: String = Sha256::digest("x: 1\n").iter().map(|byte| format!("{byte:02x}")).collect();
    let rows = format!(r#"[{{"path": "a.yaml", "before": null, "after": "{digest}"}}]"#);
    let through = |place: &str, path: &str| {
        let rows = rows.replace("a.yaml", path);
        format!(r#"{{"version": 1, "folder": "{place}", "rows": {rows}, "made": ["link/empty"]}}"#)
    };
    for (log, is_refused) in [(through("link", "a.yaml"), true), (through("", "link/a.yaml"), false)] {
        let outside = crate::support::repo().file("a.yaml", "x: 1\n");
        std::fs::create_dir(outside.path("empty")).unwrap();
        let folder = folder(0).file(".polity-staging-fix-1-0/journal.json", log);
        std::os::unix::fs::symlink(outside.root(), folder.path("link")).unwrap();
        let run = folder.run(&["check", "--policies", "rules", "--policy", "p", "--no-cache", "--fix"]);
        assert_eq!(run.code == 4 && run.stderr.contains("it leads out of the repository"), is_refused, "{run}");
        assert!(outside.read("a.yaml") == "x: 1\n" && outside.path("empty").exists());
    }
}
