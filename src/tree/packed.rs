//! Files inside the program: one text of names, one run of bytes, and a table of numbers that says where each file lies.
//!
//! Numbers need no relocation when the program starts, and a name or a file costs nothing before somebody asks for it.

use super::Mode;

/// Where the name of a file begins and ends, whether it is executable, where its bytes begin and end.
pub type Row = (u32, u32, bool, u32, u32);

/// Files that are part of the program, or those of them below one folder.
#[derive(Clone, Copy)]
pub struct Packed {
    names: &'static str,
    bytes: &'static [u8],
    /// Sorted by name.
    rows: &'static [Row],
    /// The bytes of each name that the folder takes.
    inside: usize,
}

impl Packed {
    /// Files by a table that is sorted by their names.
    #[must_use]
    pub const fn new(names: &'static str, bytes: &'static [u8], rows: &'static [Row]) -> Self {
        Self { names, bytes, rows, inside: 0 }
    }

    fn name(&self, row: &Row) -> &'static str {
        &self.names[row.0 as usize + self.inside..row.1 as usize]
    }

    fn file(&self, row: &Row) -> (Mode, &'static [u8]) {
        (if row.2 { Mode::Executable } else { Mode::File }, &self.bytes[row.3 as usize..row.4 as usize])
    }

    pub(super) fn get(&self, path: &str) -> Option<(Mode, &'static [u8])> {
        let found = self.rows.binary_search_by(|row| self.name(row).cmp(path)).ok()?;
        Some(self.file(&self.rows[found]))
    }

    /// The files whose names begin with `prefix`, without it.
    pub(super) fn below(&self, prefix: &str) -> Self {
        let first = self.rows.partition_point(|row| self.name(row) < prefix);
        let count = self.rows[first..].partition_point(|row| self.name(row).starts_with(prefix));
        Self { rows: &self.rows[first..first + count], inside: self.inside + prefix.len(), ..*self }
    }

    pub(super) fn into_names(self) -> impl Iterator<Item = &'static str> {
        self.rows.iter().map(move |row| self.name(row))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, Mode, &'static [u8])> {
        self.rows.iter().map(|row| {
            let (mode, bytes) = self.file(row);
            (self.name(row), mode, bytes)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{RepoPath, Tree};

    /// `a.b` sorts between `a` and `a/`.
    const FILES: Packed = Packed::new(
        "a.ba/xa/y/zab/xb",
        b"012345678",
        &[(0, 3, false, 0, 1), (3, 6, true, 1, 3), (6, 11, false, 3, 4), (11, 15, false, 4, 4), (15, 16, false, 4, 9)],
    );

    #[track_caller]
    fn check(folder: &str, expected: &[&str]) {
        let tree = Tree::packed(FILES).subtree(folder);
        let below: Vec<_> = tree.below("").into_iter().map(str::to_owned).collect();
        let read = |(path, entry): (&RepoPath, &crate::tree::Entry)| {
            format!("{path} {} {}", entry.mode.as_git(), String::from_utf8_lossy(&tree.read(path).unwrap()))
        };
        assert_eq!(tree.iter().map(read).collect::<Vec<_>>(), expected);
        assert_eq!(tree.iter().map(|(path, _)| path.as_str().to_owned()).collect::<Vec<_>>(), below, "before and after it is spread out");
    }

    #[test]
    fn a_folder_of_packed_files_is_one_of_a_tree() {
        check("", &["a.b 100644 0", "a/x 100755 12", "a/y/z 100644 3", "ab/x 100644 ", "b 100644 45678"]);
        check("a", &["x 100755 12", "y/z 100644 3"]);
        check("a/y", &["z 100644 3"]);
        check("b", &[]);
        check("c", &[]);
    }

    #[test]
    fn a_packed_file_is_found_by_its_whole_name_and_can_be_replaced() {
        let path = |text: &str| RepoPath::new(text).unwrap();
        let mut tree = Tree::packed(FILES).subtree("a");
        assert_eq!(tree.read(&path("x")).unwrap()[..], *b"12");
        assert!(tree.contains(&path("y/z")) && !tree.contains(&path("y")) && tree.read(&path("a/x")).is_err());
        assert_eq!((tree.get(&path("x")).map(|entry| entry.mode), tree.len()), (Some(Mode::Executable), 2));
        tree.insert(path("x"), Mode::File, &b"new"[..]);
        assert_eq!((tree.read(&path("x")).unwrap()[..].to_vec(), tree.len()), (b"new".to_vec(), 2));
    }
}
