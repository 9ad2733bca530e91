//! The registry that `build.rs` packed into the binary. It goes through the same loader as any other.

use crate::tree::{Mode, RepoPath, Tree};

use super::{CatalogError, Registry, registry};

const FILES: &[(&str, bool, &[u8])] = include!(concat!(env!("OUT_DIR"), "/registry.rs"));

/// The registry inside the binary.
///
/// # Errors
/// [`CatalogError`] when the project's own `registry.yaml` is wrong, which a test rules out.
pub fn embedded() -> Result<Registry, CatalogError> {
    let mode = |executable| if executable { Mode::Executable } else { Mode::File };
    let files = FILES.iter().map(|(path, executable, bytes)| (RepoPath::found((*path).to_owned()), mode(*executable), *bytes));
    registry("embedded", Tree::of_static(files))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binary_holds_the_projects_own_registry() {
        let registry = embedded().unwrap();
        assert_eq!((registry.namespace.as_str(), registry.origin.as_str()), ("polity", "embedded"));
    }
}
