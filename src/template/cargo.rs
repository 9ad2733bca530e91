//! `Cargo.lock` as cargo writes it, when a template brings one for a package whose name is an answer.

/// The longest version that is repeated, in bytes: a text must not multiply.
const MAX_VERSION: usize = 128;
/// What stands before each package.
const PACKAGE: &str = "\n\n[[package]]\n";

/// Puts the package that comes from no source, the service itself, where cargo sorts it. Where it has the name of a
/// dependency, what depends on that names its version too, as cargo does to tell them apart.
pub(super) fn lock(text: &str) -> String {
    let mut parts = text.trim_end_matches('\n').split(PACKAGE);
    let header = parts.next().unwrap_or_default();
    let mut packages: Vec<_> = parts.collect();
    let own = packages.iter().position(|package| value(package, "source").is_none()).map(|at| packages.remove(at));
    let named = |own: &str| packages.iter().filter(|package| value(package, "name") == value(own, "name")).copied().collect::<Vec<_>>();
    let namesakes = own.map(named).unwrap_or_default();
    if let Some(own) = own {
        let after = packages.partition_point(|package| value(package, "name") < value(own, "name"));
        packages.insert(after, own);
    }
    let mut whole = String::with_capacity(text.len() + 1);
    whole.push_str(header);
    packages.into_iter().flat_map(|package| [PACKAGE, package]).for_each(|part| whole.push_str(part));
    // Of several versions each is named with its own already.
    let mut whole = if let [only] = namesakes[..] { told_apart(&whole, only) } else { whole };
    whole.push('\n');
    whole
}

/// Every dependency on a package with its version.
fn told_apart(text: &str, package: &str) -> String {
    let version = value(package, "version").filter(|version| version.len() <= MAX_VERSION);
    let (Some(name), Some(version)) = (value(package, "name"), version) else { return text.to_owned() };
    text.replace(&format!("\n \"{name}\","), &format!("\n \"{name} {version}\","))
}

/// The text of a key in a package's lines.
fn value<'a>(package: &'a str, key: &str) -> Option<&'a str> {
    package.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: &str = r#"

[[package]]
name = "b"
version = "0.9.0"
source = "registry"
dependencies = [
 "b-core",
 "c 1.0.0",
]

[[package]]
name = "b-core"
version = "0.9.0"
source = "registry"

[[package]]
name = "c"
version = "1.0.0"
source = "registry"

[[package]]
name = "c"
version = "0.10.0"
source = "registry"
dependencies = [
 "b",
]
"#;

    fn locked(own: &str) -> String {
        lock(&format!(
            "version = 4\n\n[[package]]\nname = \"{own}\"\nversion = \"0.1.0\"\ndependencies = [\n \"b\",\n \"c 1.0.0\",\n]{REST}"
        ))
    }

    #[track_caller]
    fn check(own: &str, order: &[&str]) {
        let text = locked(own);
        let names: Vec<_> = text.lines().filter_map(|line| value(line, "name")).collect();
        assert_eq!(names, order);
        assert!(text.starts_with("version = 4\n\n[[package]]\n") && text.ends_with("]\n"), "{text}");
    }

    #[test]
    fn the_package_stands_where_its_name_sorts_it() {
        check("a", &["a", "b", "b-core", "c", "c"]);
        check("b-a", &["b", "b-a", "b-core", "c", "c"]);
        check("b_", &["b", "b-core", "b_", "c", "c"]);
        check("d", &["b", "b-core", "c", "c", "d"]);
    }

    #[test]
    fn a_dependency_of_the_same_name_is_told_apart() {
        check("b", &["b", "b", "b-core", "c", "c"]);
        assert_eq!(locked("b").matches("\n \"b 0.9.0\",\n").count(), 2);
        assert_eq!(locked("a").matches("\n \"b\",\n").count(), 2);
        assert!(!locked("b").contains("\n \"b-core 0.9.0\","));
    }

    #[test]
    fn what_is_no_lock_stays_as_it_is() {
        for text in ["\n", "version = 4\n", "a\n\n[[package]]\n", "a\n\n[[package]]\nsource = \"x\n"] {
            assert_eq!(lock(text).trim_end(), text.trim_end());
        }
    }
}
