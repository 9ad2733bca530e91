//! What attackers try. Each is refused, and the refusal says why.
//!
//! | attack | test |
//! |---|---|
//! | a signed tag copied under another name | `a_tag_copied_under_another_name_releases_nothing` |
//! | a key that expired, and backdates | `a_key_that_expired_cannot_backdate` |
//! | a key that is not listed | `a_key_that_is_not_listed_says_nothing` |
//! | a signature of another purpose | `a_signature_made_for_something_else_counts_for_nothing` |
//! | a statement of another federation, of another namespace | `a_statement_of_another_federation_says_nothing`, `…_for_another_namespace_…` |
//! | a moved tag | `a_moved_tag_is_noticed_on_machines_old_and_new` |
//! | a tampered tree, a tampered statement | `a_tampered_tree_is_not_taken`, `a_statement_that_was_changed_is_none` |
//! | rollback | `an_older_history_is_refused_by_who_has_seen_more`, `a_statement_that_a_checkpoint_names_cannot_be_withheld` |
//! | freeze | `a_registry_that_stands_still_is_noticed` |
//! | equivocation | `two_trees_of_one_version_are_shown_and_neither_is_chosen` |
//! | two registries for one namespace | `two_registries_of_one_namespace_are_an_error` |
//! | a registry that claims a foreign namespace | `a_registry_cannot_claim_a_foreign_namespace` |
//! | paths that lead out, links | `a_path_that_leaves_the_registry_is_refused`, `links_are_not_taken` |
//! | submodules, `ext::` addresses | `submodules_are_not_taken_and_their_addresses_not_followed`, `addresses_that_run_commands_…` |
//! | hooks, filters, settings, alternates, pointers | `nothing_in_or_around_…`, `the_settings_of_a_served_repository_…`, `an_alternate_…`, `a_pointer_…` |
//! | a mirror that lies | `a_mirror_that_lies_is_found_out_and_another_one_helps` |

use polity::catalog::trust::{Body, Release, Statement};
use polity::tree::Digest;

use super::world::{World, said, script, world};

/// The only version of `greeting`, and its tag.
fn version(world: &World) -> (String, String) {
    let text = world.repo.read("pay/templates/greeting/template.yaml");
    let version = text.lines().find_map(|l| l.strip_prefix("version: ")).unwrap().to_owned();
    let tag = format!("templates/greeting/{version}");
    (version, tag)
}

#[test]
fn a_tag_copied_under_another_name_releases_nothing() {
    let world = world();
    // A tag object with Ana's signature, which git verifies under whatever name it stands.
    let key = world.repo.path("keys/ana");
    let signed = ["-c", "gpg.format=ssh", "-c", &format!("user.signingKey={}", key.display()), "tag", "--force", "-s", "-m", "signed"];
    world.git(&[&signed[..], &[&version(&world).1, &version(&world).1]].concat(), "pay");
    world.git(&["update-ref", "refs/tags/templates/greeting/9.0.0", &format!("refs/tags/{}", version(&world).1)], "pay");
    assert!(world.git(&["cat-file", "tag", "templates/greeting/9.0.0"], "pay").contains("BEGIN SSH SIGNATURE"));
    world.push();
    said(world.sync(), 1, "tag templates/greeting/9.0.0 is ignored: no statement that counts releases it");
    assert!(!world.machine("fresh", ".", &["template", "show", "pay/greeting"]).exits(0).stdout.contains("9.0.0"));
}

#[test]
fn a_key_that_expired_cannot_backdate() {
    let world = world();
    let expired = world.signer("eve").replace("eve@acme ", "eve@acme valid-before=\"20210101Z\" ");
    world.write("polity.federation.yaml", &world.federation(&[&expired, &world.signer("bob")], ""));
    world.replace_statements(&[world.statement("eve")], "eve");
    said(world.sync(), 3, "has no checkpoint that counts: 0 of 1 signers agree: the key SHA256:");
    said(world.sync(), 3, "expired at 2021-01-01T00:00:00Z, and no checkpoint of a valid key shows the statement before that");
}

#[test]
fn a_key_that_is_not_listed_says_nothing() {
    let world = world();
    world.replace_statements(&[world.statement("eve")], "eve");
    said(world.sync(), 3, "is not listed among the signers");
}

#[test]
fn a_signature_made_for_something_else_counts_for_nothing() {
    let world = world();
    let (folder, key) = (world.repo.path("pay/statements"), world.repo.path("keys/ana"));
    for name in world.repo.files("pay/statements").iter().filter(|name| name.ends_with(".sig")) {
        let statement = folder.join(format!("{}.json", name.split('.').next().unwrap()));
        std::fs::remove_file(folder.join(name)).unwrap();
        let script =
            format!("ssh-keygen -q -Y sign -n git -f {} < {} > {}", key.display(), statement.display(), folder.join(name).display());
        world.run("sh", &["-c", &script], ".");
    }
    world.commit("resigned");
    world.push();
    said(world.sync(), 3, "the signature was made for `git`, not for `polity-statement-v1`");
}

#[test]
fn a_statement_of_another_federation_says_nothing() {
    let world = world();
    let foreign = Statement { federation: "other".to_owned(), ..world.statement("ana") };
    world.replace_statements(&[foreign], "ana");
    said(world.sync(), 3, "the statement belongs to the federation `other`, not to `acme`");
}

#[test]
fn a_statement_for_another_namespace_says_nothing() {
    let world = world();
    let foreign = Statement { namespace: "web".to_owned(), ..world.statement("ana") };
    world.replace_statements(&[foreign], "ana");
    said(world.sync(), 3, "the statement speaks for the namespace `web`, not for `pay`");
}

#[test]
fn a_moved_tag_is_noticed_on_machines_old_and_new() {
    let world = world();
    world.sync().exits(0);
    world.write("pay/templates/greeting/files/extra", "evil\n");
    world.commit("tamper");
    world.git(&["tag", "--force", &version(&world).1, "HEAD"], "pay");
    world.push();
    let expected = format!("tag {} is refused: its tree is ", version(&world).1);
    said(world.sync(), 1, &expected);
    said(world.machine("new", ".", &["registry", "sync"]), 1, &expected);
    world.machine("fresh", ".", &["template", "show", "pay/greeting"]).exits(0);
    said(world.machine("new", ".", &["template", "show", "pay/greeting"]), 2, "there is no template `pay/greeting`");
}

#[test]
fn a_tampered_tree_is_not_taken() {
    let world = world();
    world.write("pay/templates/greeting/README.md", "# evil\n");
    world.commit("tamper");
    world.git(&["push", "-q", &world.url(), &format!(":refs/tags/{}", version(&world).1), "HEAD:refs/heads/main"], "pay");
    said(world.sync(), 1, "is not to be had: its tree is ");
}

#[test]
fn a_statement_that_was_changed_is_none() {
    let world = world();
    let name = world
        .repo
        .files("pay/statements")
        .into_iter()
        .find(|n| n.ends_with(".json") && world.repo.read(&format!("pay/statements/{n}")).contains("release"));
    let path = format!("pay/statements/{}", name.unwrap());
    world.write(&path, &world.repo.read(&path).replace("\"seq\":1", "\"seq\":7"));
    world.commit("tamper");
    world.push();
    said(world.sync(), 3, "the name is not the digest of the content");
}

#[test]
fn an_older_history_is_refused_by_who_has_seen_more() {
    let world = world();
    let old = world.git(&["rev-parse", "HEAD"], "pay");
    world.edit("7.0.0");
    world.release("ana").exits(0);
    world.sync().exits(0);
    world.git(&["push", "-q", "--force", &world.url(), &format!("{old}:refs/heads/main")], "pay");
    said(world.sync(), 3, "serves an older history (rollback): its newest checkpoint is number 2, and this machine has seen number 4");
    assert!(world.machine("fresh", ".", &["template", "show", "pay/greeting"]).exits(0).stdout.contains("7.0.0"), "what was known stays");
}

#[test]
fn a_statement_that_a_checkpoint_names_cannot_be_withheld() {
    let world = world();
    world.publish(&["revoke", "templates/greeting", &version(&world).0, "--reason", "leaks"]).exits(0);
    let revoke = |name: &String| name.ends_with(".json") && world.repo.read(&format!("pay/statements/{name}")).contains("\"revoke\"");
    let name = world.repo.files("pay/statements").into_iter().find(revoke).unwrap();
    std::fs::remove_file(world.repo.path(&format!("pay/statements/{name}"))).unwrap();
    world.commit("hide");
    world.push();
    said(world.sync(), 3, "withholds statements that a checkpoint names (rollback): 1 missing, such as ");
}

#[test]
fn a_registry_that_stands_still_is_noticed() {
    let world = world();
    world.publish(&["checkpoint", "--valid", "1s"]).exits(0);
    std::thread::sleep(std::time::Duration::from_millis(2100));
    said(world.sync(), 3, "shows nothing newer than checkpoint 3, which was to be believed until ");
    world.publish(&["checkpoint"]).exits(0);
    said(world.sync(), 0, "pay  fresh");
}

#[test]
fn two_trees_of_one_version_are_shown_and_neither_is_chosen() {
    let world = world();
    let Body::Release(mut release) = world.statement("bob").body else { panic!() };
    release = Release { version: version(&world).0, tree_digest: Digest::of(b"another"), ..release };
    let second = world.forge(&Statement { body: Body::Release(release), ..world.statement("bob") }, "bob");
    for (name, text) in polity::catalog::trust::files(&second) {
        world.write(&format!("pay/{name}"), &text);
    }
    world.commit("equivocate");
    world.push();
    let run = world.sync().exits(1);
    assert!(run.stdout.contains("is contradictory (equivocation) and not chosen: statement "), "{run}");
    assert_eq!(run.stdout.matches(" says tree ").count(), 2, "{run}");
    said(world.machine("fresh", ".", &["template", "show", "pay/greeting"]), 3, "is contradictory (equivocation)");
}

#[test]
fn two_registries_of_one_namespace_are_an_error() {
    let world = world();
    world.sync().exits(0);
    said(world.machine("fresh", ".", &["template", "list", "--registry", "pay"]), 3, "two registries claim the namespace `pay`");
    let twice = world.federation(&[&world.signer("ana")], "  pay: {url: x, signers: none}\n");
    world.write("polity.federation.yaml", &twice);
    said(world.sync(), 3, "key `pay` is set twice");
}

#[test]
fn a_registry_cannot_claim_a_foreign_namespace() {
    let world = world();
    world.write("pay/registry.yaml", "namespace: payroll\n");
    world.commit("claim");
    world.push();
    said(world.sync(), 3, "is the registry of the namespace `payroll`, not of `pay`");
}

/// The world with a registry that anybody may write to, so that nothing but the content speaks against it.
fn unsigned() -> World {
    let world = world();
    world.write("polity.federation.yaml", &format!("federation: acme\nnamespaces:\n  pay:\n    url: {}\n    signers: none\n", world.url()));
    world
}

#[test]
fn links_are_not_taken() {
    let world = unsigned();
    std::os::unix::fs::symlink("/etc/passwd", world.repo.path("pay/templates/greeting/files/link")).unwrap();
    world.commit("link");
    world.push();
    said(world.sync(), 1, "templates/greeting is refused: `templates/greeting/files/link`: a link is not taken from a registry");
    // The same from a folder that git did not bring.
    let stick = world.machine("stick", ".", &["registry", "sync", "--from", "pay"]);
    said(stick, 1, "templates/greeting is refused: `templates/greeting/files/link`: the link leads out of the repository");
}

#[test]
fn submodules_are_not_taken_and_their_addresses_not_followed() {
    let world = unsigned();
    let head = world.git(&["rev-parse", "HEAD"], "pay");
    let run = format!("ext::sh -c touch% {}", world.marker().display());
    world.write("pay/.gitmodules", &format!("[submodule \"x\"]\n\tpath = templates/greeting/sub\n\turl = {run}\n"));
    world.git(&["add", "-A"], "pay");
    world.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{head},templates/greeting/sub")], "pay");
    world.git(&["commit", "-q", "-m", "submodule"], "pay");
    world.push();
    // git itself would say so of the address.
    let run = world.sync();
    assert!(run.code == 1 || run.code == 3, "{run}");
    assert!(run.stdout.contains("a submodule is not taken from a registry") || run.stdout.contains("gitmodules"), "{run}");
    assert!(!world.marker().exists());
    world.git(&["rm", "-q", "--cached", ".gitmodules"], "pay");
    world.git(&["commit", "-q", "-m", "no address"], "pay");
    world.push();
    said(world.sync(), 1, "`templates/greeting/sub`: a submodule is not taken from a registry");
}

#[test]
fn a_path_that_leaves_the_registry_is_refused() {
    let world = world();
    let blob = world.git(&["hash-object", "-w", "registry.yaml"], "pay");
    let make = |entry: &str| world.run("sh", &["-c", &format!("printf '{entry}' | git mktree")], "pay").stdout;
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().trim().to_owned();
    let inner = text(make(&format!("100644 blob {blob}\\tevil\\n")));
    let above = text(make(&format!("040000 tree {inner}\\t..\\n100644 blob {blob}\\tregistry.yaml\\n")));
    let commit = world.git(&["commit-tree", "-m", "evil", &above], "pay");
    world.git(&["push", "-q", "--force", &world.url(), &format!("{commit}:refs/heads/main")], "pay");
    said(world.sync(), 3, "hasDotdot");
}

#[test]
fn addresses_that_run_commands_are_refused_before_git_sees_them() {
    let world = world();
    let run = |url: &str| {
        world.write("polity.federation.yaml", &world.federation(&[&world.signer("ana")], "").replace(&world.url(), &format!("'{url}'")));
        said(world.sync(), 3, "would make git run a command or take an option");
    };
    run(&format!("ext::sh -c touch% {}", world.marker().display()));
    run("--upload-pack=touch somebody-was-here");
    run("ssh://-oProxyCommand=touch/x");
    world.federate("");
    said(world.machine("fresh", ".", &["registry", "sync", "--from", "ext::sh"]), 2, "would make git run a command");
    assert!(!world.marker().exists());
}

#[test]
fn nothing_in_or_around_the_fetched_repository_runs() {
    let world = world();
    let evil = format!("#!/bin/sh\ntouch {}\n", world.marker().display());
    for folder in ["hooks", "pay.git/hooks", "template/hooks"] {
        for hook in ["reference-transaction", "post-checkout", "post-merge", "post-index-change", "pre-auto-gc"] {
            script(&world.repo.path(&format!("{folder}/{hook}")), &evil);
        }
    }
    script(&world.repo.path("evil"), &evil);
    let (root, config) = (world.repo.root().display().to_string(), world.repo.read(".gitconfig"));
    let more = format!(
        "[core]\nhooksPath = {root}/hooks\nfsmonitor = {root}/evil\n[init]\ntemplateDir = {root}/template\n[filter \"evil\"]\nsmudge = {root}/evil\n"
    );
    world.write(".gitconfig", &(config + &more));
    world.write("pay/templates/greeting/files/.gitattributes", "* filter=evil\n");
    world.git(&["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "add", "-A"], "pay");
    world.git(&["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "commit", "-q", "-m", "x"], "pay");
    world.git(&["-c", "core.hooksPath=/dev/null", "push", "-q", &world.url(), "HEAD:refs/heads/main"], "pay");
    let _ = std::fs::remove_file(world.marker());
    world.sync().exits(0);
    world.machine("fresh", ".", &["registry", "sync"]).exits(0);
    assert!(!world.marker().exists());
}

#[test]
fn the_settings_of_a_served_repository_decide_nothing_here() {
    let world = world();
    let (root, marker) = (world.repo.root().display().to_string(), world.marker());
    let evil = format!("#!/bin/sh\ntouch {}\nexec \"$@\"\n", marker.display());
    script(&world.repo.path("evil"), &evil);
    world.write("included", &format!("[core]\n\talternateRefsCommand = {root}/evil\n\tpager = {root}/evil\n"));
    let mut config = world.repo.read("pay.git/config");
    for (section, key, value) in [
        ("core", "fsmonitor", format!("{root}/evil")),
        ("core", "sshCommand", format!("{root}/evil")),
        ("core", "hooksPath", format!("{root}/hooks")),
        ("core", "gitProxy", format!("{root}/evil")),
        ("core", "askPass", format!("{root}/evil")),
        ("include", "path", format!("{root}/included")),
        ("uploadpack", "packObjectsHook", format!("{root}/evil")),
        ("url \"file:///nowhere/\"", "insteadOf", "file://".to_owned()),
        ("remote \"origin\"", "vcs", "ext".to_owned()),
        ("protocol \"ext\"", "allow", "always".to_owned()),
        ("filter \"evil\"", "smudge", format!("{root}/evil")),
        ("filter \"evil\"", "process", format!("{root}/evil")),
        ("credential", "helper", format!("!{root}/evil")),
    ] {
        config += &format!("[{section}]\n\t{key} = {value}\n");
    }
    world.write("pay.git/config", &config);
    // What git runs when somebody whom it trusts says so: the script would leave its trace.
    let own = world.repo.read(".gitconfig");
    world.write(".gitconfig", &format!("{own}[uploadpack]\n\tpackObjectsHook = {root}/evil\n"));
    world.git(&["clone", "-q", "--bare", &world.url(), "told.git"], ".");
    std::fs::remove_file(&marker).unwrap();
    world.write(".gitconfig", &own);
    for hook in ["post-upload-pack", "reference-transaction", "post-checkout", "pre-auto-gc"] {
        script(&world.repo.path(&format!("hooks/{hook}")), &evil);
    }
    for args in [&["registry", "sync"][..], &["registry", "sync"], &["registry", "verify"], &["template", "show", "pay/greeting"]] {
        world.machine("fresh", ".", args).exits(0);
    }
    // Neither does a folder with such a repository in it, as it comes on a stick.
    std::fs::write(world.repo.path("pay/.git/config"), &config).unwrap();
    said(world.machine("stick", ".", &["registry", "sync", "--from", "pay"]), 0, "pay  fresh  1 release");
    assert!(!marker.exists());
    let kept = world.repo.files("caches/fresh/git").into_iter().find(|name| name.ends_with("/config")).unwrap();
    assert!(!world.repo.read(&format!("caches/fresh/git/{kept}")).contains("evil"), "settings are not taken over");
}

#[test]
fn an_alternate_of_a_served_repository_is_not_taken_over() {
    let world = world();
    std::fs::rename(world.repo.path("pay.git/objects"), world.repo.path("elsewhere")).unwrap();
    world.write("pay.git/objects/info/alternates", &format!("{}\n", world.repo.path("elsewhere").display()));
    world.sync().exits(0);
    let kept = world.repo.files("caches/fresh/git");
    assert!(!kept.iter().any(|name| name.ends_with("info/alternates")), "{kept:?}");
    // What was fetched is here, whatever becomes of the place that it came from.
    std::fs::remove_dir_all(world.repo.path("elsewhere")).unwrap();
    said(world.machine("fresh", ".", &["registry", "sync"]), 4, "unreachable file://[ROOT]/pay.git: ");
    said(world.machine("fresh", ".", &["registry", "verify"]), 0, "pay  verified");
}

#[test]
fn a_pointer_in_the_place_of_a_large_file_is_not_the_file() {
    let world = unsigned();
    let config = world.repo.read(".gitconfig");
    world.write(".gitconfig", &format!("{config}[filter \"lfs\"]\nsmudge = touch {}\nclean = cat\n", world.marker().display()));
    world.write("pay/templates/greeting/files/.gitattributes", "*.bin filter=lfs\n");
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12345\n", "0".repeat(64));
    world.write("pay/templates/greeting/files/big.bin", &pointer);
    world.commit("pointer");
    world.push();
    let refusal = "`templates/greeting/files/big.bin`: a pointer of Git LFS, not the file that it stands for";
    said(world.sync(), 1, refusal);
    world.federate("");
    world.raise("7.0.0");
    said(world.release("ana"), 3, refusal);
    assert!(!world.marker().exists());
}

#[test]
fn a_mirror_that_lies_is_found_out_and_another_one_helps() {
    let world = world();
    world.git(&["clone", "-q", "--bare", "pay.git", "honest.git"], ".");
    world.write("pay/templates/greeting/README.md", "# evil\n");
    world.commit("tamper");
    std::fs::remove_dir_all(world.repo.path("pay/statements")).unwrap();
    world.commit("hide");
    world.push();
    std::fs::rename(world.repo.path("pay.git"), world.repo.path("liar.git")).unwrap();
    let root = world.repo.root().display().to_string();
    world.federate(&format!("    mirrors: ['file://{root}/liar.git', 'file://{root}/honest.git']\n"));
    let run = world.sync().exits(0);
    for expected in
        ["unreachable file://[ROOT]/pay.git: ", "refused file://[ROOT]/liar.git: has no checkpoint", "from file://[ROOT]/honest.git"]
    {
        assert!(run.stdout.contains(expected), "{expected}\n{run}");
    }
    world.machine("fresh", ".", &["template", "show", "pay/greeting"]).exits(0);
}
