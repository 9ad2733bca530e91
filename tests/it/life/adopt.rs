//! `polity adopt`: a repository that was born without polity joins.

use super::shelf::{git, shelf};

#[test]
fn the_users_files_win_where_both_may_edit() {
    let manifest =
        "inputs:\n  port: {type: integer, default: 8080}\nfiles:\n- {path: shared.txt, class: merged}\n- {path: own.txt, class: seeded}\n";
    let shelf = shelf(&[]);
    shelf.version(
        "1.0.0",
        manifest,
        &[("ci.txt", "theirs\n"), ("shared.txt", "s\nt\n"), ("own.txt", "o\n"), ("new.txt", "n\n"), ("same.txt", "=\n")],
    );
    for (path, text) in
        [("ci.txt", "mine\n"), ("shared.txt", "my s\n"), ("own.txt", "my o\n"), ("same.txt", "=\n"), ("polity.yaml", "slo: []\n")]
    {
        shelf.write(&format!("svc/{path}"), text);
    }
    git(&shelf.repo.path("svc"), shelf.repo.root(), &["init", "-q"]);
    shelf.commit("mine");
    let run = shelf.polity(&["adopt", "pay/go", "svc", "--defaults"]).exits(1);
    insta::assert_snapshot!(run, @r"
    exit: 1
    ----- stdout
    adopted svc: pay/go 1.0.0
      kept      own.txt (yours)
      kept      shared.txt (yours)
      added     new.txt
      added     polity.lock
      changed   polity.yaml
      conflict  ci.txt (both added it)
    resolve the conflicts, `git add` the files and commit; `polity update --abort` takes it back
    ");
    shelf.update(&["--abort"]).exits(0);
    let dry = shelf.polity(&["adopt", "pay/go", "svc", "--defaults", "--dry-run"]).stdout;
    assert!(dry.starts_with("would adopt svc: pay/go 1.0.0\n  kept      own.txt (yours)\n"), "{dry}");
    let run = shelf.polity(&["adopt", "pay/go", "svc", "--defaults", "--format", "json"]).exits(1);
    let said: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(said["kept"], serde_json::json!(["own.txt", "shared.txt"]));
    assert_eq!((shelf.read("shared.txt"), shelf.read("own.txt")), ("my s\n".to_owned(), "my o\n".to_owned()));
    assert!(shelf.read("ci.txt").contains("<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> template pay/go 1.0.0\n"));
    assert!(shelf.read("polity.yaml").starts_with("slo: []\n\ntemplate:\n  from: pay/go\n"), "{}", shelf.read("polity.yaml"));
    shelf.edit(&[("ci.txt", "theirs\n")]);
    shelf.polity(&["drift", "svc"]).exits(0);
    shelf.polity(&["adopt", "pay/go", "svc"]).exits(2);
    // What the template changes later in a shared file arrives.
    shelf.version(
        "1.1.0",
        manifest,
        &[("ci.txt", "theirs\n"), ("shared.txt", "s\nt\nu\n"), ("own.txt", "x\n"), ("new.txt", "n\n"), ("same.txt", "=\n")],
    );
    let run = shelf.update(&["--dry-run", "--diff"]);
    assert!(run.stdout.contains("+++ b/shared.txt") && !run.stdout.contains("+++ b/own.txt"), "{run}");
}
