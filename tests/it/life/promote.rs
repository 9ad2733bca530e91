//! `polity promote`: an improvement becomes a change of the template, and the change is proven by rendering it.

use super::shelf::{Shelf, git, shelf};

const MANIFEST: &str = "inputs:\n  name: {type: string, default: orders}\n  port: {type: integer, default: 8080}\n";
const MAIN: &str = "{% if port > 0 -%}\nstart {{ name }} on {{ port }} slowly\n{% endif -%}\nfirst\nsecond\nthird\n";

fn service() -> Shelf {
    let shelf = shelf(&[]);
    shelf.version("1.0.0", MANIFEST, &[("main.txt.tera", MAIN), ("copy.txt", "one\ntwo\n")]);
    shelf.made()
}

#[test]
fn a_changed_line_keeps_its_expressions_and_a_new_one_gets_them() {
    let shelf = service();
    shelf.write("svc/main.txt", "start orders on 8080 quickly\nfirst\nsecond for orders\nextra\n");
    let run = shelf.polity(&["promote", "svc/main.txt", "--diff"]).exits(0);
    insta::assert_snapshot!(run.stdout, @r"
    --- a/templates/go/files/main.txt.tera
    +++ b/templates/go/files/main.txt.tera
    @@ -1,6 +1,6 @@
     {% if port > 0 -%}
    -start {{ name }} on {{ port }} slowly
    +start {{ name }} on {{ port }} quickly
     {% endif -%}
     first
    -second
    -third
    +second for {{ name }}
    +extra
    main.txt:3: the answer for `name` became an expression
    with the answers of svc the changed template renders your file, byte for byte
    ");
}

#[test]
fn what_cannot_be_told_is_left_to_a_person() {
    let shelf = service();
    shelf.write("svc/main.txt", "start anything\nfirst\nsecond\nthird\n{{ literally }}\nfine\n");
    let run = shelf.polity(&["promote", "svc/main.txt", "--diff"]).exits(1);
    assert!(run.stdout.contains("+fine\nmain.txt:1: needs a hand: what came from answers is not in it any more\n"), "{run}");
    assert!(run.stdout.contains("main.txt:5: needs a hand: it holds what means something to the template engine\n"), "{run}");
    shelf.polity(&["promote", "svc/copy.txt"]).exits(2);
    shelf.polity(&["promote", "svc/polity.lock"]).exits(2);
    let run = shelf.repo.run(&["promote", "svc/main.txt"]).exits(3);
    assert!(run.stderr.contains("pay/go 1.0.0 is not at hand"), "{run}");
}

#[test]
fn the_change_is_committed_to_a_branch_of_the_registry() {
    let shelf = service();
    let reg = |args: &[&str]| git(&shelf.repo.path("reg"), shelf.repo.root(), args);
    reg(&["init", "-q"]);
    reg(&["add", "-A"]);
    reg(&["commit", "-q", "-m", "all"]);
    shelf.write("reg/registry.yaml", "namespace: pay\n# being edited\n");
    shelf.write("svc/copy.txt", "one\ntwo\nthree\n");
    let run = shelf.polity(&["promote", "svc/copy.txt"]).exits(0);
    assert!(run.stdout.ends_with("committed to the branch polity/promote-copy-txt in reg\n"), "{run}");
    assert_eq!(reg(&["show", "polity/promote-copy-txt:templates/go/files/copy.txt"]), "one\ntwo\nthree\n");
    assert_eq!(reg(&["status", "--porcelain"]), " M registry.yaml\n");
    assert_eq!(reg(&["diff", "--stat", "main", "polity/promote-copy-txt"]).lines().count(), 2);
    let run = shelf.polity(&["promote", "svc/copy.txt"]).exits(2);
    assert!(run.stderr.contains("the branch `polity/promote-copy-txt` exists already"), "{run}");
    shelf.polity(&["promote", "svc/copy.txt", "--branch", "other"]).exits(0);
}

#[test]
fn the_layer_that_owns_the_file_is_enough() {
    let shelf = service();
    shelf.write("other/registry.yaml", "namespace: org\n");
    shelf.write("other/templates/base/template.yaml", "version: 1.0.0\ndescription: b\ninputs:\n  team: {type: string, default: ana}\n");
    shelf.write("other/templates/base/files/base.tera", "{{ team }}\n");
    let requires = format!("requires: [org/base@1.0.0]\n{MANIFEST}");
    shelf.version("1.1.0", &requires, &[("main.txt.tera", MAIN), ("copy.txt", "one\ntwo\n"), ("team.txt.tera", "of {{ team }}\nend\n")]);
    shelf.repo.run(&["--registry", "reg", "--registry", "other", "update", "svc"]).exits(0);
    shelf.commit("1.1.0");
    shelf.write("svc/team.txt", "of ana\nthe end\n");
    let run = shelf.polity(&["promote", "svc/team.txt", "--diff"]).exits(0);
    assert!(run.stdout.contains(" of {{ team }}\n-end\n+the end\nwith the answers of svc the changed template renders your file"), "{run}");
    shelf.write("svc/base", "bo\n");
    let run = shelf.polity(&["promote", "svc/base"]).exits(3);
    assert!(run.stderr.starts_with("error: org/base 1.0.0 is not at hand\n"), "{run}");
}

#[cfg(unix)]
#[test]
fn a_mode_is_told_of() {
    use std::os::unix::fs::PermissionsExt as _;
    let shelf = shelf(&[("run.sh", "#!/bin/sh\n")]).made();
    std::fs::set_permissions(shelf.repo.path("svc/run.sh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let run = shelf.polity(&["promote", "svc/run.sh"]).exits(2);
    assert!(
        run.stderr.contains("differs from what was rendered in its mode alone\n |\n = help: `chmod +x` `files/run.sh` of pay/go\n"),
        "{run}"
    );
}
