//! Where links lead: as the file system says today, and as the names of a commit say of then.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use crate::tree::Lack;

/// A link that leads to no file of the folder: why not, and what it is then.
pub(super) type Astray = (&'static str, Lack);

const NOWHERE: Astray = ("the link leads nowhere", Lack::Link);

/// So many links in a row are a circle, as for Linux.
const MOST: usize = 40;

/// Whether a link leads to a file below `root`; if not, where it leads.
pub(super) fn stays_inside(link: &Path, root: &Path) -> Result<(), Astray> {
    let target = link.canonicalize().map_err(|_| NOWHERE)?;
    if !target.starts_with(root) {
        return Err(outside(&target));
    }
    if target.is_file() { Ok(()) } else { Err(no_file(target.is_dir())) }
}

fn outside(target: &Path) -> Astray {
    ("the link leads out of the repository", if target.is_dir() { Lack::LinkedFolder } else { Lack::Link })
}

fn no_file(is_folder: bool) -> Astray {
    ("the link does not lead to a file", if is_folder { Lack::Alias } else { Lack::File })
}

/// The links of a folder as a commit holds it.
pub(super) struct Links<'a> {
    /// The folder itself, without links in its path.
    pub root: PathBuf,
    /// What each link says, by its path.
    pub targets: HashMap<&'a str, String>,
    /// The paths of all files that are none.
    pub files: BTreeSet<&'a str>,
}

impl Links<'_> {
    /// The file that a link led to. What lies outside of the folder has no past: it counts as it is today.
    pub fn follow(&self, link: &str) -> Result<String, Astray> {
        let at = self.end(link).ok_or(NOWHERE)?;
        match self.inside(&at) {
            None if at.exists() => Err(outside(&at)),
            None => Err(NOWHERE),
            Some(path) if self.files.contains(path.as_str()) => Ok(path),
            Some(path) if path.is_empty() || self.is_folder(&path) => Err(no_file(true)),
            Some(_) => Err(NOWHERE),
        }
    }

    /// The folder that a link led to which led to no file; empty for the folder itself.
    pub fn folder(&self, link: &str) -> Option<String> {
        self.inside(&self.end(link)?)
    }

    /// Where a link led; nothing for a circle.
    fn end(&self, link: &str) -> Option<PathBuf> {
        let (mut at, mut rest, mut followed) = (self.root.clone(), parts(link), 0);
        while let Some(part) = rest.pop() {
            match part.as_str() {
                "" | "." => continue,
                ".." => {
                    at.pop();
                    continue;
                }
                name => at.push(name),
            }
            let Some(target) = self.inside(&at).and_then(|here| self.targets.get(here.as_str())) else { continue };
            followed += 1;
            if followed > MOST {
                return None;
            }
            if target.starts_with('/') {
                at = PathBuf::from("/");
            } else {
                at.pop();
            }
            rest.extend(parts(target));
        }
        Some(at)
    }

    /// The path below the folder.
    fn inside(&self, path: &Path) -> Option<String> {
        let below = path.strip_prefix(&self.root).ok()?;
        Some(below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/"))
    }

    fn is_folder(&self, path: &str) -> bool {
        let prefix = format!("{path}/");
        self.files.range(prefix.as_str()..).next().is_some_and(|file| file.starts_with(&prefix))
    }
}

/// The names of a path, the last one first.
fn parts(path: &str) -> Vec<String> {
    path.split('/').rev().map(str::to_owned).collect()
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_and_a_file_system_say_the_same() {
        let (dir, aside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let root = dir.path().canonicalize().unwrap();
        let (name, real) = (root.file_name().unwrap().to_str().unwrap(), aside.path().canonicalize().unwrap());
        std::fs::create_dir_all(root.join("docs/deep")).unwrap();
        for file in ["README.md", "docs/intro.md", "docs/deep/a"] {
            std::fs::write(root.join(file), file).unwrap();
        }
        std::fs::write(real.join("file"), "").unwrap();
        let links = [
            ("a", "README.md".to_owned()),
            ("docs/up", "../README.md".to_owned()),
            ("docs/b", "./deep//a".to_owned()),
            ("way", "docs/deep".to_owned()),
            ("through", "way/a".to_owned()),
            ("back", "way/../intro.md".to_owned()),
            ("chain", "through".to_owned()),
            ("around", format!("../{name}/README.md")),
            ("whole", root.join("docs/intro.md").to_str().unwrap().to_owned()),
            ("self", "self".to_owned()),
            ("top", ".".to_owned()),
            ("gone", "docs/none".to_owned()),
            ("out", real.join("file").to_str().unwrap().to_owned()),
            ("outer", real.to_str().unwrap().to_owned()),
            ("lost", real.join("none").to_str().unwrap().to_owned()),
        ];
        for (link, target) in &links {
            std::os::unix::fs::symlink(target, root.join(link)).unwrap();
        }
        let then = Links {
            root: root.clone(),
            targets: links.iter().map(|(link, target)| (*link, target.clone())).collect(),
            files: BTreeSet::from(["README.md", "docs/intro.md", "docs/deep/a"]),
        };
        for (link, _) in &links {
            let now = stays_inside(&root.join(link), &root).map(|()| root.join(link).canonicalize().unwrap());
            assert_eq!(then.follow(link).map(|path| root.join(path)), now, "{link}");
        }
    }
}
