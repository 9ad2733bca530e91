//! `polity new` on a real disk: all or nothing, the same bytes every time, git, and what it says.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{Repo, repo};

/// A registry `pay` with a small template of two layers.
pub fn pay() -> Repo {
    repo()
        .file("reg/registry.yaml", "namespace: pay\n")
        .file("reg/templates/base/template.yaml", BASE)
        .file("reg/templates/base/files/polity.yaml.tera", "service:\n  name: {{ name | json }}\n  owner: {{ owner | json }}\n")
        .file("reg/templates/base/files/.gitignore", "target/\n")
        .file("reg/templates/go/template.yaml", GO)
        .file("reg/templates/go/files/.gitignore", "bin/\n")
        .file("reg/templates/go/files/[[ name ]].go.tera", "package [[ name | snake ]]\n")
        .file("reg/templates/go/files/logo.png", b"\x89PNG\r\n\x1a\n\0")
}

const BASE: &str = "version: 1.2.0
description: What every service has
abstract: true
inputs:
  name: {type: string, help: The name, pattern: '[a-z](-?[a-z0-9])*', default: '{{ folder | kebab }}'}
  owner: {type: string, help: The team that answers}
files:
- {path: .gitignore, merge: lines}
";
const GO: &str = "version: 2.0.0
description: A service in Go
delimiters: square
requires: [pay/base@1.0.0]
inputs:
  port: {type: integer, min: 1, max: 65535, default: 8080}
files:
- {path: .gitignore, merge: lines}
next_steps: |
  cd {{ dir }}
  go build
";

const ARGS: [&str; 7] = ["--registry", "reg", "new", "go", "orders", "--defaults", "--set"];

fn create(folder: &Repo, extra: &[&str]) -> std::process::Output {
    folder.command(&[&ARGS[..], &["owner=ana"], extra].concat()).output().unwrap()
}

#[test]
fn a_service_is_made_of_layers_and_recorded() {
    let folder = pay();
    let run = folder.polity(["--registry", "reg", "new", "go", "orders", "--defaults", "--set", "owner=ana"]).exits(0);
    insta::assert_snapshot!(run, @r"
    exit: 0
    ----- stdout
    created orders: 5 files from pay/go 2.0.0
      layers: pay/base 1.2.0, pay/go 2.0.0
      git: new repository with a first commit

    next steps:
      cd orders
      go build
    ");
    assert_eq!(folder.files("orders"), [".gitignore", "logo.png", "orders.go", "polity.lock", "polity.yaml"]);
    assert_eq!(folder.read("orders/.gitignore"), "target/\nbin/\n");
    assert_eq!(folder.read("orders/orders.go"), "package orders\n");
    insta::assert_snapshot!(folder.read("orders/polity.yaml"), @r#"
    service:
      name: "orders"
      owner: "ana"

    template:
      from: pay/go
      version: 2.0.0
      answers:
        name: orders
        owner: ana
        port: 8080
    "#);
}

#[test]
fn the_same_answers_give_the_same_bytes() {
    let folder = pay();
    for dir in ["one", "two"] {
        folder.polity(["--registry", "reg", "new", "go", dir, "--defaults", "--set", "owner=ana", "--set", "name=same"]).exits(0);
    }
    assert_eq!(folder.files("one"), folder.files("two"));
    for file in folder.files("one") {
        let read = |dir: &str| std::fs::read(folder.path(&format!("{dir}/{file}"))).unwrap();
        assert_eq!(read("one"), read("two"), "{file}");
    }
}

#[test]
fn git_starts_clean_with_the_files_as_they_are() {
    let script = std::fs::Permissions::from_mode(0o755);
    let folder = pay().file("reg/templates/go/files/run.sh", "#!/bin/sh\n").file("reg/templates/go/files/crlf.txt", "a\r\n");
    std::fs::set_permissions(folder.path("reg/templates/go/files/run.sh"), script).unwrap();
    assert!(create(&folder, &[]).status.success());
    let git = |args: &[&str]| {
        let mut command = Command::new("git");
        command.args(args).current_dir(folder.path("orders")).env("HOME", folder.root()).env("GIT_CONFIG_NOSYSTEM", "1");
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert_eq!(git(&["status", "--porcelain"]), "");
    assert_eq!(git(&["log", "--format=%s / %an <%ae>"]), "Create orders from pay/go / polity <polity@localhost>\n");
    assert!(git(&["ls-tree", "HEAD", "run.sh"]).starts_with("100755 blob "));
    assert_eq!(git(&["cat-file", "blob", "HEAD:crlf.txt"]), "a\r\n");
    assert_eq!(git(&["branch", "--show-current"]), "main\n");
    assert_eq!(git(&["fsck", "--strict"]), "");
}

use std::os::unix::fs::PermissionsExt as _;

#[test]
fn a_repository_around_the_target_is_used() {
    let folder = pay();
    assert!(Command::new("git").args(["init", "-q"]).current_dir(folder.root()).status().unwrap().success());
    let run = folder.polity(["--registry", "reg", "new", "go", "orders", "--defaults", "--set", "owner=ana"]).exits(0);
    assert!(run.stdout.contains("git: part of the repository [ROOT], nothing committed\n"), "{run}");
    assert!(!folder.path("orders/.git").exists());
    let run = folder.polity(["--registry", "reg", "new", "go", "other", "--defaults", "--set", "owner=ana", "--no-git"]).exits(0);
    assert!(!run.stdout.contains("git"), "{run}");
}

#[test]
fn a_dry_run_writes_nothing() {
    let folder = pay();
    let args = ["--registry", "reg", "new", "go", "orders", "--defaults", "--set", "owner=ana", "--dry-run"];
    let run = folder.polity(args).exits(0);
    insta::assert_snapshot!(run, @r"
    exit: 0
    ----- stdout
    would create orders from pay/go 2.0.0
      managed  .gitignore
      managed  logo.png
      managed  orders.go
      managed  polity.lock
      merged   polity.yaml
    5 files, nothing written
    ");
    let diff = folder.command(&[&args[..], &["--diff"]].concat()).output().unwrap();
    let diff = String::from_utf8(diff.stdout).unwrap();
    assert!(diff.contains("--- /dev/null\n+++ b/orders.go\n@@ -0,0 +1 @@\n+package orders\n"), "{diff}");
    assert!(diff.contains("Binary files /dev/null and b/logo.png differ\n"), "{diff}");
    assert!(!folder.path("orders").exists());
}

#[test]
fn json_says_everything() {
    let folder = pay();
    let output = create(&folder, &["--format", "json"]);
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["schema"], "polity/new/1");
    assert_eq!(said["answers"], serde_json::json!({"name": "orders", "owner": "ana", "port": 8080}));
    assert_eq!(said["git"]["state"], "committed");
    let file = said["files"].as_array().unwrap().iter().find(|file| file["path"] == ".gitignore").unwrap();
    assert_eq!((&file["class"], &file["layers"]), (&"managed".into(), &serde_json::json!(["pay/base", "pay/go"])));
    assert_eq!((&said["layers"][0]["name"], &said["layers"][0]["registry"]), (&"pay/base".into(), &"reg".into()));
}

#[test]
fn without_a_terminal_missing_answers_are_one_error() {
    let run = pay().polity(["--registry", "reg", "new", "go", "orders"]).exits(2);
    insta::assert_snapshot!(run, @r"
    exit: 2
    ----- stderr
    error: 3 inputs have no value
     |
     = help: give values with `--set name=…` or `--answers FILE`
     = help: `--defaults` takes the default of every input that has one
     = note: `name`: The name (default `orders`)
     = note: `owner`: The team that answers
     = note: `port`: no help (default `8080`)
    ");
}

#[test]
fn a_file_of_comments_answers_nothing() {
    let folder = pay().file("answers.yaml", "# owner: ana\n\n  # port: 1\n");
    let args = ["--registry", "reg", "new", "go", "orders", "--defaults", "--set", "owner=ana", "--answers", "answers.yaml", "--no-git"];
    folder.polity(args).exits(0);
    let folder = folder.file("answers.yaml", "owner: ana\nnmae: x\n");
    let run = folder.polity(["--registry", "reg", "new", "go", "x", "--answers", "answers.yaml"]).exits(2);
    assert!(run.stderr.contains("has no input `nmae`\n --> answers.yaml:2:1\n"), "{run}");
}

#[test]
fn answers_come_from_standard_input_as_well() {
    let folder = pay().file("a.yaml", "owner: ana\nport: 70000\n");
    let mut command = folder.command(&["--registry", "reg", "new", "go", "orders", "--defaults", "--answers", "-"]);
    let run = folder.finish(command.stdin(std::fs::File::open(folder.path("a.yaml")).unwrap())).exits(2);
    assert!(run.stderr.contains("answer for `port` is more than 65535\n --> standard input:2:7\n"), "{run}");
}

#[test]
fn the_items_of_a_list_are_the_texts_that_were_written() {
    let manifest = "version: 1.0.0\ndescription: d\ninputs: {versions: {type: list}}\n";
    let folder = repo().file("t/template.yaml", manifest).file("t/files/x.tera", "{{ versions | json }}");
    folder.polity(["new", "./t", "set", "--no-git", "--set", "versions=[3.9, 3.10, 0o7, true, 'a, b']"]).exits(0);
    let folder = folder.file("a.yaml", "versions:\n- 3.9\n- 3.10\n- 0o7\n- true\n- a, b\n");
    folder.polity(["new", "./t", "file", "--no-git", "--answers", "a.yaml"]).exits(0);
    for dir in ["set", "file"] {
        assert_eq!(folder.read(&format!("{dir}/x")), r#"["3.9","3.10","0o7","true","a, b"]"#);
    }
}

#[test]
fn next_steps_name_the_folder_as_the_shell_wants_it() {
    let folder = pay();
    for (dir, word) in [("two words", "'two words'"), ("it's", "'it'\\''s'"), ("a/b-c", "a/b-c")] {
        let args = ["--registry", "reg", "new", "go", dir, "--defaults", "--no-git", "--set", "owner=ana", "--set", "name=x"];
        assert!(folder.polity(args).exits(0).stdout.contains(&format!("\n  cd {word}\n")));
    }
}

#[test]
fn a_name_that_git_would_clean_is_cleaned() {
    let folder = pay().file(".gitconfig", "[user]\n\tname = Ana <ana>\n\temail = <ana@example.org>\n");
    assert!(create(&folder, &[]).status.success());
    let mut log = Command::new("git");
    let output = log.args(["log", "--format=%an|%ae"]).current_dir(folder.path("orders")).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "Ana ana|ana@example.org\n");
}

#[test]
fn wrong_answers_are_pointed_at_in_their_file() {
    let folder = pay().file("answers.yaml", "name: orders\nowner: ana\nport: 70000\n");
    let run = folder.polity(["--registry", "reg", "new", "go", "orders", "--answers", "answers.yaml"]).exits(2);
    assert!(run.stderr.contains("error: answer for `port` is more than 65535\n"), "{run}");
    assert!(run.stderr.contains("--> answers.yaml:3:7\n"), "{run}");
    assert!(run.stderr.contains("::: reg/templates/go/template.yaml:6:3\n"), "{run}");
    let run = folder.polity(["--registry", "reg", "new", "go", "orders", "--set", "onwer=x"]).exits(2);
    assert!(run.stderr.contains("template `pay/go` has no input `onwer`") && run.stderr.contains("did you mean `owner`?"), "{run}");
    let run = folder.polity(["--registry", "reg", "new", "go", "orders", "--set", "port=eighty"]).exits(2);
    assert!(run.stderr.contains("answer for `port` is not a whole number"), "{run}");
}

#[test]
fn a_dry_run_says_what_the_folder_has_already() {
    let folder = pay().file("orders/.gitignore", "mine\n");
    let output = create(&folder, &["--dry-run"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("\n  managed  .gitignore (exists and is kept)\n  managed  logo.png\n"), "{said}");
    assert!(said.ends_with("4 files, nothing written\nthe folder is not empty: to add to it takes `--force`\n"), "{said}");
    let said = String::from_utf8(create(&folder, &["--dry-run", "--force"]).stdout).unwrap();
    assert!(said.ends_with("4 files, nothing written\n"), "{said}");
    let run = folder.polity(["new", "./nowhere", "other"]).exits(2);
    assert!(run.stderr.contains("there is no folder `./nowhere`"), "{run}");
}

#[test]
fn a_folder_with_files_is_refused_or_added_to() {
    let folder = pay().file("orders/.gitignore", "mine\n").file("orders/own.txt", "");
    let output = create(&folder, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`orders` is not empty"));
    let run = folder.polity(["--registry", "reg", "new", "go", "orders", "--defaults", "--set", "owner=ana", "--force"]).exits(0);
    assert!(run.stdout.starts_with("kept .gitignore, which existed\ncreated orders: 4 files from pay/go 2.0.0\n"), "{run}");
    assert_eq!(folder.read("orders/.gitignore"), "mine\n");
    assert_eq!(folder.files("orders"), [".gitignore", "logo.png", "orders.go", "own.txt", "polity.lock", "polity.yaml"]);
    let folder = folder.file("old/polity.yaml", "service: {name: old}\n");
    let args = ["--registry", "reg", "new", "go", "old", "--defaults", "--set", "owner=ana", "--force", "--no-git"];
    let hint = "  your polity.yaml does not say what the service was made from: `polity adopt pay/go` lets it\n";
    assert!(folder.polity(args).exits(0).stdout.contains(hint));
    std::fs::remove_file(folder.path("old/polity.yaml")).unwrap();
    assert!(!folder.polity(args).exits(0).stdout.contains(hint));
    assert!(!folder.polity(args).exits(0).stdout.contains(hint));
    std::os::unix::fs::symlink("/tmp", folder.path("linked")).unwrap();
    std::fs::write(folder.path("file"), "").unwrap();
    assert_eq!(folder.polity(["--registry", "reg", "new", "go", "file", "--defaults", "--set", "owner=a", "--set", "name=a"]).code, 2);
}

#[test]
fn files_are_never_added_through_a_link() {
    let outside = tempfile::tempdir().unwrap();
    let folder = pay().file("reg/templates/go/files/docs/a.md", "a\n").file("orders/own.txt", "");
    std::os::unix::fs::symlink(outside.path(), folder.path("orders/docs")).unwrap();
    let output = create(&folder, &["--force"]);
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(std::fs::read_dir(outside.path()).unwrap().next().is_none());
    assert_eq!(folder.files("orders"), ["docs", "own.txt"]);
}

#[test]
fn an_empty_folder_is_taken() {
    let folder = pay();
    std::fs::create_dir(folder.path("orders")).unwrap();
    assert!(create(&folder, &[]).status.success());
    assert_eq!(folder.files("orders").len(), 5);
}

#[test]
fn of_two_runs_into_one_folder_one_wins() {
    let folder = pay();
    for round in 0..4 {
        let dir = format!("round-{round}");
        let start = || {
            let mut command = folder.command(&["--registry", "reg", "new", "go", &dir, "--defaults", "--set", "owner=ana"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let runs: Vec<_> = [start(), start(), start()].map(|child| child.wait_with_output().unwrap()).into();
        let codes: Vec<_> = runs.iter().map(|run| run.status.code().unwrap()).collect();
        assert_eq!(codes.iter().filter(|code| **code == 0).count(), 1, "{runs:?}");
        assert!(codes.iter().all(|code| [0, 2].contains(code)), "{runs:?}");
        assert_eq!(folder.files(&dir).len(), 5);
    }
    assert_eq!(leftovers(&folder), Vec::<String>::new());
}

fn leftovers(folder: &Repo) -> Vec<String> {
    let names = std::fs::read_dir(folder.root()).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with(".polity-staging-")).collect()
}

/// Kills runs at moments spread over their whole life. `POLITY_KILLS=200` makes it thorough.
#[test]
fn a_killed_run_leaves_nothing_or_everything() {
    let kills: u32 = std::env::var("POLITY_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(12);
    let folder = pay();
    let started = std::time::Instant::now();
    assert!(create(&folder, &[]).status.success());
    let whole = started.elapsed();
    let expected = folder.files("orders");
    let (mut none, mut all, mut named) = (0, 0, 0);
    for kill in 0..kills {
        let dir = format!("killed-{kill}");
        let args = ["--registry", "reg", "new", "go", &dir, "--defaults", "--set", "owner=ana", "--set", "name=orders"];
        let mut child = folder.command(&args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole.mul_f64(f64::from(kill) / f64::from(kills) * 1.1));
        let _ = child.kill();
        let said = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        named += said.matches("removed what a killed run left behind").count();
        if folder.path(&dir).exists() {
            all += 1;
            assert_eq!(folder.files(&dir), expected);
            let git = Command::new("git").args(["status", "--porcelain"]).current_dir(folder.path(&dir)).output().unwrap();
            assert!(git.status.success() && git.stdout.is_empty(), "{git:?}");
        } else {
            none += 1;
        }
    }
    assert!(none > 0 && all + none == kills, "the moments of the kills are spread over the run");
    // A planted leftover is sure to be there, whatever the kills left.
    std::fs::create_dir_all(folder.path(".polity-staging-planted-1-0/tree")).unwrap();
    let before = leftovers(&folder).len();
    std::fs::remove_dir_all(folder.path("orders")).unwrap();
    let run = String::from_utf8(create(&folder, &[]).stdout).unwrap();
    assert_eq!(run.matches("removed what a killed run left behind: ").count(), before, "{run}{named}");
    assert_eq!(leftovers(&folder), Vec::<String>::new());
}

#[test]
fn the_staging_folder_of_a_living_run_is_left_alone() {
    let folder = pay();
    let living = folder.path(".polity-staging-other-1-0");
    std::fs::create_dir(&living).unwrap();
    let lock = std::fs::File::open(&living).unwrap();
    lock.lock().unwrap();
    assert!(create(&folder, &[]).status.success());
    assert!(living.exists());
    drop(lock);
    std::thread::sleep(Duration::from_millis(1));
    let run = folder.polity(["--registry", "reg", "new", "go", "second", "--defaults", "--set", "owner=ana"]).exits(0);
    assert!(run.stdout.contains("removed what a killed run left behind: [ROOT]/.polity-staging-other-1-0\n"), "{run}");
}

#[test]
fn folders_that_cannot_hold_a_service_are_refused() {
    let folder = pay().file("repo/.git/HEAD", "ref: refs/heads/main\n").file("taken/logo.png/x", "");
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", folder.path("link")).unwrap();
    let new = |dir: &str| folder.polity(["--registry", "reg", "new", "go", dir, "--defaults", "--set", "owner=ana", "--force"]);
    assert!(new("repo/.git/x").exits(2).stderr.contains("`repo/.git/x` lies in a `.git` directory"));
    assert!(!folder.path("repo/.git/x").exists());
    #[cfg(unix)]
    assert!(new("link").exits(2).stderr.contains("`link` is a link that leads nowhere"));
    assert!(new("taken").exits(4).stderr.contains("taken/logo.png`: a folder stands where a file is to be"));
    assert_eq!(folder.files("taken"), ["logo.png/x"]);
    assert!(new("reg/registry.yaml/x").exits(2).stderr.contains("`reg/registry.yaml` is a file"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_pipe_of_answers_without_a_writer_is_not_waited_for() {
    let folder = pay();
    assert!(std::process::Command::new("mkfifo").arg(folder.path("answers")).status().unwrap().success());
    let run = folder.polity(["--registry", "reg", "new", "go", "orders", "--answers", "answers"]).exits(2);
    assert!(run.stderr.contains("cannot read the answers in `answers`: nobody writes to this pipe"), "{run}");
}

#[test]
fn every_wrong_value_is_told_at_once_in_words_first() {
    let inputs = "inputs:
  code: {type: string, help: Four small letters, pattern: '[a-z]{4}', default: abcd}
  mark: {type: string, pattern: '[A-Z]', default: A}
  port: {type: integer, default: 1}
";
    let folder = repo().file("t/template.yaml", format!("version: 1.0.0\ndescription: d\n{inputs}"));
    let args = ["new", "./t", "x", "--defaults", "--set", "code=ABC", "--set", "mark=a", "--set", "port=x", "--set", "prt=1", "--set", "y"];
    let run = folder.run(&args).exits(2);
    let titles: Vec<_> = run.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    let expected = [
        "error: answer for `port` is not a whole number",
        "error: template `local/t` has no input `prt`",
        "error: `y` is not an answer",
        "error: answer for `code` does not have the form that is asked for",
        "error: answer for `mark` does not match `[A-Z]`",
    ];
    assert_eq!(titles, expected, "{run}");
    let (help, form) = (run.stderr.find("= help: Four small letters"), run.stderr.find("= note: the form is `[a-z]{4}`"));
    assert!(help.is_some() && help < form, "{run}");
}

#[test]
fn who_stands_in_an_empty_folder_is_told_how_it_is_filled_at_once() {
    let folder = pay().file("far/my orders/x", "");
    std::fs::remove_file(folder.path("far/my orders/x")).unwrap();
    let mut command = folder.command(&["--registry", "../../reg", "new", "go", ".", "--defaults", "--set", "owner=ana"]);
    let run = folder.finish(command.current_dir(folder.path("far/my orders"))).exits(2);
    assert!(run.stderr.contains("`cd .. && polity new TEMPLATE 'my orders' && cd 'my orders'`, all appears at once"), "{run}");
    assert!(folder.files("far/my orders").is_empty());
}
