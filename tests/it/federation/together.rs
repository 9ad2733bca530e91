//! Publications that meet in one working copy, and those that git refuses to keep.

use super::world::{World, said, world};
use crate::support::Run;

fn release(world: &World, id: &str) -> Run {
    world.publish(&["release", &format!("templates/{id}"), "--no-checks"])
}

#[test]
fn releases_at_once_from_one_working_copy_are_both_made() {
    let world = world();
    for round in 1..4 {
        let version = format!("1.{round}.0");
        for id in ["one", "two"] {
            world.template(id, &version, &[], &format!("{id}.txt"));
        }
        std::thread::scope(|scope| {
            let runs = ["one", "two"].map(|id| (id, scope.spawn(|| release(&world, id))));
            for (id, run) in runs {
                said(run.join().unwrap(), 0, &format!("release pay/{id} {version}\n  pushed to "));
            }
        });
        assert_eq!(world.git(&["status", "--porcelain"], "pay"), "");
    }
    // Each has its tag, so that older versions are found whatever is checked out.
    said(world.sync(), 0, "pay  fresh  7 releases");
}

#[test]
fn what_git_does_not_commit_is_not_published_with_the_next_release() {
    let world = world();
    world.template("one", "1.0.0", &[], "one.txt");
    world.write("pay/.git/index.lock", "");
    let run = release(&world, "one").exits(4);
    assert!(run.stderr.contains("help: nothing was published; run this again when the cause is gone"), "{run}");
    std::fs::remove_file(world.repo.path("pay/.git/index.lock")).unwrap();
    assert_eq!(world.git(&["status", "--porcelain"], "pay"), "");
    world.template("one", "1.1.0", &[], "one.txt");
    release(&world, "one").exits(0);
    said(world.sync(), 0, "pay  fresh  2 releases");
}

#[test]
fn a_release_that_was_killed_before_its_commit_comes_first() {
    let world = world();
    for id in ["one", "two"] {
        world.template(id, "1.0.0", &[], &format!("{id}.txt"));
    }
    // Killed after it has written what it signed: the files are there, and neither the commit nor the tag.
    release(&world, "one").exits(0);
    world.git(&["tag", "-d", "templates/one/1.0.0"], "pay");
    world.git(&["push", "-q", "--force", &world.url(), "HEAD~1:refs/heads/main", ":refs/tags/templates/one/1.0.0"], "pay");
    world.git(&["reset", "-q", "HEAD~1"], "pay");
    std::fs::remove_dir_all(world.repo.path("caches/home")).unwrap();
    assert!(world.git(&["status", "--porcelain"], "pay").contains("?? statements/"));
    for args in
        [&["release", "templates/two", "--no-checks"][..], &["yank", "templates/greeting", "0.1.0", "--reason", "old"], &["checkpoint"]]
    {
        let run = world.publish(args).exits(2);
        assert!(run.stderr.contains("the release of templates/one 1.0.0 was signed here and not finished"), "{run}");
        assert!(run.stderr.contains("help: `polity registry release templates/one` finishes it\n"), "{run}");
    }
    release(&world, "one").exits(0);
    release(&world, "two").exits(0);
    world.template("one", "1.1.0", &[], "one.txt");
    world.push();
    said(world.sync(), 0, "pay  fresh  3 releases");
}
