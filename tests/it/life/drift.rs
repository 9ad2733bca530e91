//! `polity drift`: nothing for what nobody touched, and each class of file in its own way.

use super::shelf::shelf;

#[test]
fn each_class_drifts_in_its_own_way() {
    let manifest = "files:\n- {path: shared.txt, class: merged}\n- {path: own.txt, class: seeded}\n";
    let shelf = shelf(&[]);
    shelf.version("1.0.0", manifest, &[("a.txt", "1\n2\n3\n"), ("b.txt", "b\n"), ("shared.txt", "s\n"), ("own.txt", "o\n")]);
    let shelf = shelf.made();
    let run = shelf.polity(&["drift", "svc"]).exits(0);
    insta::assert_snapshot!(run.stdout, @r"
    svc from pay/go 1.0.0
      managed  0 of 2 files drifted (0 %)
      merged   0 of 2 files drifted (0 %)
      seeded   0 of 1 file drifted (0 %)
    ");
    shelf.edit(&[("shared.txt", "s\nmine\n"), ("own.txt", "mine\n")]);
    shelf.polity(&["drift", "svc"]).exits(0);
    shelf.edit(&[("a.txt", "1\n2\nthree\n")]);
    std::fs::remove_file(shelf.repo.path("svc/b.txt")).unwrap();
    let run = shelf.polity(&["drift", "svc"]).exits(1);
    insta::assert_snapshot!(run.stdout, @r"
    svc from pay/go 1.0.0
      managed  2 of 2 files drifted (100 %)
      merged   1 of 2 files drifted (50 %)
      seeded   1 of 1 file drifted (100 %)
    changed   managed  a.txt, 50 % of its lines
    missing   managed  b.txt, 100 % of its lines
    changed   seeded   own.txt, 100 % of its lines
    changed   merged   shared.txt, 50 % of its lines
    ");
    let diff = shelf.polity(&["drift", "svc", "--diff"]).exits(1).stdout;
    assert!(diff.contains("--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n 1\n 2\n-3\n+three\n"), "{diff}");
    let json = shelf.polity(&["drift", "svc", "--format", "json"]).exits(1).stdout;
    let said: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&said["schema"], &said["classes"]["managed"]["drifted"]), (&"polity/drift/1".into(), &2.into()));
}

#[cfg(unix)]
#[test]
fn a_mode_and_a_link_are_drift_too() {
    use std::os::unix::fs::PermissionsExt as _;
    let shelf = shelf(&[("a.txt", "a\n"), ("b.txt", "b\n")]).made();
    std::fs::set_permissions(shelf.repo.path("svc/a.txt"), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::remove_file(shelf.repo.path("svc/b.txt")).unwrap();
    std::os::unix::fs::symlink("a.txt", shelf.repo.path("svc/b.txt")).unwrap();
    let run = shelf.polity(&["drift", "svc"]).exits(1);
    assert!(run.stdout.contains("mode      managed  a.txt") && run.stdout.contains("changed   managed  b.txt"), "{run}");
}
