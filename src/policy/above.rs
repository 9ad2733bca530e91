//! Where the checked folder lies in its repository, and what the folders above say of it: one file gets one verdict, whichever folder is
//! named.

use crate::config::SERVICE_FILE;
use crate::finding::{Diagnostic, SourceText};
use crate::tree::{RepoPath, Tree, from_folder};

use super::repository::join;

/// The folders above the one that is checked, as far up as its repository goes.
#[derive(Clone, Debug, Default)]
pub struct Above {
    /// The path of the checked folder in its repository; empty for the repository's root.
    pub prefix: String,
    /// The folders above whose `waivers/` hold: the repository's root, and services around the checked folder.
    pub homes: Vec<String>,
    /// The nearest service around the checked folder, by its path in the repository.
    pub service: Option<String>,
    /// The outermost Helm chart around the checked folder, by its path in the repository.
    pub chart: Option<String>,
    /// Their waivers, the description of that service and the repository's baseline, by their paths in the repository.
    pub files: Tree,
}

impl Above {
    /// The path in the repository of a file of the checked folder.
    #[must_use]
    pub fn whole(&self, path: &str) -> String {
        if self.prefix.is_empty() || path.is_empty() { path.to_owned() } else { format!("{}/{path}", self.prefix) }
    }

    /// The path in the checked folder of a file of the repository; `None` for one that lies elsewhere.
    #[must_use]
    pub fn here<'a>(&self, path: &'a str) -> Option<&'a str> {
        if self.prefix.is_empty() { Some(path) } else { path.strip_prefix(&self.prefix)?.strip_prefix('/') }
    }

    /// The path in the repository of a folder of the checked one, which is empty for that one itself.
    #[must_use]
    pub fn folder(&self, root: &str) -> String {
        if root.is_empty() { self.prefix.clone() } else { self.whole(root) }
    }

    /// The file that describes the service around the checked folder, with the way to it.
    #[must_use]
    pub fn description(&self) -> Option<SourceText> {
        let path = join(self.service.as_deref()?, SERVICE_FILE);
        let bytes = self.files.read(&RepoPath::found(path.clone())).ok()?;
        Some(SourceText::new(self.shown(&path), String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// The root in the checked folder of a service of the repository; the folder itself for one around it.
    #[must_use]
    pub fn root<'a>(&self, root: &'a str) -> &'a str {
        self.here(root).unwrap_or_default()
    }

    /// Calls what is said of files of the repository by the ways to them.
    pub fn bring(&self, diagnostic: &mut Diagnostic) {
        diagnostic.locations.iter_mut().for_each(|place| place.path = self.shown(&place.path));
    }

    /// The way from the checked folder to a file of the repository.
    #[must_use]
    pub fn shown(&self, path: &str) -> String {
        let (folders, parts): (Vec<_>, Vec<_>) = (self.prefix.split('/').collect(), path.split('/').collect());
        let shared = folders.iter().zip(&parts).take_while(|(a, b)| a == b).count();
        "../".repeat(folders.len() - shared) + &parts[shared..].join("/")
    }

    /// The path in the repository of a file that is called by the way to it from the checked folder: the reverse of [`Above::shown`].
    #[must_use]
    pub fn place(&self, shown: &str) -> String {
        from_folder(&self.prefix, shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_from_one_folder_to_the_other() {
        let above = Above { prefix: "services/a".to_owned(), ..Above::default() };
        assert_eq!((above.whole("x/y"), above.here("services/a/x")), ("services/a/x/y".to_owned(), Some("x")));
        assert_eq!((above.here("services/ab/x"), above.here("services")), (None, None));
        assert_eq!(
            (above.shown("waivers/w"), above.shown("services/waivers/w")),
            ("../../waivers/w".to_owned(), "../waivers/w".to_owned())
        );
        for path in ["waivers/w", "services/waivers/w", "services/a/x/y", "services/b"] {
            assert_eq!(above.place(&above.shown(path)), path);
        }
        let root = Above::default();
        assert_eq!((root.whole("x"), root.here("x")), ("x".to_owned(), Some("x")));
    }
}
