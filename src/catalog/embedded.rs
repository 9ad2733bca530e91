//! The registry that `build.rs` packed into the binary. It goes through the same loader as any other.

use crate::tree::{Packed, Tree};

use super::{CatalogError, Registry, registry};

const FILES: Packed = include!(concat!(env!("OUT_DIR"), "/registry.rs"));

/// The registry inside the binary.
///
/// # Errors
/// [`CatalogError`] when the project's own `registry.yaml` is wrong, which a test rules out.
pub fn embedded() -> Result<Registry, CatalogError> {
    registry("embedded", Tree::packed(FILES))
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
