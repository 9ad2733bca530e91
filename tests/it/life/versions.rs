//! The versions of layers in an update: which may be asked for, and none goes back unless somebody says so.

use super::shelf::{Shelf, shelf};

/// A registry with `pay/go`, the layer `pay/lib` below it and the layer `pay/chaos` beside it; the service has both.
fn service() -> Shelf {
    let shelf = shelf(&[]);
    layer(&shelf, "lib", "1.1.0");
    layer(&shelf, "chaos", "1.1.0");
    shelf.version("1.0.0", "requires: [pay/lib@1.0.0]\n", &[]);
    let shelf = shelf.made();
    shelf.update(&["--add", "pay/chaos"]).exits(0);
    shelf.commit("chaos");
    shelf
}

fn layer(shelf: &Shelf, name: &str, version: &str) {
    shelf.write(&format!("reg/templates/{name}/template.yaml"), format!("version: {version}\ndescription: A layer\n"));
    shelf.write(&format!("reg/templates/{name}/files/{name}.txt"), format!("{version}\n"));
}

#[test]
fn no_layer_goes_back_unless_somebody_says_so() {
    let shelf = service();
    layer(&shelf, "chaos", "1.0.0");
    shelf.update(&["--dry-run"]).exits(3);
    let run = shelf.update(&[]).exits(3);
    insta::assert_snapshot!(run, @r"
    exit: 3
    ----- stderr
    error: the update would take pay/chaos back from 1.1.0 to 1.0.0
     |
     = help: name the registry that holds 1.1.0 with `--registry`
     = help: `--add pay/chaos@1.0.0` goes back to it
     = note: 1.0.0 is the newest in `reg`; the layer was added to the service with `--add`
    ");
    assert_eq!(shelf.git(&["status", "--porcelain"]), "");
    // The version of the template says nothing of a layer that was added.
    shelf.update(&["--to", "1.0.0"]).exits(3);
    let run = shelf.update(&["--add", "chaos@1.0.0"]).exits(0);
    assert!(run.stdout.contains("  layers: pay/chaos 1.1.0 → 1.0.0\n"), "{run}");
    assert_eq!(shelf.read("chaos.txt"), "1.0.0\n");
    assert!(shelf.read("polity.yaml").contains("  layers:\n  - pay/chaos@1.0.0\n"), "{}", shelf.read("polity.yaml"));
    shelf.commit("chaos as it was");
    // What was asked for stays, and an older registry cannot take it back.
    layer(&shelf, "chaos", "1.2.0");
    let run = shelf.update(&[]).exits(3);
    assert!(run.stderr.contains("help: the layer was added as `@1.0.0`; `--add pay/chaos` takes the newest from now on\n"), "{run}");
    layer(&shelf, "chaos", "1.0.0");
    layer(&shelf, "lib", "1.0.0");
    let run = shelf.update(&[]).exits(3);
    insta::assert_snapshot!(run, @r"
    exit: 3
    ----- stderr
    error: the update would take pay/lib back from 1.1.0 to 1.0.0
     |
     = help: name the registry that holds 1.1.0 with `--registry`
     = help: `--to 1.0.0` goes back to it
     = note: 1.0.0 is the newest that may be chosen from `reg`; pay/go 1.0.0 asks for it
    ");
    let run = shelf.update(&["--to", "1.0.0"]).exits(0);
    assert!(run.stdout.contains("  layers: pay/lib 1.1.0 → 1.0.0\n"), "{run}");
    assert!(run.stderr.contains("note: pay/lib goes back from 1.1.0 to 1.0.0, the newest that will do\n"), "{run}");
}

#[test]
fn a_layer_may_be_added_in_a_version() {
    let shelf = service();
    shelf.update(&["--remove", "chaos"]).exits(0);
    shelf.commit("calm");
    let run = shelf.update(&["--add", "pay/chaos@2"]).exits(3);
    assert!(run.stderr.contains("there is no version `2` of `pay/chaos`"), "{run}");
    for name in ["pay/chaos@1", "chaos@1.1", "pay/chaos@1.1.0"] {
        let run = shelf.update(&["--add", name]).exits(0);
        assert!(run.stdout.contains("  layers: pay/chaos 1.1.0 (new)\n"), "{run}");
        let recorded = format!("  layers:\n  - pay/chaos{}\n", &name[name.find('@').unwrap()..]);
        assert!(shelf.read("polity.yaml").contains(&recorded), "{}", shelf.read("polity.yaml"));
        shelf.update(&["--abort"]).exits(0);
    }
    let run = shelf.update(&["--add", "pay/lib@1"]).exits(2);
    assert!(run.stderr.contains("the service has the layer `pay/lib` already"), "{run}");
}

#[test]
fn the_version_of_the_template_may_be_named_by_its_beginning() {
    let shelf = service();
    shelf.version("1.2.0", "requires: [pay/lib@1.0.0]\n", &[]);
    let run = shelf.update(&["--to", "1.1"]).exits(3);
    assert!(run.stderr.contains("pay/go 1.1 is not at hand, only 1.2.0"), "{run}");
    let run = shelf.update(&["--to", "newest"]).exits(3);
    assert!(run.stderr.contains("pay/go newest is not at hand, only 1.2.0"), "{run}");
    let run = shelf.update(&["--to", "1.2"]).exits(0);
    assert!(run.stdout.starts_with("updated svc: pay/go 1.0.0 → 1.2.0\n"), "{run}");
}

#[test]
fn a_layer_that_was_added_is_not_the_template() {
    let shelf = service();
    let why = |name: &str| {
        let mut command = shelf.repo.command(&["--registry", "../reg", "why", name]);
        shelf.repo.finish(command.current_dir(shelf.repo.path("svc"))).exits(0).stdout
    };
    assert!(why("chaos").contains("  was added to the service with `polity update --add`\n"), "{}", why("chaos"));
    assert!(why("go").contains("  is the template itself\n"), "{}", why("go"));
    assert!(!why("lib").contains("itself") && !why("lib").contains("--add"), "{}", why("lib"));
}

#[test]
fn an_added_layer_that_is_not_at_hand_has_a_registry() {
    let shelf = service();
    for path in ["registry.yaml", "templates/go/template.yaml", "templates/lib/template.yaml", "templates/lib/files/lib.txt"] {
        shelf.write(&format!("old/{path}"), shelf.repo.read(&format!("reg/{path}")));
    }
    let help = "it came from the registry `reg`: name its folder with `--registry`";
    let run = shelf.repo.run(&["--registry", "old", "update", "svc"]).exits(3);
    assert!(run.stderr.contains("there is no template `pay/chaos`") && run.stderr.contains(help), "{run}");
    for verb in ["update", "drift"] {
        let run = shelf.repo.run(&["--registry", "old", verb, "svc", "--locked"]).exits(3);
        assert!(run.stderr.contains("pay/chaos 1.1.0 is locked and not at hand") && run.stderr.contains(help), "{run}");
    }
    // What is lost is the layer that was added: lines of the others have their makers all the same.
    let run = shelf.repo.run(&["--registry", "old", "blame", "svc/lib.txt:1"]).exits(0);
    assert_eq!(run.stdout, "lib.txt:1: 1.1.0\n  layer     pay/lib 1.1.0\n  line      lib.txt:1\n");
    let run = shelf.repo.run(&["--registry", "old", "blame", "svc/chaos.txt:1"]).exits(0);
    assert!(run.stdout.ends_with("  line      unknown: pay/chaos 1.1.0 is not at hand\n"), "{run}");
    let run = shelf.repo.run(&["--registry", "old", "blame", "svc/chaos.txt"]).exits(0);
    assert_eq!(run.stdout, "   1  pay/chaos 1.1.0 (line unknown)  1.1.0\n");
    shelf.write("svc/lib.txt", "better\n");
    let run = shelf.repo.run(&["--registry", "old", "promote", "svc/lib.txt", "--diff"]).exits(0);
    assert!(run.stdout.contains("+better\nwith the answers of svc the changed template renders your file"), "{run}");
    shelf.write("svc/chaos.txt", "better\n");
    let run = shelf.repo.run(&["--registry", "old", "promote", "svc/chaos.txt"]).exits(3);
    assert!(run.stderr.starts_with("error: pay/chaos 1.1.0 is not at hand\n"), "{run}");
}

#[test]
fn a_registry_without_git_has_no_branch() {
    let shelf = service();
    shelf.write("svc/lib.txt", "better\n");
    shelf.polity(&["promote", "svc/lib.txt", "--diff"]).exits(0);
    let run = shelf.polity(&["promote", "svc/lib.txt"]).exits(2);
    assert!(run.stderr.starts_with("error: the registry `reg` is in no git repository, so there is no branch to commit to\n"), "{run}");
}

#[test]
fn answers_come_from_a_file_here_too() {
    let shelf = shelf(&[]);
    let asks = "inputs:\n  port: {type: integer, default: 8080}\n  team: {type: string}\n";
    shelf.version("1.0.0", "", &[]);
    let shelf = shelf.made();
    shelf.version("1.1.0", asks, &[("a.tera", "{{ port }} {{ team }}\n")]);
    let run = shelf.update(&[]).exits(2);
    assert!(run.stderr.contains("`--answers FILE`"), "{run}");
    shelf.write("answers.yaml", "team: ana\nport: 1\n");
    shelf.update(&["--answers", "answers.yaml", "--set", "port=2"]).exits(0);
    assert_eq!(shelf.read("a"), "2 ana\n");
    shelf.write("answers.yaml", "team: 7\n");
    let run = shelf.polity(&["adopt", "pay/go", "other", "--answers", "answers.yaml"]);
    assert_eq!(run.code, 2, "{run}");
    shelf.write("other/main.txt", "mine\n");
    let run = shelf.polity(&["adopt", "pay/go", "other", "--answers", "answers.yaml"]).exits(2);
    assert!(run.stderr.contains("answers.yaml:1:7"), "{run}");
    shelf.write("answers.yaml", "team: bo\n");
    shelf.polity(&["adopt", "pay/go", "other", "--answers", "answers.yaml"]).exits(0);
    assert_eq!(shelf.repo.read("other/a"), "8080 bo\n");
}
