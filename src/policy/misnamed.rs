//! Files that are called nearly like those by which polity goes, and that nothing reads: a floor or a service must not go away without a word.

use crate::config::{FEDERATION_FILE, SERVICE_FILE};
use crate::finding::{Diagnostic, Location};
use crate::tree::RepoPath;

use super::Repository;
use super::evidence::{Problem, Weight};
use super::repository::join;

/// The right name of a file that is called `polity.yml` or `Polity.yaml`; nothing for one that has it, or that means something else.
#[must_use]
pub fn meant(name: &str) -> Option<&'static str> {
    let is_like = |right: &&str| {
        let stem = right.strip_suffix(".yaml").unwrap_or(right);
        let parts = name.split_at_checked(stem.len());
        parts.is_some_and(|(begin, end)| {
            begin.eq_ignore_ascii_case(stem) && [".yaml", ".yml"].iter().any(|one| end.eq_ignore_ascii_case(one))
        })
    };
    [SERVICE_FILE, FEDERATION_FILE].into_iter().find(|right| is_like(right) && *right != name)
}

/// Each of them beside which there is no file of the right name, with the name that it has and the right one.
fn all(repository: &Repository) -> impl Iterator<Item = (&RepoPath, &str, &'static str)> {
    repository.tree().iter().filter_map(|(path, _)| {
        let (folder, name) = path.as_str().rsplit_once('/').unwrap_or(("", path.as_str()));
        let right = meant(name).filter(|right| !repository.contains(&RepoPath::found(join(folder, right))))?;
        Some((path, name, right))
    })
}

/// The first that is meant to describe a service.
pub(super) fn service(repository: &Repository) -> Option<String> {
    all(repository).find(|(_, _, right)| *right == SERVICE_FILE).map(|(path, _, _)| path.as_str().to_owned())
}

/// Reports each of them.
pub(super) fn report(repository: &Repository) {
    for (path, name, right) in all(repository) {
        let place = Location::file(path.as_str(), format!("nothing reads a file of this name; it has to be called `{right}`"));
        let diagnostic = Diagnostic::new(format!("`{name}` is not read")).at(place).help(format!("rename it to `{right}`"));
        repository.report(path.as_str(), &Problem { weight: Weight::Error, diagnostic }, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_for_another_one_by_its_letters_and_its_ending() {
        for (name, right) in [
            ("polity.yml", Some("polity.yaml")),
            ("Polity.YAML", Some("polity.yaml")),
            ("polity.federation.yml", Some("polity.federation.yaml")),
            ("polity.Federation.yaml", Some("polity.federation.yaml")),
            ("polity.yaml", None),
            ("polity.federation.yaml", None),
            ("my-polity.yml", None),
            ("polity.json", None),
            ("polity", None),
        ] {
            assert_eq!(meant(name), right, "{name}");
        }
    }
}
