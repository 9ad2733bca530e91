//! Repositories as people have them: sparse, split, with filters, drivers and submodules, with work that is not committed.

use super::shelf::{Shelf, git, shelf};

const OLD: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n";

/// A service with a newer version at hand that changes `main.txt`, leaves `b.txt` and brings `new.txt`.
fn outdated() -> Shelf {
    let shelf = shelf(&[("main.txt", OLD), ("b.txt", "b\n")]).made();
    newer(&shelf);
    shelf
}

fn newer(shelf: &Shelf) {
    shelf.version("1.1.0", "", &[("main.txt", &OLD.replace("one", "new")), ("b.txt", "b\n"), ("new.txt", "n\n")]);
}

const UPDATED: &str = "M  main.txt\nA  new.txt\nM  polity.lock\nM  polity.yaml\n";

/// Updates, looks at the result, and takes it back without a trace.
#[track_caller]
fn there_and_back(shelf: &Shelf) {
    let before = shelf.git(&["status", "--porcelain"]);
    shelf.update(&[]).exits(0);
    assert_eq!(shelf.git(&["status", "--porcelain"]), UPDATED);
    assert_eq!(shelf.read("main.txt"), OLD.replace("one", "new"));
    shelf.update(&["--abort"]).exits(0);
    assert_eq!(shelf.git(&["status", "--porcelain"]), before);
}

#[test]
fn a_sparse_checkout() {
    let shelf = outdated();
    shelf.edit(&[("in/x.txt", "x\n"), ("out/x.txt", "x\n")]);
    shelf.git(&["sparse-checkout", "set", "in"]);
    there_and_back(&shelf);
    // What the checkout leaves out is no drift, and comes when the template changes it.
    shelf.git(&["sparse-checkout", "set", "--no-cone", "/*", "!/main.txt", "!/b.txt"]);
    shelf.polity(&["drift", "svc"]).exits(0);
    there_and_back(&shelf);
    assert!(!shelf.repo.path("svc/main.txt").exists() && !shelf.repo.path("svc/b.txt").exists());
}

#[test]
fn an_index_in_parts_or_of_folders() {
    let shelf = outdated();
    shelf.git(&["update-index", "--split-index"]);
    there_and_back(&shelf);
    shelf.edit(&[("in/x.txt", "x\n"), ("out/x.txt", "x\n")]);
    shelf.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "in"]);
    there_and_back(&shelf);
}

#[test]
fn files_that_go_through_a_filter() {
    let shelf = outdated();
    shelf.git(&["config", "filter.up.clean", "tr a-z A-Z"]);
    shelf.git(&["config", "filter.up.smudge", "tr A-Z a-z"]);
    shelf.edit(&[(".gitattributes", "*.big filter=up\n"), ("x.big", "large\n")]);
    // Nothing has changed but the time at which it was written.
    let file = std::fs::File::options().write(true).open(shelf.repo.path("svc/x.big")).unwrap();
    file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(3600)).unwrap();
    there_and_back(&shelf);
}

#[test]
fn what_git_was_told_to_overlook_is_not_written_over() {
    for flag in ["--assume-unchanged", "--skip-worktree"] {
        let shelf = outdated();
        shelf.git(&["update-index", flag, "main.txt", "b.txt"]);
        let mine = format!("{OLD}mine\n");
        shelf.write("svc/main.txt", &mine);
        let run = shelf.update(&[]).exits(2);
        assert!(run.stderr.contains("in the way: main.txt (changed, and git was told to overlook it)"), "{run}");
        assert_eq!(shelf.read("main.txt"), mine);
        shelf.write("svc/main.txt", OLD);
        shelf.update(&[]).exits(0);
    }
}

#[test]
fn a_merge_driver_and_attributes_wherever_they_stand() {
    let shelf = shelf(&[("main.txt", OLD), ("notes.txt", OLD)]);
    git(shelf.repo.root(), shelf.repo.root(), &["init", "-q"]);
    let shelf = shelf.made();
    shelf.write(".gitattributes", "svc/main.txt merge=union\n");
    shelf.write("svc/notes/.gitattributes", "");
    shelf.write(".git/info/attributes", "notes.txt merge=mine\n");
    git(shelf.repo.root(), shelf.repo.root(), &["config", "merge.mine.driver", "cp %A %A.kept; true"]);
    shelf.edit(&[("main.txt", &OLD.replace("one", "mine")), ("notes.txt", &OLD.replace("one", "mine"))]);
    shelf.version("1.1.0", "", &[("main.txt", &OLD.replace("one", "new")), ("notes.txt", &OLD.replace("one", "new"))]);
    shelf.update(&[]).exits(0);
    assert_eq!(shelf.read("main.txt"), OLD.replace("one", "mine\nnew"));
    assert_eq!(shelf.read("notes.txt"), OLD.replace("one", "mine"));
}

#[test]
fn markers_that_show_the_ancestor_too() {
    let shelf = outdated();
    shelf.git(&["config", "merge.conflictStyle", "diff3"]);
    shelf.git(&["config", "merge.renames", "false"]);
    shelf.edit(&[("main.txt", &OLD.replace("one", "mine"))]);
    shelf.update(&[]).exits(1);
    let expected =
        "<<<<<<< yours\nmine\n||||||| as it was rendered before\none\n=======\nnew\n>>>>>>> template pay/go 1.0.0 → 1.1.0\ntwo\n";
    assert!(shelf.read("main.txt").starts_with(expected), "{}", shelf.read("main.txt"));
}

#[test]
fn a_submodule_stays_where_it_is() {
    for path in ["lib", "lib/x.txt"] {
        let shelf = outdated();
        git(shelf.repo.root(), shelf.repo.root(), &["init", "-q", "other"]);
        git(&shelf.repo.path("other"), shelf.repo.root(), &["commit", "-q", "--allow-empty", "-m", "x"]);
        shelf.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../other", "lib"]);
        shelf.commit("lib");
        there_and_back(&shelf);
        shelf.version("1.2.0", "", &[("main.txt", OLD), ("b.txt", "b\n"), (path, "x\n")]);
        let run = shelf.update(&[]).exits(2);
        assert!(run.stderr.contains(" (a submodule)"), "{run}");
        assert_eq!(shelf.git(&["status", "--porcelain"]), "");
    }
}

#[test]
fn work_that_was_put_aside_is_there_again_after_an_abort() {
    let shelf = outdated();
    shelf.write("svc/main.txt", OLD.replace("seven", "staged"));
    shelf.git(&["add", "main.txt"]);
    let mine = OLD.replace("seven", "mine");
    shelf.write("svc/main.txt", &mine);
    std::fs::remove_file(shelf.repo.path("svc/b.txt")).unwrap();
    shelf.write("svc/own.txt", "own\n");
    let before = shelf.git(&["status", "--porcelain"]);
    shelf.update(&["--stash"]).exits(0);
    assert_eq!(shelf.read("main.txt"), mine.replace("one", "new"));
    let run = shelf.update(&["--abort"]).exits(0);
    assert!(!run.stdout.contains("is kept in"), "{run}");
    assert_eq!((shelf.git(&["status", "--porcelain"]), shelf.read("main.txt")), (before.clone(), mine.clone()));
    assert_eq!(shelf.git(&["show", ":main.txt"]), OLD.replace("seven", "staged"));
    assert_eq!(shelf.git(&["stash", "list"]), "");
    // What somebody writes after the update is kept beside as ever.
    shelf.update(&["--stash"]).exits(0);
    shelf.write("svc/main.txt", "later\n");
    let run = shelf.update(&["--abort"]).exits(0);
    assert!(run.stdout.contains("main.txt was changed since; your version is kept in"), "{run}");
}

#[test]
fn a_new_file_cannot_be_put_aside_where_one_comes() {
    let shelf = outdated();
    shelf.write("svc/new.txt", "mine\n");
    shelf.write("svc/main.txt", OLD.replace("seven", "mine"));
    let before = shelf.git(&["status", "--porcelain"]);
    let run = shelf.update(&["--stash"]).exits(2);
    assert!(run.stderr.contains("files that git does not know are in the way: new.txt\n"), "{run}");
    assert_eq!((shelf.git(&["status", "--porcelain"]), shelf.read("new.txt")), (before, "mine\n".to_owned()));
}

#[test]
fn an_update_is_told_of_also_when_the_work_does_not_come_back() {
    let shelf = outdated();
    shelf.write("svc/main.txt", OLD.replace("one", "mine"));
    let run = shelf.update(&["--stash"]).exits(4);
    assert!(run.stdout.starts_with("updated svc: pay/go 1.0.0 → 1.1.0\n"), "{run}");
    assert!(run.stderr.contains("git: the same lines were changed meanwhile, and are marked as conflicts\n"), "{run}");
}

#[test]
fn who_renamed_a_file_is_told_of_its_lines_and_can_give_them_back() {
    let shelf = shelf(&[("main.txt", OLD)]).made();
    shelf.git(&["mv", "main.txt", "core.txt"]);
    shelf.edit(&[("core.txt", &OLD.replace("five", "mine"))]);
    let run = shelf.polity(&["blame", "svc/core.txt:4"]).exits(0);
    assert_eq!(run.stdout, "core.txt:4: four\n  layer     pay/go 1.0.0\n  line      main.txt:4\n");
    let run = shelf.polity(&["blame", "svc/core.txt:5"]).exits(0);
    assert!(run.stdout.contains("  yours     since "), "{run}");
    let run = shelf.polity(&["promote", "svc/core.txt", "--diff"]).exits(0);
    assert!(run.stdout.contains("+++ b/templates/go/files/main.txt\n") && run.stdout.contains("-five\n+mine\n"), "{run}");
}

#[test]
fn who_stands_in_the_wrong_place_is_told_the_right_one() {
    let shelf = outdated();
    shelf.write("svc/in/deep/x.txt", "x\n");
    let mut command = shelf.repo.command(&["--registry", "../../../reg", "update"]);
    let run = shelf.repo.finish(command.current_dir(shelf.repo.path("svc/in/deep"))).exits(2);
    assert!(run.stderr.contains("help: the service is `../..`: name that folder\n"), "{run}");
    std::fs::remove_file(shelf.repo.path("svc/polity.lock")).unwrap();
    let run = shelf.update(&[]).exits(2);
    assert!(run.stderr.contains("polity.yaml is committed and the two belong together: `git checkout -- polity.lock`"), "{run}");
    shelf.git(&["checkout", "-q", "polity.lock"]);
    shelf.git(&["bisect", "start"]);
    let run = shelf.update(&[]).exits(2);
    assert!(run.stderr.contains("the repository has a bisection that is not finished"), "{run}");
    git(shelf.repo.root(), shelf.repo.root(), &["init", "-q", "born"]);
    shelf.write("born/main.txt", "mine\n");
    let run = shelf.polity(&["adopt", "pay/go", "born", "--defaults"]).exits(2);
    assert!(run.stderr.contains("put them aside with `git stash`\n"), "{run}");
}

#[test]
fn a_clone_without_contents_says_what_brings_them() {
    let shelf = outdated();
    shelf.edit(&[("main.txt", &OLD.replace("seven", "mine"))]);
    shelf.git(&["config", "uploadpack.allowFilter", "true"]);
    shelf.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let url = format!("file://{}/svc", shelf.repo.root().display());
    git(shelf.repo.root(), shelf.repo.root(), &["clone", "-q", "--filter=blob:none", &url, "partial"]);
    let run = shelf.polity(&["update", "partial"]).exits(3);
    assert!(run.stderr.contains("help: `git log -p > log` brings it, since this clone leaves contents out"), "{run}");
    git(&shelf.repo.path("partial"), shelf.repo.root(), &["log", "-p"]);
    shelf.polity(&["update", "partial"]).exits(0);
    assert_eq!(shelf.repo.read("partial/main.txt"), OLD.replace("one", "new").replace("seven", "mine"));
}

#[test]
fn the_working_tree_holds_what_git_would_check_out() {
    let attributes = "*.flt filter=local\nid.txt ident\nwide.txt working-tree-encoding=UTF-16LE\n*.bat text eol=crlf\n";
    let version = |shelf: &Shelf, number: &str, word: &str| {
        let files = [("a.flt", "host REMOTE"), ("id.txt", "$Id$"), ("wide.txt", "ä"), ("run.bat", "x")];
        let texts = files.map(|(path, text)| (path, format!("{text}\n{word}\n")));
        let mut all: Vec<_> = texts.iter().map(|(path, text)| (*path, text.as_str())).collect();
        all.push((".gitattributes", attributes));
        shelf.version(number, "", &all);
    };
    let shelf = shelf(&[]);
    git(shelf.repo.root(), shelf.repo.root(), &["config", "--global", "filter.local.clean", "sed s/LOCAL/REMOTE/"]);
    git(shelf.repo.root(), shelf.repo.root(), &["config", "--global", "filter.local.smudge", "sed s/REMOTE/LOCAL/"]);
    version(&shelf, "1.0.0", "one");
    shelf.polity(&["new", "pay/go", "made", "--defaults"]).exits(0);
    git(shelf.repo.root(), shelf.repo.root(), &["clone", "-q", "made", "svc"]);
    let names = ["a.flt", "id.txt", "wide.txt", "run.bat"];
    let read = || names.map(|name| std::fs::read(shelf.repo.path(&format!("svc/{name}"))).unwrap());
    assert!(read()[0].starts_with(b"host LOCAL") && read()[1].starts_with(b"$Id: ") && read()[2].starts_with(b"\xe4\0"));
    // Through a filter, nothing has drifted.
    shelf.polity(&["drift", "svc"]).exits(0);
    version(&shelf, "1.1.0", "two");
    shelf.update(&[]).exits(0);
    assert_eq!(shelf.git(&["diff", "--name-only"]), "");
    shelf.polity(&["drift", "svc"]).exits(0);
    let written = read();
    shelf.git(&["commit", "-q", "-m", "update"]);
    shelf.git(&["rm", "-q", "-r", "--cached", "."]);
    shelf.git(&["reset", "-q", "--hard"]);
    assert_eq!(read(), written);
    shelf.write("svc/a.flt", "host LOCAL\nmine\n");
    let run = shelf.polity(&["drift", "svc", "--diff"]).exits(1);
    assert!(run.stdout.contains("-two\n+mine\n") && !run.stdout.contains("LOCAL"), "{run}");
}

#[test]
fn a_filter_that_is_required_and_fails_ends_an_update_before_it_begins() {
    let shelf = outdated();
    shelf.edit(&[(".gitattributes", "main.txt filter=gone\n")]);
    shelf.git(&["config", "filter.gone.clean", "cat"]);
    shelf.git(&["config", "filter.gone.smudge", "false"]);
    shelf.git(&["config", "filter.gone.required", "true"]);
    let run = shelf.update(&[]).exits(4);
    assert!(run.stderr.contains("smudge filter gone failed"), "{run}");
    assert_eq!((shelf.git(&["status", "--porcelain"]), shelf.read("main.txt")), (String::new(), OLD.to_owned()));
}

#[test]
fn a_repository_with_other_names_of_objects_is_looked_at_and_not_changed() {
    let shelf = shelf(&[("main.txt", OLD), ("b.txt", "b\n")]);
    shelf.polity(&["new", "pay/go", "svc", "--defaults", "--no-git"]).exits(0);
    shelf.git(&["init", "-q", "--object-format=sha256"]);
    shelf.commit("made");
    let run = shelf.polity(&["drift", "svc"]).exits(0);
    assert!(run.stderr.contains("files are compared as they lie there"), "{run}");
    shelf.polity(&["drift", "svc", "--locked"]).exits(0);
    shelf.edit(&[("main.txt", "mine\n")]);
    let run = shelf.polity(&["drift", "svc"]).exits(1);
    assert!(run.stdout.contains("changed   managed  main.txt"), "{run}");
    shelf.polity(&["check", "svc", "--policy", "service-without-owner"]).exits(1);
    newer(&shelf);
    for args in [&["update", "svc"][..], &["update", "svc", "--dry-run"], &["adopt", "pay/go", "svc"], &["blame", "svc/main.txt"]] {
        let run = shelf.polity(args).exits(4);
        assert!(run.stderr.contains("others are not yet; nothing was changed\n"), "{run}");
    }
    assert_eq!(shelf.git(&["status", "--porcelain", "--ignored"]), "");
}

#[test]
fn a_sparse_clone_without_contents_is_measured_by_their_names() {
    let shelf = shelf(&[("main.txt", OLD), ("docs/a.txt", "a\n"), ("docs/b.txt", "b\n")]).made();
    shelf.edit(&[("docs/b.txt", "mine\n")]);
    shelf.git(&["config", "uploadpack.allowFilter", "true"]);
    shelf.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let url = format!("file://{}/svc", shelf.repo.root().display());
    git(shelf.repo.root(), shelf.repo.root(), &["clone", "-q", "--filter=blob:none", "--sparse", &url, "thin"]);
    let run = shelf.polity(&["drift", "thin"]).exits(1);
    insta::assert_snapshot!(run, @r"
    exit: 1
    ----- stdout
    thin from pay/go 1.0.0
      managed  1 of 3 files drifted (34 %)
      merged   0 of 1 file drifted (0 %)
    changed   managed  docs/b.txt
    ");
    let run = shelf.polity(&["drift", "thin", "--diff"]).exits(1);
    assert_eq!(run.stdout, "docs/b.txt: its contents are not at hand, since this clone leaves them out\n");
    shelf.version("1.1.0", "", &[("main.txt", OLD), ("docs/a.txt", "a\n"), ("docs/b.txt", "b\nnew\n")]);
    let run = shelf.polity(&["update", "thin"]);
    assert!(run.stderr.contains("`git log -p > log` brings it"), "{run}");
    git(&shelf.repo.path("thin"), shelf.repo.root(), &["log", "-p"]);
    let run = shelf.polity(&["update", "thin"]).exits(1);
    assert!(run.stdout.contains("  conflict  docs/b.txt (both changed it)\n"), "{run}");
}

#[test]
fn attributes_that_an_update_brings_hold_for_what_it_brings() {
    let texts = |word: &str| {
        [("a.flt", format!("host REMOTE\n{word}\n")), ("in/wide.txt", format!("ä\n{word}\n")), ("run.bat", format!("x\n{word}\n"))]
    };
    for prefix in ["", "svc/"] {
        let shelf = shelf(&[]);
        let version = |number: &str, word: &str, attributes: &[(&str, &str)]| {
            let texts = texts(word);
            let files: Vec<_> = texts.iter().map(|(path, text)| (*path, text.as_str())).chain(attributes.iter().copied()).collect();
            shelf.version(number, "", &files);
        };
        git(shelf.repo.root(), shelf.repo.root(), &["config", "--global", "filter.local.clean", "sed s/LOCAL/REMOTE/"]);
        git(shelf.repo.root(), shelf.repo.root(), &["config", "--global", "filter.local.smudge", "sed s/REMOTE/LOCAL/"]);
        version("1.0.0", "one", &[]);
        if !prefix.is_empty() {
            git(shelf.repo.root(), shelf.repo.root(), &["init", "-q"]);
        }
        shelf.polity(&["new", "pay/go", "svc", "--defaults"]).exits(0);
        shelf.git(&["add", "."]);
        shelf.git(&["commit", "-q", "--allow-empty", "-m", "made"]);
        let inner = "wide.txt working-tree-encoding=UTF-16LE\n";
        version("1.1.0", "two", &[(".gitattributes", "*.flt filter=local\n*.bat text eol=crlf\n"), ("in/.gitattributes", inner)]);
        shelf.update(&[]).exits(0);
        let read = || ["a.flt", "in/wide.txt", "run.bat"].map(|name| std::fs::read(shelf.repo.path(&format!("svc/{name}"))).unwrap());
        let written = read();
        assert_eq!((&*written[0], &*written[2]), (&b"host LOCAL\ntwo\n"[..], &b"x\r\ntwo\r\n"[..]));
        assert_eq!(shelf.git(&["diff", "--name-only"]), "");
        shelf.git(&["commit", "-q", "-m", "update"]);
        shelf.git(&["rm", "-q", "-r", "--cached", "."]);
        shelf.git(&["reset", "-q", "--hard"]);
        assert_eq!(read(), written);
    }
}
