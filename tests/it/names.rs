//! The template `rust-service` under awkward names: what it makes is valid, and a name that something else has is refused.

use crate::support::repo;

#[test]
fn a_resource_may_be_called_like_a_value_of_yaml() {
    for (one, many) in [("null", "nulls"), ("true", "true"), ("no", "y")] {
        let folder = repo();
        let words = [format!("resource={one}"), format!("resource_plural={many}")];
        folder.polity(["new", "rust-service", "on", "--defaults", "--no-git", "--set", &words[0], "--set", &words[1]]).exits(0);
        assert_eq!(folder.polity(["check", "on", "--policy", "invalid-contract"]).exits(0).stderr, "");
    }
}

#[test]
fn names_that_something_else_has_or_that_deceive_are_refused() {
    let folder = repo();
    for (answer, input) in [
        ("name=build", "name"),
        ("name=deps", "name"),
        ("resource_plural=livez", "resource_plural"),
        ("resource_plural=sqlite-master", "resource_plural"),
        ("resource_plural=pg-class", "resource_plural"),
        ("owner=team \u{202e}live", "owner"),
    ] {
        let run = folder.polity(["new", "rust-service", "x1", "--defaults", "--set", answer]).exits(2);
        assert!(run.stderr.starts_with(&format!("error: answer for `{input}` is one of those that `")), "{run}");
    }
    folder.polity(["new", "rust-service", "x1", "--defaults", "--no-git", "--set", "name=builds"]).exits(0);
}

#[test]
fn an_owner_is_no_longer_than_a_label_of_kubernetes() {
    let folder = repo();
    let owner = format!("owner={}-{}", "a".repeat(62), "b".repeat(20));
    folder.polity(["new", "rust-service", "x1", "--defaults", "--no-git", "--set", &owner]).exits(0);
    let label = format!("polity.dev/owner: \"{}\"\n", "a".repeat(62));
    assert!(folder.read("x1/deploy/chart/templates/_names.tpl").contains(&label));
}
