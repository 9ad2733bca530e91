//! Several units of a namespace as one tree, each below the folder that a registry would have it in.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::tree::{Entry, ReadError, RepoPath, Source, Tree};

/// Trees by their folder, such as `templates/greeting`.
pub(super) fn joined(units: BTreeMap<String, Tree>) -> Tree {
    let mut tree = Tree::new();
    let source: Arc<dyn Source> = Arc::new(Units { trees: units.clone() });
    for (folder, unit) in &units {
        for (path, entry) in unit.iter() {
            let entry = Entry::lazy(entry.mode, source.clone()).sized(entry.size);
            tree.insert_entry(RepoPath::found(format!("{folder}/{path}")), entry);
        }
    }
    tree
}

/// Reads `templates/<name>/<path>` from the tree of the unit.
struct Units {
    trees: BTreeMap<String, Tree>,
}

impl Source for Units {
    fn read(&self, path: &RepoPath) -> Result<Arc<[u8]>, ReadError> {
        let second = path.as_str().match_indices('/').nth(1).ok_or(ReadError::Missing)?.0;
        let (folder, inside) = (&path.as_str()[..second], &path.as_str()[second + 1..]);
        self.trees.get(folder).ok_or(ReadError::Missing)?.read(&RepoPath::found(inside.to_owned()))
    }
}
