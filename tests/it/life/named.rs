//! The cases by which updates are judged, each by its name.

use super::shelf::{Shelf, shelf};

const OLD: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n";

/// Takes the update back: nothing is left of it, in the working tree or in the index.
#[track_caller]
fn taken_back(shelf: &Shelf) {
    shelf.update(&["--abort"]).exits(0);
    assert_eq!((shelf.git(&["status", "--porcelain"]), shelf.git(&["ls-files", "-u"])), (String::new(), String::new()));
}

#[test]
fn the_template_renames_a_file_that_the_user_edited() {
    let shelf = shelf(&[("old.txt", OLD)]).made();
    shelf.edit(&[("old.txt", &OLD.replace("seven", "mine"))]);
    shelf.version("1.1.0", "", &[("new.txt", &OLD.replace("one", "new"))]);
    shelf.update(&[]).exits(0);
    assert_eq!(shelf.read("new.txt"), OLD.replace("one", "new").replace("seven", "mine"));
    assert!(!shelf.repo.path("svc/old.txt").exists());
}

#[test]
fn a_declared_move_holds_however_much_changed() {
    let shelf = shelf(&[("old.txt", OLD)]).made();
    shelf.edit(&[("old.txt", &(OLD.to_owned() + "mine\n"))]);
    let moved = "inputs:\n  port: {type: integer, default: 8080}\nmigrations:\n- version: 1.1.0\n  files: {old.txt: 'p{{ port }}.txt'}\n";
    shelf.version("1.1.0", moved, &[("p[[x]]", ""), ("p{{ port }}.txt", "a\nb\nc\nd\ne\nf\nseven\n")]);
    let run = shelf.update(&[]).exits(0);
    assert!(run.stdout.contains("  moved     old.txt → p8080.txt\n"), "{run}");
    assert_eq!(shelf.read("p8080.txt"), "a\nb\nc\nd\ne\nf\nseven\nmine\n");
    assert!(!shelf.repo.path("svc/old.txt").exists());
}

#[test]
fn the_template_changes_a_file_that_the_user_deleted() {
    let shelf = shelf(&[("main.txt", OLD), ("kept.txt", "k\n")]).made();
    shelf.git(&["rm", "-q", "main.txt", "kept.txt"]);
    shelf.commit("gone");
    shelf.version("1.1.0", "", &[("main.txt", &OLD.replace("one", "new")), ("kept.txt", "k\n")]);
    let run = shelf.update(&[]).exits(1);
    assert!(run.stdout.contains("  conflict  main.txt (you removed it, the template changed it)\n"), "{run}");
    assert!(shelf.git(&["status", "--porcelain"]).contains("DU main.txt\n"));
    assert!(!shelf.repo.path("svc/kept.txt").exists(), "what the template did not change stays gone");
    taken_back(&shelf);
}

#[test]
fn the_template_deletes_a_file_that_the_user_changed() {
    let shelf = shelf(&[("main.txt", OLD), ("b.txt", "b\n")]).made();
    shelf.edit(&[("main.txt", &OLD.replace("one", "mine"))]);
    shelf.version("1.1.0", "", &[]);
    let run = shelf.update(&[]).exits(1);
    assert!(run.stdout.contains("  conflict  main.txt (you changed it, the template removed it)\n"), "{run}");
    assert!(run.stdout.contains("  removed   b.txt\n"), "{run}");
    assert_eq!(shelf.read("main.txt"), OLD.replace("one", "mine"));
    taken_back(&shelf);
}

#[test]
fn a_file_that_both_added() {
    let shelf = shelf(&[]).made();
    shelf.edit(&[("same.txt", "s\n"), ("other.txt", "mine\n")]);
    shelf.version("1.1.0", "", &[("same.txt", "s\n"), ("other.txt", "theirs\n")]);
    let run = shelf.update(&[]).exits(1);
    assert!(run.stdout.contains("  conflict  other.txt (both added it)\n") && !run.stdout.contains("same.txt"), "{run}");
    assert!(shelf.git(&["status", "--porcelain"]).contains("AA other.txt\n"));
    taken_back(&shelf);
}

#[cfg(unix)]
#[test]
fn a_mode_flip_and_an_edit() {
    use std::os::unix::fs::PermissionsExt as _;
    let shelf = shelf(&[("run.sh", OLD), ("b.sh", OLD)]).made();
    std::fs::set_permissions(shelf.repo.path("svc/b.sh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    shelf.edit(&[("run.sh", &OLD.replace("seven", "mine"))]);
    shelf.version("1.1.0", "", &[("run.sh", OLD), ("b.sh", &OLD.replace("one", "new"))]);
    std::fs::set_permissions(shelf.repo.path("reg/templates/go/files/run.sh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    shelf.update(&[]).exits(0);
    let mode = |path: &str| std::fs::metadata(shelf.repo.path(path)).unwrap().permissions().mode() & 0o111;
    assert_eq!((mode("svc/run.sh"), mode("svc/b.sh")), (0o111, 0o111));
    assert_eq!(shelf.read("run.sh"), OLD.replace("seven", "mine"));
    assert_eq!(shelf.read("b.sh"), OLD.replace("one", "new"));
}

#[test]
fn a_file_that_became_a_folder() {
    let shelf = shelf(&[("conf", "a\n"), ("edited", OLD)]).made();
    shelf.edit(&[("edited", &OLD.replace("one", "mine"))]);
    shelf.version("1.1.0", "", &[("conf/a.txt", "new\n"), ("edited/a.txt", "new too\n")]);
    let run = shelf.update(&[]).exits(1);
    assert_eq!((shelf.read("conf/a.txt"), shelf.read("edited/a.txt")), ("new\n".to_owned(), "new too\n".to_owned()));
    assert_eq!(shelf.read("edited~yours"), OLD.replace("one", "mine"), "{run}");
    shelf.update(&["--abort"]).exits(0);
    assert_eq!((shelf.read("conf"), shelf.read("edited")), ("a\n".to_owned(), OLD.replace("one", "mine")));
    assert_eq!(shelf.git(&["status", "--porcelain"]), "");
}

#[test]
fn line_ends_of_windows_and_bytes_that_are_no_text() {
    let crlf = OLD.replace('\n', "\r\n");
    let shelf = shelf(&[("w.txt", &crlf), ("logo", "\0one"), ("icon", "\0a")]).made();
    shelf.edit(&[("w.txt", &crlf.replace("seven", "mine")), ("icon", "\0mine")]);
    shelf.version("1.1.0", "", &[("w.txt", &crlf.replace("one", "new")), ("logo", "\0two"), ("icon", "\0theirs")]);
    let run = shelf.update(&[]).exits(1);
    assert_eq!(shelf.read("w.txt"), crlf.replace("one", "new").replace("seven", "mine"));
    assert_eq!((shelf.read("logo"), shelf.read("icon")), ("\0two".to_owned(), "\0mine".to_owned()));
    assert!(run.stdout.contains("  conflict  icon (both changed it)\n"), "{run}");
    taken_back(&shelf);
}

#[test]
fn a_repository_that_turns_line_ends() {
    let shelf = shelf(&[("w.txt", OLD)]).made();
    shelf.git(&["config", "core.autocrlf", "true"]);
    std::fs::remove_file(shelf.repo.path("svc/w.txt")).unwrap();
    shelf.git(&["checkout", "-q", "w.txt"]);
    assert!(shelf.read("w.txt").contains("one\r\ntwo\r\n"));
    let drift = shelf.polity(&["drift", "svc"]).exits(0).stdout;
    assert!(drift.contains("0 of 1 file drifted"), "{drift}");
    let blame = shelf.polity(&["blame", "svc/w.txt"]).exits(0).stdout;
    assert!(!blame.contains("yours"), "{blame}");
    shelf.version("1.1.0", "", &[("w.txt", &OLD.replace("one", "new"))]);
    shelf.update(&[]).exits(0);
    assert_eq!(shelf.read("w.txt"), OLD.replace("one", "new").replace('\n', "\r\n"));
    assert!(!shelf.git(&["status", "--porcelain"]).contains("MM"), "{}", shelf.git(&["status"]));
}

#[test]
fn a_git_directory_that_lies_elsewhere() {
    let shelf = shelf(&[("a.txt", "a\n")]).made();
    shelf.git(&["init", "-q", "--separate-git-dir", "../elsewhere"]);
    shelf.version("2.0.0", "", &[("a.txt", "b\n")]);
    shelf.update(&[]).exits(0);
    assert_eq!(shelf.git(&["status", "--porcelain"]), "M  a.txt\nM  polity.lock\nM  polity.yaml\n");
    taken_back(&shelf);
}

#[test]
fn seeded_files_are_born_once() {
    let seeded = "files:\n- {path: '*.txt', class: seeded}\n";
    let shelf = shelf(&[]);
    shelf.version("1.0.0", seeded, &[("a.txt", "a\n"), ("b.txt", "b\n"), ("c.txt", "c\n")]);
    let shelf = shelf.made();
    shelf.git(&["rm", "-q", "b.txt"]);
    shelf.edit(&[("a.txt", "mine\n"), ("e.txt", "my e\n")]);
    shelf.version("1.1.0", seeded, &[("a.txt", "A\n"), ("b.txt", "B\n"), ("d.txt", "d\n"), ("e.txt", "e\n")]);
    shelf.update(&[]).exits(0);
    assert_eq!(shelf.repo.files("svc"), ["a.txt", "c.txt", "d.txt", "e.txt", "polity.lock", "polity.yaml"]);
    assert_eq!((shelf.read("a.txt"), shelf.read("c.txt"), shelf.read("e.txt")), ("mine\n".into(), "c\n".into(), "my e\n".into()));
}

/// Without a git command, libgit2 merges: the same cases, the same ends.
#[test]
fn a_machine_without_a_git_command() {
    let other = OLD.replace('\n', " of another file\n");
    let shelf = shelf(&[("main.txt", OLD), ("old.txt", &other), ("edited", OLD), ("gone.txt", OLD), ("clash.txt", OLD)]).made();
    shelf.git(&["rm", "-q", "gone.txt"]);
    let mine = OLD.replace("seven", "mine");
    shelf.edit(&[
        ("main.txt", &mine),
        ("old.txt", &other.replace("seven", "mine")),
        ("edited", &mine),
        ("clash.txt", &OLD.replace("one", "mine")),
    ]);
    let new = OLD.replace("one", "new");
    shelf.version(
        "1.1.0",
        "",
        &[
            ("main.txt", &new),
            ("new.txt", &other.replace("one", "new")),
            ("edited/a.txt", "folder\n"),
            ("gone.txt", &new),
            ("clash.txt", &new),
        ],
    );
    let mut command = shelf.repo.command(&["--registry", "reg", "update", "svc"]);
    let run = shelf.repo.finish(command.env("PATH", "/nowhere")).exits(1);
    let both = OLD.replace("one", "new").replace("seven", "mine");
    let moved = other.replace("one", "new").replace("seven", "mine");
    assert_eq!((shelf.read("main.txt"), shelf.read("new.txt")), (both, moved), "{run}");
    assert_eq!((shelf.read("edited/a.txt"), shelf.read("edited~yours")), ("folder\n".to_owned(), mine), "{run}");
    assert_eq!(shelf.read("gone.txt"), new);
    let marked = "<<<<<<< yours\nmine\n=======\nnew\n>>>>>>> template pay/go 1.0.0 → 1.1.0\n";
    assert!(shelf.read("clash.txt").starts_with(marked), "{}", shelf.read("clash.txt"));
    assert!(!shelf.repo.path("svc/old.txt").exists());
    let status = shelf.git(&["status", "--porcelain"]);
    assert!(status.contains("UU clash.txt\n") && status.contains("DU gone.txt\n"), "{status}");
    shelf.update(&["--abort"]).exits(0);
    assert_eq!(shelf.git(&["status", "--porcelain"]), "");
}

#[test]
fn what_was_kept_of_an_earlier_conflict_is_not_written_over() {
    for path in [None, Some("/nowhere")] {
        let shelf = shelf(&[("edited", OLD)]).made();
        let mine = OLD.replace("one", "mine");
        // Left by an earlier conflict, and edited since.
        shelf.edit(&[("edited", &mine), ("edited~yours", "kept\n"), ("edited~yours_0", "kept too\n")]);
        shelf.version("1.1.0", "", &[("edited/a.txt", "folder\n")]);
        let mut command = shelf.repo.command(&["--registry", "reg", "update", "svc"]);
        if let Some(path) = path {
            command.env("PATH", path);
        }
        let run = shelf.repo.finish(&mut command).exits(1);
        assert_eq!((shelf.read("edited~yours"), shelf.read("edited~yours_0")), ("kept\n".to_owned(), "kept too\n".to_owned()), "{run}");
        assert_eq!((shelf.read("edited~yours_1"), shelf.read("edited/a.txt")), (mine, "folder\n".to_owned()), "{run}");
        assert!(run.stdout.contains("  conflict  edited~yours_1 ("), "{run}");
        shelf.update(&["--abort"]).exits(0);
        assert_eq!(shelf.git(&["status", "--porcelain"]), "");
    }
}
