//! Two branches of one service that were changed apart, merged by git itself, and what becomes of `polity.lock`.

use super::versions::release;
use super::world::{World, said, world};
use crate::support::Run;

/// A service `a` of `pay/top`, which asks for a port, with `pay/alpha` and `web/omega` over it. Two machines know all that there is.
fn service() -> World {
    let world = world();
    world.federate("  web: {url: web, signers: none}\n");
    world.write("web/registry.yaml", "namespace: web\n");
    omega(&world, "1.0.0");
    world.template("alpha", "1.0.0", &[], "alpha.md");
    release(&world, "alpha").exits(0);
    world.draft("top", "1.0.0", &[], "top.md");
    let path = "pay/templates/top/template.yaml";
    world.write(path, &format!("{}inputs:\n  port: {{type: integer, default: 8080}}\n", world.repo.read(path)));
    world.write("pay/templates/top/files/port.tera", "{{ port }}\n");
    world.polity_in("pay", &["template", "test", "templates/top/", "--accept", "--no-checks"]).exits(0);
    world.commit("top");
    release(&world, "top").exits(0);
    for machine in ["one", "two"] {
        world.machine(machine, ".", &["registry", "sync"]).exits(0);
    }
    world.machine("one", ".", &["new", "pay/top", "a", "--defaults"]).exits(0);
    update(&world, "one", &["--add", "pay/alpha", "--add", "web/omega"]).exits(0);
    world.git(&["commit", "-q", "-a", "-m", "layers"], "a");
    world
}

fn omega(world: &World, version: &str) {
    world.write("web/templates/omega/template.yaml", &format!("version: {version}\ndescription: A test\n"));
    world.write("web/templates/omega/files/omega.md", &format!("omega {version}\n"));
}

/// Something is released that the service does not have: what is known of `pay` is newer afterwards.
fn time_passes(world: &World, version: &str) {
    world.edit(version);
    world.release("ana").exits(0);
}

fn update(world: &World, machine: &str, more: &[&str]) -> Run {
    world.machine(machine, ".", &[&["update", "a"], more].concat())
}

/// An update on a branch of its own, committed.
fn branch(world: &World, machine: &str, name: &str, more: &[&str]) {
    world.git(&["checkout", "-q", "-b", name, "main"], "a");
    update(world, machine, more).exits(0);
    world.git(&["add", "-A"], "a");
    world.git(&["commit", "-q", "-m", name], "a");
}

/// What `git merge` says of the other branch; empty when it merges without a conflict.
fn merge(world: &World, name: &str) -> String {
    let status = std::process::Command::new("git")
        .args(["merge", "-q", "--no-edit", name])
        .current_dir(world.repo.path("a"))
        .env("HOME", world.repo.root())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    if status.status.success() { String::new() } else { world.git(&["diff", "--name-only", "--diff-filter=U"], "a") }
}

/// The lock says what is rendered from it, nothing drifted, and there is nothing to update.
fn holds(world: &World, machine: &str) {
    said(update(world, machine, &["--locked"]), 0, "no difference");
    said(world.machine(machine, ".", &["drift", "a"]), 0, "(0 %)");
    said(update(world, machine, &[]), 0, "a is up to date with pay/top 1.0.0");
}

#[test]
fn updates_of_different_layers_merge_without_a_conflict() {
    let world = service();
    world.template("alpha", "1.1.0", &[], "alpha.md");
    release(&world, "alpha").exits(0);
    world.machine("one", ".", &["registry", "sync", "pay"]).exits(0);
    branch(&world, "one", "alpha", &[]);
    // The other machine is shown what came in between, and later than the first.
    world.publish(&["yank", "templates/alpha", "1.1.0", "--reason", "too new for the other branch"]).exits(0);
    omega(&world, "1.1.0");
    world.machine("two", ".", &["registry", "sync"]).exits(0);
    branch(&world, "two", "omega", &[]);
    let changed = world.git(&["diff", "--stat", "main", "--", "polity.lock"], "a");
    assert!(changed.contains("polity.lock | "), "{changed}");
    let lock = world.git(&["diff", "-U0", "main", "--", "polity.lock"], "a");
    assert!(!lock.contains("\n-  name: pay/") && !lock.contains("\n-      seq:"), "only the entry of what changed is another\n{lock}");
    assert_eq!(merge(&world, "alpha"), "");
    let text = world.repo.read("a/polity.lock");
    assert!(text.contains("pay/alpha\n  version: 1.1.0\n") && text.contains("web/omega\n  version: 1.1.0\n"), "{text}");
    said(world.machine("two", ".", &["drift", "a"]), 0, "managed  0 of 4 files drifted (0 %)");
    said(update(&world, "two", &["--locked"]), 0, "no difference");
}

#[test]
fn layers_that_two_branches_added_are_both_there_after_an_update_in_the_merge() {
    let world = service();
    for id in ["beta", "gamma"] {
        world.template(id, "1.0.0", &[], &format!("{id}.md"));
        release(&world, id).exits(0);
        world.machine("one", ".", &["registry", "sync"]).exits(0);
        branch(&world, "one", id, &["--add", &format!("pay/{id}")]);
    }
    assert_eq!(merge(&world, "beta"), "polity.lock\npolity.yaml");
    for args in [["drift", "a"], ["why", "beta"]] {
        said(
            world.machine("one", if args[0] == "why" { "a" } else { "." }, &args),
            3,
            "`polity update` merges what both sides of a merge say",
        );
    }
    said(update(&world, "one", &["--dry-run"]), 0, "would merge polity.lock and the record in polity.yaml from both sides\n");
    let run = update(&world, "one", &[]).exits(0);
    assert_eq!(
        run.stdout,
        "merged polity.lock and the record in polity.yaml from both sides\n  layers: pay/beta 1.0.0 (new)\n\
         commit the merge; `polity update` renders what both sides ask for together\n"
    );
    world.git(&["commit", "-q", "--no-edit"], "a");
    holds(&world, "one");
    let record = world.repo.read("a/polity.yaml");
    assert!(
        record.ends_with("  layers:\n  - pay/alpha\n  - web/omega\n  - pay/gamma\n  - pay/beta\n  answers:\n    port: 8080\n"),
        "{record}"
    );
}

#[test]
fn an_answer_and_an_update_meet_in_a_merge() {
    let world = service();
    time_passes(&world, "1.5.0");
    world.template("alpha", "1.1.0", &[], "alpha.md");
    release(&world, "alpha").exits(0);
    world.machine("one", ".", &["registry", "sync"]).exits(0);
    branch(&world, "one", "alpha", &[]);
    branch(&world, "two", "port", &["--set", "port=9090"]);
    assert_eq!(merge(&world, "alpha"), "");
    assert_eq!((world.repo.read("a/port"), world.repo.read("a/alpha.md")), ("9090\n".to_owned(), "alpha 1.1.0\n".to_owned()));
    holds(&world, "one");
}

#[test]
fn a_file_that_both_branches_rendered_anew_is_rendered_once_more() {
    let world = service();
    let text = |first: &str, last: &str| format!("{first}\n2\n3\n4\n5\n6\n{last}\n");
    let path = "pay/templates/top/files/port.tera";
    let raise = |version: &str, first: &str| {
        world.write("pay/templates/top/template.yaml", &world.repo.read("pay/templates/top/template.yaml").replacen("1.0.0", version, 1));
        world.write(path, &text(first, "{{ port }}"));
        world.polity_in("pay", &["template", "test", "templates/top/", "--accept", "--no-checks"]).exits(0);
        world.commit(version);
        release(&world, "top").exits(0);
    };
    raise("1.0.1", "one");
    world.machine("one", ".", &["registry", "sync"]).exits(0);
    world.machine("two", ".", &["registry", "sync"]).exits(0);
    update(&world, "one", &[]).exits(0);
    world.git(&["commit", "-q", "-a", "-m", "1.0.1"], "a");
    world.write("pay/templates/top/template.yaml", &world.repo.read("pay/templates/top/template.yaml").replacen("1.0.1", "1.0.0", 1));
    raise("1.1.0", "uno");
    world.machine("one", ".", &["registry", "sync"]).exits(0);
    branch(&world, "one", "uno", &[]);
    branch(&world, "two", "port", &["--set", "port=9090"]);
    assert_eq!(merge(&world, "uno"), "polity.lock");
    update(&world, "one", &[]).exits(0);
    world.git(&["commit", "-q", "--no-edit"], "a");
    assert_eq!(world.repo.read("a/port"), text("uno", "9090"));
    // What both make together was rendered by nobody yet.
    said(update(&world, "one", &["--locked"]), 3, "port is rendered otherwise");
    said(update(&world, "one", &[]), 0, "  changed   polity.lock\n");
    world.git(&["commit", "-q", "-a", "-m", "together"], "a");
    assert_eq!(world.repo.read("a/port"), text("uno", "9090"));
    said(update(&world, "one", &["--locked"]), 0, "no difference");
    said(world.machine("one", ".", &["drift", "a"]), 0, "managed  0 of 4 files drifted (0 %)");
}

#[test]
fn an_answer_that_both_branches_gave_is_for_a_person() {
    let world = service();
    branch(&world, "one", "nine", &["--set", "port=9"]);
    branch(&world, "one", "seven", &["--set", "port=7"]);
    assert_eq!(merge(&world, "nine"), "polity.lock\npolity.yaml\nport");
    // Somebody takes the markers out and leaves what both sides say.
    let is_marker = |line: &&str| ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|marker| line.starts_with(marker));
    let text: String = world.repo.read("a/polity.yaml").lines().filter(|line| !is_marker(line)).map(|line| format!("{line}\n")).collect();
    world.write("a/polity.yaml", &text);
    said(
        update(&world, "one", &[]),
        3,
        "help: `git checkout --merge -- polity.yaml` brings the conflict back, which `polity update` merges\n",
    );
    world.git(&["checkout", "-q", "--merge", "--", "polity.yaml"], "a");
    let run = update(&world, "one", &[]).exits(1);
    assert!(run.stdout.contains("  input `port` is `7` on our side and `9` on the other: polity.yaml has ours\n"), "{run}");
    assert!(run.stdout.contains("  conflict  polity.yaml\n  conflict  port\n"), "{run}");
    // Whoever decides otherwise is not overruled.
    world.write("a/polity.yaml", &world.repo.read("a/polity.yaml").replace("port: 7", "port: 9"));
    said(update(&world, "one", &[]), 2, "the repository has conflicts that are not resolved");
    world.git(&["checkout", "-q", "--theirs", "port"], "a");
    world.git(&["add", "-A"], "a");
    world.git(&["commit", "-q", "--no-edit"], "a");
    said(update(&world, "one", &[]), 0, "  changed   polity.lock\n");
    world.git(&["commit", "-q", "-a", "-m", "nine"], "a");
    holds(&world, "one");
    assert_eq!(world.repo.read("a/port"), "9\n");
}

#[test]
fn what_a_person_wrote_beside_the_record_stays_theirs_to_merge() {
    let world = service();
    let mine = |name: &str| world.write("a/polity.yaml", &format!("# {name}\n{}", world.repo.read("a/polity.yaml")));
    for (name, more) in [("nine", ["--set", "port=9"]), ("web", ["--remove", "web/omega"])] {
        world.git(&["checkout", "-q", "-b", name, "main"], "a");
        update(&world, "one", &more).exits(0);
        mine(name);
        world.git(&["commit", "-q", "-a", "-m", name], "a");
    }
    assert_eq!(merge(&world, "nine"), "polity.lock\npolity.yaml");
    said(update(&world, "one", &[]), 1, "  conflict  polity.yaml\n");
    let text = world.repo.read("a/polity.yaml");
    assert!(text.contains("\n# web\n=======\n# nine\n>>>>>>> "), "{text}");
    assert!(text.ends_with("  layers:\n  - pay/alpha\n  answers:\n    port: 9\n"), "{text}");
    assert_eq!(world.git(&["diff", "--name-only", "--diff-filter=U"], "a"), "polity.yaml");
}
