//! The lock file: what is read, what is written, what differs.

use proptest::prelude::*;

use super::*;

fn unit(name: &str, version: &str, seq: u64) -> LockedUnit {
    let checkpoint = LockedCheckpoint { seq, id: Digest::of(b"c") };
    let known = LockedKnowledge {
        signer: Some("ana@acme".to_owned()),
        statement: Some(Digest::of(name.as_bytes())),
        seq: Some(seq - 1),
        checkpoint: Some(checkpoint),
        freshness: "fresh".to_owned(),
        accepted_stale: None,
    };
    let registry = "https://h/x".to_owned();
    LockedUnit { name: name.to_owned(), version: version.to_owned(), registry, digest: Digest::of(version.as_bytes()), known: Some(known) }
}

fn file(text: &str) -> LockedFile {
    let (sha256, blob) = (Digest::of(text.as_bytes()), Some(BlobId::of(text.as_bytes())));
    LockedFile { class: FileClass::Managed, sha256, blob, executable: false, from: vec![format!("org/a:files/{text}")] }
}

fn sample() -> Lock {
    let files = ["b", "a"].map(|p| (RepoPath::new(p).unwrap(), file(p)));
    let mut lock = Lock::new(Digest::of(b"{}"), vec![unit("pay/z", "1.0.0", 4), unit("org/a", "2.1.0", 9)], files.into());
    lock.policies.push(unit("pay/p", "1.0.0", 7));
    lock
}

#[test]
fn what_is_written_is_read_again_in_order() {
    let lock = sample();
    let text = lock.to_text();
    assert_eq!(Lock::read(&SourceText::new("polity.lock", &*text)).unwrap(), lock);
    assert!(text.find("org/a").unwrap() < text.find("pay/z").unwrap(), "{text}");
    assert_eq!(lock.checkpoint("pay").map(|c| c.seq), Some(7), "the newest of any entry");
    assert_eq!(lock.checkpoint("web"), None);
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let ConfigError(d) = Lock::read(&SourceText::new("polity.lock", text)).unwrap_err();
    assert_eq!(format!("{}:{}: {}", d.locations[0].start.line, d.locations[0].start.column, d.title), expected);
}

#[test]
fn what_a_bad_merge_leaves_behind_has_a_place() {
    let text = sample().to_text();
    check(&text.replace("version: 1\n", "version: 9\n"), "2:1: polity.lock has version 9 of its format, and this polity knows 1");
    check(&text.replace("name: pay/z", "name: org/a"), "17:3: polity.lock names `org/a` twice");
    check(&text.replace("name: pay/z", "name: z"), "17:3: `z` is no name of a release");
    check(&text.replace("version: 2.1.0", "version: two"), "6:3: `two` is no version");
    let marked = text.replace("layers:", "<<<<<<< ours\nlayers:");
    check(&marked, "4:1: file is not valid YAML");
    let ConfigError(diagnostic) = Lock::read(&SourceText::new("polity.lock", &*marked)).unwrap_err();
    assert_eq!(diagnostic.helps, ["`polity update` merges what both sides of a merge say"]);
}

#[test]
fn differences_are_named_one_by_one() {
    let (old, mut new) = (sample(), sample());
    new.layers[0].known = None;
    assert!(old.differences(&new).is_empty(), "how fresh it was is no difference");
    new.layers[0].version = "2.2.0".to_owned();
    new.layers[1].digest = Digest::of(b"other");
    new.policies.clear();
    new.answers = Digest::of(b"other");
    new.files.retain(|path, _| path.as_str() == "a");
    let expected = [
        "org/a is locked at 2.1.0, not 2.2.0",
        "pay/z 1.0.0 has another digest than the locked one",
        "pay/p 1.0.0 is locked and not needed",
        "the answers are others",
        "b is not rendered any more",
    ];
    assert_eq!(old.differences(&new), expected);
    assert_eq!(new.differences(&old)[2], "pay/p 1.0.0 is not locked");
}

#[test]
fn what_the_lock_before_has_seen_is_not_forgotten() {
    let old = sample();
    let mut new = sample();
    // A machine that knows an older history of `pay`, a newer one of `org`, and cannot read the policies of `web`.
    new.layers = vec![unit("org/a", "2.1.0", 12), unit("pay/z", "1.0.0", 3), LockedUnit { known: None, ..unit("pay/own", "1.0.0", 1) }];
    new.policies = vec![unit("pay/q", "1.0.0", 3)];
    let mut old_with_web = old.clone();
    old_with_web.policies.push(unit("web/p", "1.0.0", 5));
    new.remember(&old_with_web, |namespace| namespace != "web");
    let row = |unit: &LockedUnit| format!("{} {}", unit.name, unit.known.as_ref().map_or(0, |k| k.checkpoint.as_ref().unwrap().seq));
    assert_eq!(new.layers.iter().map(row).collect::<Vec<_>>(), ["org/a 9", "pay/own 0", "pay/z 4"], "what stays is not touched");
    assert_eq!(new.policies.iter().map(row).collect::<Vec<_>>(), ["pay/q 7", "web/p 5"]);
    let again = new.clone();
    new.remember(&old_with_web, |namespace| namespace != "web");
    assert_eq!(new, again, "a second time changes nothing");
    // What had seen most is gone, and what is left inherits it.
    let mut rest = sample();
    rest.policies.clear();
    rest.remember(&old, |_| true);
    assert_eq!(rest.layers.iter().map(row).collect::<Vec<_>>(), ["org/a 9", "pay/z 7"]);
}

#[test]
fn two_locks_of_one_are_merged_entry_by_entry() {
    let base = sample();
    let (mut ours, mut theirs) = (base.clone(), base.clone());
    let path = |p: &str| RepoPath::new(p).unwrap();
    ours.layers = vec![unit("org/a", "2.2.0", 9), unit("pay/x", "1.0.0", 9), unit("pay/z", "1.0.0", 4)];
    ours.files.insert(path("a"), file("ours"));
    ours.files.insert(path("x"), file("x"));
    theirs.layers = vec![unit("org/a", "2.10.0", 11), unit("pay/y", "1.0.0", 11)];
    theirs.policies.clear();
    theirs.files.insert(path("a"), file("theirs"));
    theirs.files.insert(path("b"), file("theirs"));
    let merged = Lock::merged(Some(&base), &ours, &theirs, Digest::of(b"x"));
    let names = |lock: &Lock| lock.layers.iter().map(|unit| format!("{} {}", unit.name, unit.version)).collect::<Vec<_>>();
    assert_eq!(names(&merged), ["org/a 2.10.0", "pay/x 1.0.0", "pay/y 1.0.0"], "the newer, what either added, what either removed");
    assert!(merged.policies.is_empty());
    let files: Vec<_> = merged.files.iter().map(|(path, file)| (path.as_str(), &*file.from[0])).collect();
    assert_eq!(files, [("a", "org/a:files/ours"), ("b", "org/a:files/theirs"), ("x", "org/a:files/x")]);
    let other = Lock::merged(Some(&base), &theirs, &ours, Digest::of(b"x"));
    assert_eq!((&other.layers, &other.answers), (&merged.layers, &Digest::of(b"x")));
    let alone = Lock::merged(None, &base, &base, base.answers.clone());
    assert_eq!(alone, base, "what both added alike is there once");
}

#[test]
fn a_layer_is_named_as_users_name_it() {
    let mut lock = sample();
    lock.layers.push(unit("web/a", "1.0.0", 1));
    let named = |text: &str| lock.named(text).map(|unit| unit.name.as_str());
    assert_eq!([named("pay/z"), named("z"), named("z@1"), named("pay/z@1.0.0")], [Some("pay/z"); 4]);
    assert_eq!([named("a"), named("pay/y"), named("z@1.1"), named("z@10"), named("./z"), named("")], [None; 6]);
}

/// Names of files and of their sources, many of which mean something else to YAML.
fn names() -> impl Strategy<Value = String> {
    const ODD: &[&str] =
        &["true", "y", "null", "1", "1.5", ".5", ".inf", ".nan", "0x1f", "1e5", "a:b", "a:", ".a", "é.rs", "a b.c", "-a/b", "a#b.c"];
    prop_oneof![
        proptest::sample::select(ODD).prop_map(str::to_owned),
        "[a-z.]{1,3}[a-z0-9_./-]{0,12}",
        "[a-z]{1,4}/[a-z]{1,4}:files/[a-zA-Z.]{1,8}",
        "[ -~]{1,8}",
        "[a-z]/[a-z]{90,140}",
    ]
}

fn files() -> impl Strategy<Value = BTreeMap<RepoPath, LockedFile>> {
    let class = proptest::sample::select(&[FileClass::Managed, FileClass::Merged, FileClass::Seeded][..]);
    let file = (class, any::<u32>(), any::<bool>(), any::<bool>(), prop::collection::vec(names(), 0..3));
    let file = file.prop_map(|(class, text, blob, executable, from)| {
        let text = text.to_string();
        let (sha256, blob) = (Digest::of(text.as_bytes()), blob.then(|| BlobId::of(text.as_bytes())));
        LockedFile { class, sha256, blob, executable, from }
    });
    prop::collection::btree_map(names().prop_map(RepoPath::found), file, 0..3)
}

proptest! {
    #[test]
    fn the_text_is_the_librarys_to_the_byte(files in files()) {
        let lock = Lock::new(Digest::of(b"{}"), vec![unit("org/a", "2.1.0", 9)], files);
        prop_assert_eq!(lock.to_text(), format!("{HEADER}{}", serde_yaml::to_string(&lock).unwrap()));
    }
}

#[test]
fn digests_that_are_numbers_are_quoted() {
    let mut lock = sample();
    for digits in ["1".repeat(64), format!("{}e{}", "1".repeat(30), "2".repeat(33)), format!("0b{}", "1".repeat(62))] {
        lock.files.get_mut(&RepoPath::new("a").unwrap()).unwrap().sha256 = Digest::parse(&digits).unwrap();
        assert_eq!(lock.to_text(), format!("{HEADER}{}", serde_yaml::to_string(&lock).unwrap()));
    }
}
