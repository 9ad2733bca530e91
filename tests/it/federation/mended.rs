//! What breaks in the life of a federation, and what is to be done about it then: a key that is taken away, a template that is deleted,
//! a registry that lost bytes, a cache that is damaged, a machine without a home.

use polity::catalog::trust::{Body, Statement, files};

use super::world::{World, said, world};

/// A second release, by Bob, whose checkpoint names what Ana signed.
fn by_both() -> World {
    let world = world();
    world.edit("7.0.0");
    world.release("bob").exits(0);
    world
}

#[test]
fn a_signer_can_be_taken_away() {
    let world = by_both();
    world.polity_in(".", &["new", "pay/greeting@7", "svc", "--defaults"]).exits(3);
    world.sync().exits(0);
    world.machine("fresh", ".", &["new", "pay/greeting", "svc", "--defaults"]).exits(0);
    world.write("polity.federation.yaml", &world.federation(&[&world.signer("bob")], ""));
    for machine in ["new", "fresh"] {
        let run = world.machine(machine, ".", &["registry", "sync"]).exits(0);
        assert!(run.stdout.starts_with("pay  fresh  1 release, "), "{run}");
        let note = "  2 statements of ana@acme, who is not listed, do not count: release pay/greeting 0.1.0\n";
        assert!(run.stdout.ends_with(note) && run.stdout.lines().count() == 2, "{run}");
        said(world.machine(machine, ".", &["registry", "verify"]), 0, "pay  verified");
        said(world.machine(machine, ".", &["template", "show", "pay/greeting"]), 0, "7.0.0");
        said(world.machine(machine, ".", &["template", "show", "pay/greeting@0.1.0"]), 2, "there is no version `0.1.0`");
    }
    // A mirror hands on what shows that nothing is withheld.
    world.machine("new", ".", &["registry", "mirror", "pay", "public"]).exits(0);
    said(world.machine("third", ".", &["registry", "sync", "--from", "public"]), 0, "pay  fresh  1 release, ");
    // The numbers go on, also for who publishes without ever having known the old key.
    let key = world.repo.path("keys/bob");
    world.machine("other", "pay", &["registry", "checkpoint", "--key", key.to_str().unwrap()]).exits(0);
    said(world.machine("fresh", "svc", &["registry", "sync"]), 0, "pay  fresh  1 release, 1 new statement");
}

#[test]
fn what_nobody_witnessed_of_a_signer_who_left_is_a_strangers_to_who_comes_later() {
    let world = by_both();
    world.sync().exits(0);
    world.write("polity.federation.yaml", &world.federation(&[&world.signer("ana")], ""));
    // This machine took it while Bob was listed.
    let run = world.sync().exits(0);
    assert!(run.stdout.ends_with("  2 statements of bob@acme, who is not listed, do not count: release pay/greeting 7.0.0\n"), "{run}");
    said(world.machine("fresh", ".", &["registry", "verify"]), 0, "pay  verified");
    let run = world.machine("new", ".", &["registry", "sync"]).exits(1);
    assert!(run.stdout.contains("is ignored: no signature of a listed key fits"), "{run}");
    // The line of a key that is replaced must stay: that is for a person, whatever the machine knows.
    let eve = world.signer("eve").replace("eve@acme", "bob@acme");
    world.write("polity.federation.yaml", &world.federation(&[&world.signer("ana"), &eve], ""));
    said(world.sync(), 1, "is ignored: no signature of a listed key fits");
}

#[test]
fn a_folder_in_the_place_of_the_log_or_its_lock_is_named() {
    let world = world();
    world.sync().exits(0);
    for file in ["statements.log", "lock"] {
        let path = world.repo.path(&format!("caches/fresh/namespaces/acme/pay/{file}"));
        let bytes = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        let run = world.sync().exits(4);
        assert!(run.stderr.contains(&format!("/pay/{file}`: ")), "{run}");
        assert!(run.stderr.contains("help: a file is to be there: remove the folder; `polity registry sync` fetches again"), "{run}");
        std::fs::remove_dir(&path).unwrap();
        // The lock holds nothing, and the log comes again.
        if file == "lock" {
            std::fs::write(&path, bytes).unwrap()
        }
        said(world.sync(), 0, "pay  fresh  1 release");
    }
}

#[test]
fn a_mirror_is_not_written_into_a_registry() {
    let world = world();
    world.sync().exits(0);
    for folder in ["pay", "pay/public"] {
        let run = world.machine("fresh", ".", &["registry", "mirror", "pay", folder]);
        if folder == "pay" {
            said(run, 2, "`pay` is the folder of a registry, and a mirror would lie among its files");
            assert_eq!(world.git(&["status", "--porcelain"], "pay"), "");
        } else {
            said(run, 0, "mirrored pay to pay/public: 1 release");
        }
    }
    // A mirror may be written again, also where it is a repository itself.
    world.git(&["init", "-q"], "pay/public");
    said(world.machine("fresh", ".", &["registry", "mirror", "pay", "pay/public"]), 0, "mirrored pay");
}

#[test]
fn a_signer_with_another_key_keeps_the_line_of_the_old_one() {
    let world = by_both();
    let anas = format!("ana@acme {}", world.repo.read("keys/eve.pub").trim());
    world.write("polity.federation.yaml", &world.federation(&[&anas, &world.signer("bob")], ""));
    // Whether her signature is left out or never counted cannot be told.
    said(world.sync(), 3, "and no signature of a listed key: when a signer gets another key, the line of the old one must stay");
    let ended = world.signer("ana").replacen(' ', " valid-before=\"20200101Z\" ", 1);
    world.write("polity.federation.yaml", &world.federation(&[&ended, &anas, &world.signer("bob")], ""));
    said(world.sync(), 1, "pay  fresh  1 release, ");
}

#[test]
fn what_was_deleted_can_still_be_taken_back() {
    let world = world();
    world.git(&["rm", "-q", "-r", "templates"], "pay");
    world.git(&["commit", "-q", "-m", "gone"], "pay");
    said(world.publish(&["revoke", "templates/nothing", "0.1.0", "--reason", "leaks"]), 4, "cannot open `templates/nothing`");
    said(world.publish(&["revoke", "templates/greeting", "0.1.0", "--reason", " "]), 2, "say why");
    said(world.publish(&["revoke", "templates/greeting", "0.1.0", "--reason", "leaks"]), 0, "revoke pay/greeting 0.1.0: leaks");
    world.sync().exits(0);
    said(world.machine("fresh", ".", &["template", "show", "pay/greeting@0.1.0"]), 3, "pay/greeting 0.1.0 is revoked: leaks");
}

#[test]
fn mirrors_bring_what_the_registry_lost() {
    let world = by_both();
    world.git(&["clone", "-q", "--bare", "pay.git", "mirror.git"], ".");
    world.git(&["tag", "-d", "templates/greeting/0.1.0"], "pay.git");
    said(world.sync(), 1, "templates/greeting 0.1.0 is not to be had");
    let root = world.repo.root().display().to_string();
    world.federate(&format!("    mirrors: ['file://{root}/nothing.git', 'file://{root}/mirror.git']\n"));
    said(world.sync(), 0, "pay  fresh  2 releases, 0 new statements, from file://[ROOT]/pay.git\n");
    said(world.machine("fresh", ".", &["template", "show", "pay/greeting@0.1.0"]), 0, "0.1.0");
}

#[test]
fn a_damaged_clone_is_no_fault_of_the_registrys() {
    let world = by_both();
    world.sync().exits(0);
    let packs: Vec<_> = world.repo.files("caches/fresh/git").into_iter().filter(|name| name.ends_with(".pack")).collect();
    for pack in &packs {
        let path = world.repo.path(&format!("caches/fresh/git/{pack}"));
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x55;
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, bytes).unwrap();
    }
    std::fs::remove_dir_all(world.repo.path("caches/fresh/objects")).unwrap();
    assert!(!packs.is_empty());
    said(world.sync(), 0, "pay  fresh  2 releases, 0 new statements");
    said(world.machine("fresh", ".", &["registry", "verify"]), 0, "pay  verified");
}

#[test]
fn a_folder_in_the_place_of_a_cached_file_is_replaced() {
    let world = world();
    world.sync().exits(0);
    for object in world.repo.files("caches/fresh/objects") {
        let path = world.repo.path(&format!("caches/fresh/objects/{object}"));
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
    }
    world.sync().exits(0);
    said(world.machine("fresh", ".", &["registry", "verify"]), 0, "pay  verified");
}

#[test]
fn a_machine_without_a_home_has_a_cache_all_the_same() {
    let world = world();
    let mut command = world.repo.command(&["registry", "sync"]);
    command.env_remove("HOME").env("XDG_CACHE_HOME", world.repo.path("xdg"));
    said(world.repo.finish(&mut command), 0, "pay  fresh  1 release");
}

#[test]
fn a_registry_that_is_refused_is_told_where() {
    let world = world();
    for (text, why) in
        [("namespace: Pay\n", "registry.yaml:1:12: `Pay` is not a namespace"), ("nmespace: pay\n", "registry.yaml:1:1: unknown key")]
    {
        world.write("pay/registry.yaml", text);
        world.commit("broken");
        world.push();
        said(world.sync(), 3, &format!("refused file://[ROOT]/pay.git: {why}"));
    }
    world.git(&["rm", "-q", "registry.yaml"], "pay");
    world.git(&["commit", "-q", "-m", "gone"], "pay");
    world.push();
    said(world.sync(), 3, "refused file://[ROOT]/pay.git: has no registry.yaml");
}

#[test]
fn a_lock_cannot_say_that_somebody_else_signed() {
    let world = world();
    world.sync().exits(0);
    let run = |args: &[&str]| world.machine("fresh", ".", args);
    run(&["new", "pay/greeting", "svc", "--defaults"]).exits(0);
    let lock = world.repo.read("svc/polity.lock");
    let statement = lock.lines().find_map(|line| line.strip_prefix("    statement: ")).unwrap();
    let other = polity::tree::Digest::of(b"another").to_string();
    for (from, to, why) in [
        (
            "signer: ana@acme",
            "signer: eve@acme",
            "pay/greeting 0.1.0 was released by `ana@acme` in statement 1, and polity.lock says otherwise",
        ),
        (statement, other.as_str(), "the statement that polity.lock names for pay/greeting 0.1.0 is not one that released it"),
    ] {
        world.write("svc/polity.lock", &lock.replace(from, to));
        for verb in ["drift", "update"] {
            said(run(&[verb, "svc", "--locked"]), 3, why);
        }
        said(run(&["new", "pay/greeting", "made", "--defaults", "--locked", "--lock", "svc/polity.lock"]), 3, why);
        let blamed = run(&["blame", "svc/README.md:1"]).exits(0);
        assert!(blamed.stdout.contains("  signed by ana@acme\n"), "{blamed}");
    }
    world.write("svc/polity.lock", &lock);
    world.edit("7.0.0");
    world.release("ana").exits(0);
    world.sync().exits(0);
    let asked = run(&["new", "pay/greeting@7.0.0", "made", "--defaults", "--locked", "--lock", "svc/polity.lock"]);
    said(asked, 3, "pay/greeting is locked at 0.1.0, and 7.0.0 was asked for");
    run(&["new", "pay/greeting@0.1", "made", "--defaults", "--set", "name=svc", "--locked", "--lock", "svc/polity.lock"]).exits(0);
}

#[test]
fn a_folder_of_another_repository_is_no_registry_to_push_from() {
    let world = world();
    world.git(&["init", "-q", "mono"], ".");
    world.run("cp", &["-r", "pay/registry.yaml", "pay/templates", "mono/"], ".");
    std::fs::create_dir(world.repo.path("mono/platform")).unwrap();
    for name in ["registry.yaml", "templates"] {
        std::fs::rename(world.repo.path(&format!("mono/{name}")), world.repo.path(&format!("mono/platform/{name}"))).unwrap();
    }
    world.git(&["add", "-A"], "mono");
    world.git(&["commit", "-q", "-m", "all"], "mono");
    let key = world.repo.path("keys/ana");
    let run = world.polity_in("mono/platform", &["registry", "checkpoint", "--key", key.to_str().unwrap()]);
    said(run, 2, "`[ROOT]/mono/platform` is not the root of a git repository, and `pay` publishes at file://[ROOT]/pay.git");
    assert!(!world.repo.path("mono/platform/statements").exists());
    said(world.polity_in(".", &["outbox"]), 0, "nothing waits");
}

#[test]
fn what_a_stranger_says_moves_nobody_elses_cursor() {
    let world = world();
    said(world.publish(&["yank", "templates/greeting", "0.1.0", "--reason", "two\nlines"]), 2, "a reason is one line of text");
    world.sync().exits(0);
    let run = |args: &[&str]| world.machine("fresh", ".", args);
    run(&["new", "pay/greeting", "svc", "--defaults"]).exits(0);
    let bobs = world.statement("bob");
    let yank = polity::catalog::trust::Withdrawal {
        kind: polity::catalog::UnitKind::Template,
        name: "greeting".to_owned(),
        version: "0.1.0".to_owned(),
        reason: "two\nlines \x1b[31mred".to_owned(),
    };
    let statement = Statement { body: Body::Yank(yank), seq: 3, ..bobs };
    for (name, text) in files(&world.forge(&statement, "bob")) {
        world.write(&format!("pay/{name}"), &text);
    }
    world.commit("odd");
    world.push();
    let run_all = [&["registry", "sync", "--explain"][..], &["drift", "svc"], &["update", "svc", "--locked"]];
    for args in run_all {
        let run = run(args).exits(0);
        assert!(run.to_string().contains(": two lines \u{fffd}[31mred"), "{run}");
        assert!(!run.to_string().contains('\x1b'), "{run}");
    }
    world.write("svc/odd.txt", "a\x1b[31mb\n");
    let run = run(&["blame", "svc/odd.txt"]).exits(0);
    assert!(!run.stdout.contains('\x1b'), "{run}");
}
