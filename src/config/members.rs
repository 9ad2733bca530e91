//! The members of a mapping: in the order of the text, and found by name quickly however many they are.

use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

use super::{Key, Node};

/// Of so few members the wanted one is found sooner without an index.
const FEW: usize = 32;

/// The members of a mapping. Keys are unique.
#[derive(Clone, Default)]
pub struct Members {
    members: Vec<(Key, Node)>,
    /// Their places in the order of their names, once somebody looks for one of many.
    places: OnceLock<Box<[usize]>>,
}

impl Members {
    /// A key and its value.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&(Key, Node)> {
        if self.members.len() <= FEW {
            return self.members.iter().find(|(key, _)| key.name == name);
        }
        let name_at = |place: usize| self.members[place].0.name.as_str();
        let places = self.places.get_or_init(|| {
            let mut places: Box<[usize]> = (0..self.members.len()).collect();
            places.sort_unstable_by_key(|place| name_at(*place));
            places
        });
        places.binary_search_by_key(&name, |place| name_at(*place)).ok().map(|found| &self.members[places[found]])
    }
}

impl Deref for Members {
    type Target = [(Key, Node)];

    fn deref(&self) -> &Self::Target {
        &self.members
    }
}

impl PartialEq for Members {
    fn eq(&self, other: &Self) -> bool {
        self.members == other.members
    }
}

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.members.fmt(f)
    }
}

impl From<Vec<(Key, Node)>> for Members {
    fn from(members: Vec<(Key, Node)>) -> Self {
        Self { members, places: OnceLock::new() }
    }
}

impl FromIterator<(Key, Node)> for Members {
    fn from_iter<I: IntoIterator<Item = (Key, Node)>>(members: I) -> Self {
        members.into_iter().collect::<Vec<_>>().into()
    }
}

impl IntoIterator for Members {
    type Item = (Key, Node);
    type IntoIter = std::vec::IntoIter<(Key, Node)>;

    fn into_iter(self) -> Self::IntoIter {
        self.members.into_iter()
    }
}

impl<'a> IntoIterator for &'a Members {
    type Item = &'a (Key, Node);
    type IntoIter = std::slice::Iter<'a, (Key, Node)>;

    fn into_iter(self) -> Self::IntoIter {
        self.members.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Value;

    #[test]
    fn members_are_found_by_name_however_many_they_are() {
        for count in [0, 1, FEW, FEW + 1, 1000] {
            let member = |at: usize| (Key { name: format!("k{at}"), span: at..at + 1 }, Node { value: Value::Null, span: at..at });
            let mapping: Members = (0..count).map(member).collect();
            for at in 0..count {
                assert_eq!(mapping.entry(&format!("k{at}")).map(|(key, _)| key.span.start), Some(at));
            }
            assert_eq!(mapping.entry("k"), None);
        }
    }
}
