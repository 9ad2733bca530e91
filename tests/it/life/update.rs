//! `polity update`: merges, refuses, takes back, and changes nothing a second time.

use super::shelf::{Shelf, shelf};

const OLD: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n";

#[test]
fn what_both_changed_is_merged_and_staged() {
    let shelf = shelf(&[("main.txt", OLD), ("other.txt", "same\n"), ("port.tera", "{{ port }}\n")]).made();
    shelf.edit(&[("main.txt", &OLD.replace("seven", "mine")), ("own.txt", "mine\n")]);
    shelf.version(
        "1.1.0",
        "",
        &[("main.txt", &OLD.replace("one", "new")), ("other.txt", "same\n"), ("port.tera", "{{ port }}\n"), ("more.txt", "x\n")],
    );
    let run = shelf.update(&[]).exits(0);
    insta::assert_snapshot!(run, @r"
    exit: 0
    ----- stdout
    updated svc: pay/go 1.0.0 → 1.1.0
      changed   main.txt
      added     more.txt
      changed   polity.lock
      changed   polity.yaml
    look at it with `git diff --staged` and commit it; `polity update --abort` takes it back
    ");
    assert_eq!(shelf.read("main.txt"), OLD.replace("one", "new").replace("seven", "mine"));
    assert_eq!(shelf.git(&["status", "--porcelain"]), "M  main.txt\nA  more.txt\nM  polity.lock\nM  polity.yaml\n");
    assert!(shelf.read("polity.yaml").contains("  version: 1.1.0\n"));
    let run = shelf.update(&[]).exits(0);
    assert_eq!(run.stdout, "svc is up to date with pay/go 1.1.0\n");
    shelf.update(&["--abort"]).exits(0);
    assert_eq!(shelf.git(&["status", "--porcelain"]), "");
    shelf.update(&[]).exits(0);
    shelf.commit("update");
    shelf.update(&[]).exits(0);
    assert_eq!(shelf.git(&["status", "--porcelain"]), "");
    shelf.polity(&["drift", "svc"]).exits(1);
}

#[test]
fn a_conflict_is_an_ordinary_one_and_can_be_taken_back() {
    let shelf = shelf(&[("main.txt", OLD)]).made();
    shelf.edit(&[("main.txt", &OLD.replace("four", "mine"))]);
    let before = shelf.git(&["ls-files", "-s"]);
    shelf.version("2.0.0", "", &[("main.txt", &OLD.replace("four", "theirs"))]);
    let run = shelf.update(&[]).exits(1);
    assert!(run.stdout.contains("  conflict  main.txt (both changed it)\n"), "{run}");
    let marked = "<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> template pay/go 1.0.0 → 2.0.0\n";
    assert!(shelf.read("main.txt").contains(marked), "{}", shelf.read("main.txt"));
    assert!(shelf.git(&["status", "--porcelain"]).starts_with("UU main.txt\n"));
    assert_eq!(shelf.git(&["ls-files", "-u"]).lines().count(), 3);
    let run = shelf.update(&[]);
    assert!(run.stdout.contains("is up to date"), "{run}");
    shelf.write("svc/main.txt", "half resolved\n");
    let run = shelf.update(&["--abort"]).exits(0);
    assert!(
        run.stdout
            .starts_with("took back pay/go 1.0.0 → 2.0.0: 3 files are as before\n  main.txt was changed since; your version is kept in "),
        "{run}"
    );
    assert_eq!(shelf.git(&["ls-files", "-s"]), before);
    assert_eq!(shelf.git(&["status", "--porcelain"]), "");
    assert_eq!(shelf.repo.read("svc/.git/polity-update.saved/main.txt"), "half resolved\n");
    shelf.update(&["--abort"]).exits(2);
}

#[test]
fn a_dirty_tree_is_refused_or_put_aside() {
    let shelf = shelf(&[("main.txt", OLD), ("b.txt", "b\n")]).made();
    shelf.version("1.1.0", "", &[("main.txt", &OLD.replace("one", "new")), ("b.txt", "b\n"), ("new.txt", "n\n")]);
    shelf.write("svc/b.txt", "half\n");
    let run = shelf.update(&[]).exits(2);
    assert!(run.stderr.contains("the working tree has changes that are not committed: `b.txt`\n"), "{run}");
    shelf.update(&["--dry-run"]).exits(0);
    let run = shelf.update(&["--stash"]).exits(0);
    assert!(run.stdout.contains("  changed   main.txt\n"), "{run}");
    assert_eq!((shelf.read("b.txt"), shelf.read("main.txt")), ("half\n".to_owned(), OLD.replace("one", "new")));
    assert_eq!(shelf.git(&["stash", "list"]), "");
}

#[test]
fn a_file_that_git_does_not_know_is_not_overwritten() {
    let shelf = shelf(&[(".gitignore", "*.log\n")]).made();
    shelf.version("1.1.0", "", &[(".gitignore", "*.log\n"), ("x.log", "theirs\n"), ("new/y.txt", "n\n")]);
    shelf.write("svc/x.log", "mine\n");
    let run = shelf.update(&[]).exits(2);
    assert!(run.stderr.contains("files that git does not know are in the way: x.log\n"), "{run}");
    std::fs::remove_file(shelf.repo.path("svc/x.log")).unwrap();
    shelf.write("svc/new", "a file where a folder is wanted\n");
    let run = shelf.update(&[]).exits(2);
    assert!(run.stderr.contains("files that git does not know are in the way: new\n"), "{run}");
    assert_eq!(shelf.git(&["status", "--porcelain"]), "?? new\n");
    assert_eq!(shelf.read("new"), "a file where a folder is wanted\n");
}

#[test]
fn answers_are_carried_over_and_the_record_never_conflicts() {
    let old =
        "inputs:\n  port: {type: integer, default: 8080}\n  owner: {type: string, default: ana}\n  junk: {type: bool, default: true}\n";
    let new = "inputs:
  listen: {type: integer, default: 1}
  team: {type: string, default: nobody}
  region: {type: string, default: 'eu-{{ team }}'}
migrations:
- {version: 2.0.0, inputs: {port: listen}}
- {version: 1.5.0, inputs: {owner: team}}
";
    let shelf = shelf(&[]);
    shelf.version("1.0.0", old, &[("a.tera", "{{ port }} {{ owner }}\n")]);
    let shelf = shelf.made();
    let edited = shelf.read("polity.yaml").replace("port: 8080", "port: 9000") + "\n# mine\nslo: []\n";
    shelf.edit(&[("polity.yaml", &edited)]);
    shelf.version("2.0.0", new, &[("a.tera", "{{ listen }} {{ team }} {{ region }}\n")]);
    let run = shelf.update(&[]).exits(0);
    insta::assert_snapshot!(run, @r"
    exit: 0
    ----- stdout
    updated svc: pay/go 1.0.0 → 2.0.0
      input `owner` is now `team`
      input `port` is now `listen`
      input `junk` is gone (was `true`)
      input `region` is new: `eu-ana`
      changed   a
      changed   polity.lock
      changed   polity.yaml
    look at it with `git diff --staged` and commit it; `polity update --abort` takes it back
    ");
    assert_eq!(shelf.read("a"), "9000 ana eu-ana\n");
    insta::assert_snapshot!(shelf.read("polity.yaml"), @r"
    template:
      from: pay/go
      version: 2.0.0
      answers:
        listen: 9000
        team: ana
        region: eu-ana

    # mine
    slo: []
    ");
}

#[test]
fn a_service_below_a_repository_is_updated_alone() {
    let shelf = shelf(&[("main.txt", OLD)]);
    crate::life::shelf::git(shelf.repo.root(), shelf.repo.root(), &["init", "-q"]);
    let shelf = shelf.made();
    shelf.write("other/file.txt", "x\n");
    let git = |args: &[&str]| crate::life::shelf::git(shelf.repo.root(), shelf.repo.root(), args);
    git(&["add", "svc", "other"]);
    git(&["commit", "-q", "-m", "all"]);
    shelf.write("other/file.txt", "dirty elsewhere\n");
    shelf.version("1.1.0", "", &[("main.txt", &OLD.replace("one", "new")), ("deep/er/x.txt", "x\n")]);
    shelf.update(&[]).exits(0);
    let status = git(&["status", "--porcelain", "--untracked-files=no"]);
    assert_eq!(status, " M other/file.txt\nA  svc/deep/er/x.txt\nM  svc/main.txt\nM  svc/polity.lock\nM  svc/polity.yaml\n");
    shelf.update(&["--abort"]).exits(0);
    assert_eq!(git(&["status", "--porcelain", "--untracked-files=no"]), " M other/file.txt\n");
    assert!(!shelf.repo.path("svc/deep").exists());
}

#[test]
fn without_git_conflicts_have_markers_too() {
    let shelf = shelf(&[("main.txt", OLD), ("b.txt", "b\n")]);
    shelf.polity(&["new", "pay/go", "svc", "--defaults", "--no-git"]).exits(0);
    shelf.write("svc/b.txt", "mine\n");
    shelf.version("1.1.0", "", &[("main.txt", &OLD.replace("one", "new")), ("b.txt", "b\n")]);
    let run = shelf.update(&[]).exits(3);
    assert!(run.stderr.contains("what pay/go 1.0.0 rendered is not at hand for `b.txt`"), "{run}");
    shelf.write("svc/b.txt", "b\n");
    shelf.update(&[]).exits(0);
    assert_eq!(shelf.read("main.txt"), OLD.replace("one", "new"));
    assert!(!shelf.repo.path("svc/.polity-update").exists());
}

#[test]
fn layers_are_added_and_removed() {
    let shelf = shelf(&[("main.txt", OLD)]);
    shelf.write(
        "reg/templates/chaos/template.yaml",
        "version: 1.0.0\ndescription: Chaos\ninputs:\n  drill: {type: string, default: kill}\n",
    );
    shelf.write("reg/templates/chaos/files/drill.txt.tera", "{{ drill }}\n");
    let shelf = shelf.made();
    let run = shelf.update(&["--add", "pay/chaos"]).exits(0);
    assert!(run.stdout.contains("  layers: pay/chaos 1.0.0 (new)\n") && run.stdout.contains("  added     drill.txt\n"), "{run}");
    assert!(shelf.read("polity.yaml").contains("  layers:\n  - pay/chaos\n"), "{}", shelf.read("polity.yaml"));
    shelf.commit("chaos");
    shelf.update(&["--add", "chaos"]).exits(2);
    assert_eq!(shelf.update(&[]).exits(0).stdout, "svc is up to date with pay/go 1.0.0\n");
    let run = shelf.update(&["--remove", "chaos"]).exits(0);
    assert!(run.stdout.contains("  removed   drill.txt\n"), "{run}");
    assert!(!shelf.repo.path("svc/drill.txt").exists());
    shelf.commit("calm");
    // A bare name is as good.
    shelf.update(&["--add", "chaos", "--add", "pay/chaos"]).exits(0);
    assert!(shelf.read("polity.yaml").contains("  layers:\n  - pay/chaos\n"), "{}", shelf.read("polity.yaml"));
    shelf.commit("chaos again");
    assert_eq!(shelf.update(&[]).exits(0).stdout, "svc is up to date with pay/go 1.0.0\n");
    shelf.update(&["--remove", "pay/chaos"]).exits(0);
    shelf.commit("calm again");
    shelf.update(&["--remove", "chaos"]).exits(2);
}

#[test]
fn versions_that_are_not_at_hand_are_an_error() {
    let shelf = shelf(&[("main.txt", OLD)]).made();
    let run = shelf.update(&["--to", "9.0.0"]).exits(3);
    assert!(run.stderr.contains("pay/go 9.0.0 is not at hand, only 1.0.0"), "{run}");
    shelf.version("0.9.0", "", &[("main.txt", OLD)]);
    let run = shelf.update(&[]).exits(3);
    assert!(run.stderr.contains("the update would take pay/go back from 1.0.0 to 0.9.0"), "{run}");
    let run = shelf.repo.run(&["update", "svc"]).exits(2);
    assert!(run.stderr.contains("it came from the registry `reg`: name its folder with `--registry`"), "{run}");
    let run = shelf.update(&["--to", "0.9.0", "--format", "json"]).exits(0);
    let said: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&said["schema"], &said["state"]), (&"polity/update/1".into(), &"updated".into()));
}

#[test]
fn what_was_rendered_survives_a_rewritten_history() {
    let shelf = shelf(&[("main.txt", OLD)]).made();
    shelf.write("svc/main.txt", OLD.replace("seven", "mine"));
    shelf.git(&["add", "-A"]);
    shelf.git(&["commit", "-q", "--amend", "-m", "squashed"]);
    shelf.git(&["reflog", "expire", "--expire=now", "--all"]);
    shelf.git(&["gc", "-q", "--prune=now"]);
    for version in 1..4 {
        shelf.version(&format!("1.{version}.0"), "", &[("main.txt", &OLD.replace("one", &format!("new {version}")))]);
        shelf.update(&[]).exits(0);
        assert_eq!(shelf.read("main.txt"), OLD.replace("one", &format!("new {version}")).replace("seven", "mine"));
        shelf.git(&["commit", "-q", "-a", "--amend", "-m", "squashed"]);
        shelf.git(&["reflog", "expire", "--expire=now", "--all"]);
        shelf.git(&["gc", "-q", "--prune=now"]);
    }
}

/// A policy that wants a file, and says which layer brings it.
fn wants(shelf: &Shelf, file: &str) {
    let rule = format!(
        "package polity\n\ndeny contains {{\"message\": \"none\", \"path\": \"polity.yaml\", \"fix\": {{\"does\": \"add it\", \"layer\": \"pay/chaos@1\"}}}} if not repo.exists(\"{file}\")\n"
    );
    shelf.write("rules/probe/policy.yaml", "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\n");
    shelf.write("rules/probe/policy.rego", rule);
}

/// A service, a registry with layers that bring a file each, and a policy with this rule.
fn with_layers(layers: &[(&str, &str, &str)], rule: &str) -> Shelf {
    let shelf = shelf(&[("main.txt", OLD)]);
    for (name, file, text) in layers {
        shelf.write(&format!("reg/templates/{name}/template.yaml"), "version: 1.0.0\ndescription: d\n");
        shelf.write(&format!("reg/templates/{name}/files/{file}"), *text);
    }
    shelf.write("rules/probe/policy.yaml", "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\n");
    shelf.write("rules/probe/policy.rego", format!("package polity\n\n{rule}"));
    shelf.made()
}

#[test]
fn a_layer_that_does_not_do_is_taken_back() {
    let wanted = |message: &str, at: &str, layer: &str, file: &str| {
        format!(
            "deny contains {{\"message\": \"{message}\", \"path\": \"polity.yaml\", \"at\": {at}, \"fix\": {{\"does\": \"add it\", \"layer\": \"pay/{layer}@1\"}}}} if not repo.exists(\"{file}\")\n"
        )
    };
    let drill = wanted("no drill", "[\"template\"]", "chaos", "drill.txt");
    let check = |shelf: &Shelf| shelf.polity(&["check", "svc", "--policies", "rules", "--policy", "probe", "--fix", "--unsafe"]);
    let changed = |shelf: &Shelf| shelf.git(&["status", "--short"]);

    let broken = with_layers(&[("chaos", "polity.federation.yaml", "federation: [\n")], &drill);
    let run = check(&broken);
    assert!(run.stderr.contains("the check comes to no end with it") && changed(&broken).is_empty(), "{run}");

    let clash = with_layers(&[("chaos", ".polity-baseline.yaml", "version: 1\nfiles: {}\n")], &drill);
    clash.write("svc/.polity-baseline.yaml", "version: 1\nfiles: {}\n\n");
    clash.commit("baseline");
    let run = check(&clash);
    assert!(run.stderr.contains("it clashes with what stands there") && changed(&clash).is_empty(), "{run}");

    let again =
        "deny contains {\"message\": \"no drill\", \"path\": \"polity.yaml\", \"at\": [\"template\"]} if repo.exists(\"drill.txt\")\n";
    let again = with_layers(&[("chaos", "drill.txt", "kill\n")], &format!("{drill}{again}"));
    let run = check(&again).exits(1);
    assert!(run.stderr.contains("the finding was still there") && changed(&again).is_empty(), "{run}");

    let worse = "deny contains {\"message\": \"no drills\", \"path\": \"drill.txt\"} if repo.exists(\"drill.txt\")\n";
    let worse = with_layers(&[("chaos", "drill.txt", "kill\n")], &format!("{drill}{worse}"));
    let run = check(&worse).exits(1);
    assert!(run.stderr.contains("`probe` would say drill.txt:1: no drills") && changed(&worse).is_empty(), "{run}");

    let spoilt =
        "deny contains {\"message\": \"spoilt\", \"path\": \"polity.yaml\", \"at\": [\"service\"]} if repo.exists(\"drill.txt\")\n";
    let second = wanted("no drills", "[\"template\", \"from\"]", "other", "drill.txt");
    let layers = [("chaos", "drill.txt", "kill\n"), ("other", "other.txt", "x\n")];
    let shelf = with_layers(&layers, &format!("{drill}{second}{spoilt}"));
    let run = check(&shelf).exits(1);
    assert!(!run.stderr.contains("\nrepaired probe: add") && changed(&shelf).is_empty(), "nothing excuses what is new: {run}");

    let needless = wanted("no drills", "[\"template\", \"from\"]", "needless", "drill.txt");
    let harmful = "deny contains {\"message\": \"rubbish\", \"path\": \"rubbish.txt\"} if repo.exists(\"rubbish.txt\")\n";
    let layers = [("chaos", "drill.txt", "kill\n"), ("needless", "rubbish.txt", "x\n")];
    let run = check(&with_layers(&layers, &format!("{drill}{needless}{harmful}"))).exits(0);
    assert!(
        !run.stderr.contains("--add pay/needless") && run.stderr.contains("\nrepaired 1 finding\n"),
        "what is gone needs no layer: {run}"
    );

    let two = format!("{}{}", wanted("no health", "[\"service\"]", "chaos", "health.txt"), drill.split(", \"fix\"").next().unwrap());
    let two = with_layers(&[("chaos", "drill.txt", "kill\n")], &format!("{two}}} if not repo.exists(\"drill.txt\")\n"));
    let run = check(&two).exits(1);
    assert!(run.stderr.contains("the finding was still there") && changed(&two).is_empty(), "that another one ends is no repair: {run}");

    let useless = wanted("no health", "[\"template\", \"from\"]", "useless", "health.txt");
    let layers = [("chaos", "drill.txt", "kill\n"), ("useless", "rubbish.txt", "x\n")];
    for rule in [format!("{drill}{useless}"), format!("{drill}{}", useless.replace("useless", "nonesuch"))] {
        let shelf = with_layers(&layers, &rule);
        let run = check(&shelf).exits(1);
        assert!(run.stderr.contains("repaired probe: add the layer pay/chaos@1") && run.stderr.contains("not repaired probe"), "{run}");
        let changed = changed(&shelf);
        assert!(changed.contains("drill.txt") && !changed.contains("rubbish.txt"), "{changed}");
    }
}

#[test]
fn a_check_adds_the_layer_that_a_policy_asks_for() {
    let shelf = shelf(&[("main.txt", OLD)]);
    shelf.write("reg/templates/chaos/template.yaml", "version: 1.0.0\ndescription: Chaos\n");
    shelf.write("reg/templates/chaos/files/drill.txt", "kill\n");
    let shelf = shelf.made();
    let check = |more: &[&str]| shelf.polity(&[&["check", "svc", "--policies", "rules", "--policy", "probe", "--fix"], more].concat());
    let is_untouched = || !shelf.repo.path("svc/drill.txt").exists() && shelf.git(&["status", "--short"]).is_empty();

    wants(&shelf, "other.txt");
    let run = check(&["--unsafe", "--format", "json"]).exits(1);
    assert!(run.stderr.contains("not repaired probe: polity.yaml: the finding was still there") && run.stdout.starts_with('{'), "{run}");
    assert!(is_untouched(), "it is taken back");

    wants(&shelf, "drill.txt");
    check(&[]).exits(1);
    let run = check(&["--unsafe", "--diff"]).exits(1);
    assert!(run.stdout.contains("+kill\n") && run.stderr.contains("would repair probe: add the layer pay/chaos@1"), "{run}");
    assert!(is_untouched(), "nothing is written");
    shelf.write("svc/main.txt", OLD.replace("one", "mine"));
    let run = check(&["--unsafe"]).exits(1);
    assert!(
        run.stderr.contains("not repaired probe") && !shelf.repo.path("svc/drill.txt").exists(),
        "not where something is not committed: {run}"
    );
    shelf.commit("mine");
    let run = check(&["--unsafe", "--format", "json"]).exits(0);
    assert!(run.stderr.contains("repaired probe: add the layer pay/chaos@1 (.)\nrepaired 1 finding\n"), "{run}");
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["verdicts"]["pass"], 1, "{run}");
    assert_eq!(shelf.read("drill.txt"), "kill\n");
    assert!(shelf.read("polity.yaml").contains("- pay/chaos@1"), "{}", shelf.read("polity.yaml"));
    shelf.commit("chaos");
    assert!(check(&["--unsafe"]).exits(0).stderr.contains("repaired 0 findings"), "nothing is left to do");

    // The layer is there, and its file is not any more: what somebody brought in meanwhile is not taken back.
    std::fs::remove_file(shelf.repo.path("svc/drill.txt")).unwrap();
    shelf.commit("no drill");
    shelf.version("1.1.0", "", &[("main.txt", &OLD.replace("six", "newer"))]);
    shelf.update(&[]).exits(0);
    let run = check(&["--unsafe", "--format", "json"]).exits(1);
    assert!(run.stderr.contains("not repaired probe") && run.stdout.starts_with('{'), "{run}");
    assert!(shelf.read("main.txt").contains("newer"), "{run}");
}
