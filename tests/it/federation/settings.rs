//! What a user has told git for all repositories.

use super::world::{World, said, script, world};

/// Adds lines to the user's own settings of git.
fn told(world: &World, lines: &str) {
    let text = world.repo.read(".gitconfig") + lines;
    world.write(".gitconfig", &text);
}

#[test]
fn a_git_that_uses_no_bare_repository_it_finds_uses_that_of_the_cache() {
    let world = world();
    told(&world, "[safe]\nbareRepository = explicit\n");
    said(world.sync(), 0, "pay  fresh  1 release");
    said(world.sync(), 0, "pay  fresh  1 release");
}

/// A federation whose registry is reached by ssh.
fn by_ssh(world: &World) {
    let file = world.federation(&[&world.signer("ana")], "").replace(&world.url(), "ssh://git@127.0.0.1/pay.git");
    world.write("polity.federation.yaml", &file);
}

#[test]
fn the_users_own_ssh_is_asked() {
    let world = world();
    by_ssh(&world);
    let marker = world.marker();
    script(&world.repo.path("my ssh"), &format!("#!/bin/sh\ntouch {}\necho 'my own words' >&2\nexit 1\n", marker.display()));
    let mut sync = world.repo.command(&["registry", "sync"]);
    sync.env("GIT_SSH", world.repo.path("my ssh")).env("POLITY_CACHE", world.repo.path("caches/fresh"));
    said(world.repo.finish(&mut sync), 4, "my own words");
    std::fs::remove_file(&marker).unwrap();
    told(&world, &format!("[core]\nsshCommand = '{}'\n", world.repo.path("my ssh").display()));
    said(world.sync(), 4, "my own words");
    assert!(marker.exists());
}

#[test]
fn the_ssh_of_a_registrys_own_settings_is_not_asked() {
    let world = world();
    by_ssh(&world);
    let marker = world.marker();
    world.git(&["config", "core.sshCommand", &format!("touch {};", marker.display())], "pay");
    let mut list = world.repo.command(&["registry", "checkpoint", "--key", world.repo.path("keys/ana").to_str().unwrap()]);
    list.current_dir(world.repo.path("pay")).env("POLITY_CACHE", world.repo.path("caches/home")).env("GIT_SSH", "false");
    said(world.repo.finish(&mut list), 0, "waits in the outbox");
    assert!(!marker.exists());
}

#[test]
fn a_list_of_commits_to_pass_over_that_is_not_there_hides_no_commit() {
    let world = world();
    world.sync().exits(0);
    world.machine("fresh", ".", &["new", "pay/greeting", "svc", "--defaults"]).exits(0);
    world.write("svc/own.md", "mine\n");
    world.git(&["add", "-A"], "svc");
    world.git(&["commit", "-q", "-m", "own words"], "svc");
    told(&world, "[blame]\nignoreRevsFile = .git-blame-ignore-revs\n");
    said(world.machine("fresh", "svc", &["blame", "own.md:1"]), 0, "commit    own words");
    // Where git fails all the same, nobody says that the line is not committed.
    told(&world, "[blame]\ndate = nonsense\n");
    let run = world.machine("fresh", "svc", &["blame", "own.md:1"]).exits(0);
    assert!(run.stdout.contains("commit unknown: git cannot say") && run.stderr.contains("note: git cannot say who wrote"), "{run}");
}
