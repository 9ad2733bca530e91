//! What the folders above a checked one hold that is about it: waivers of its repository and of the services around it, what describes the
//! nearest of these, and the baseline.

use std::path::{Path, PathBuf};

use crate::config::{BASELINE_FILE, CHART_FILE, FEDERATION_FILE, SERVICE_FILE};
use crate::disk::regular::bounded;
use crate::tree::{Mode, RepoPath, Tree};

use super::rules::{Rules, Say};
use super::tracked::SPARSE;
use super::{DiskError, MAX_FILE, Open, Sparse, canonical, enclosing_repository, gather, visit};

/// The folder that holds waivers.
pub(super) const WAIVERS: &str = "waivers";

/// Where a folder lies in its repository, and what stands above it.
#[derive(Debug, Default)]
pub struct Above {
    /// The path of the folder in its repository; empty for the repository's root.
    pub prefix: String,
    /// The folders above that may hold waivers: the root, and services.
    pub homes: Vec<String>,
    /// The nearest service around, by its path in the repository.
    pub service: Option<String>,
    /// The outermost Helm chart around, by its path in the repository.
    pub chart: Option<String>,
    /// Waivers, the baseline and the description of that service, by their paths in the repository.
    pub files: Tree,
}

/// What stands above a folder, up to [`root_around`].
///
/// # Errors
/// [`DiskError`] as for [`super::walk`].
pub fn above(folder: &Path) -> Result<Above, DiskError> {
    let real = canonical(folder)?;
    let Some(root) = root_around(&real) else { return Ok(Above::default()) };
    let name = |folder: &Path| folder.strip_prefix(&root).ok()?.to_str().map(|name| name.replace(std::path::MAIN_SEPARATOR, "/"));
    // A folder whose name is no text has no path that anybody could write down.
    let Some(prefix) = name(&real) else { return Ok(Above::default()) };
    let (sparse, mut found) = (Sparse::of(&root), Above { prefix, ..Above::default() });
    let is_service = |home: &Path| stands(&home.join(SERVICE_FILE)) || sparse.leaves_out(&home.join(SERVICE_FILE));
    for home in real.ancestors().skip(1).take_while(|above| above.starts_with(&root)) {
        if stands(&home.join(CHART_FILE)) {
            found.chart = name(home);
        }
        let Some(shown) = name(home).filter(|_| home == root || is_service(home)) else { continue };
        let prefix = if shown.is_empty() { String::new() } else { shown.clone() + "/" };
        waivers(home, &root, &prefix, &mut found.files)?;
        if found.service.is_none() && is_service(home) {
            take(SERVICE_FILE, home, (&root, &prefix), &mut found.files)?;
            found.service = Some(shown.clone());
        }
        found.homes.push(shown);
        if home == root && (stands(&root.join(BASELINE_FILE)) || sparse.leaves_out(&root.join(BASELINE_FILE))) {
            take(BASELINE_FILE, home, (&root, &prefix), &mut found.files)?;
        }
    }
    Ok(found)
}

/// The root of what a folder belongs to: the repository of git, or else what lies around it below the nearest federation file.
#[must_use]
pub fn root_around(real: &Path) -> Option<PathBuf> {
    let governed = || real.ancestors().find(|above| above.join(FEDERATION_FILE).is_file()).map(Path::to_owned);
    enclosing_repository(real).or_else(governed)
}

fn stands(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// The file that describes a service, or the baseline. One that cannot be read is an error, never as if there were none, and so is one that a sparse
/// checkout leaves out.
fn take(name: &str, home: &Path, (root, prefix): (&Path, &str), files: &mut Tree) -> Result<(), DiskError> {
    let path = home.join(name);
    let left_out = || std::io::Error::new(std::io::ErrorKind::NotFound, SPARSE);
    let bytes = if stands(&path) { bounded(&path, root, MAX_FILE) } else { Err(left_out()) };
    let bytes = bytes.map_err(|cause| DiskError { path, cause })?;
    files.insert(RepoPath::found(format!("{prefix}{name}")), Mode::File, bytes);
    Ok(())
}

/// Whether what stands below `prefix` under this path is to be a waiver.
pub(super) fn is_waiver(prefix: &str, path: &str) -> bool {
    is_yaml(path) && prefix.split('/').any(|part| part == WAIVERS)
}

pub(super) fn is_yaml(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| ["yaml", "yml"].iter().any(|one| ending.eq_ignore_ascii_case(one)))
}

/// The files of a folder's `waivers/`, unless they are ignored or hidden.
fn waivers(home: &Path, root: &Path, prefix: &str, files: &mut Tree) -> Result<(), DiskError> {
    let folder = home.join(WAIVERS);
    if !folder.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Ok(());
    }
    let rules = Rules::above(&folder, Some(root))?;
    if rules.as_ref().is_some_and(|rules| !matches!(rules.say(&folder, true), Say::In)) {
        return Ok(());
    }
    let visit_one = |open: &Open| visit(open, &folder, Some(root));
    let (walk, _) = gather(&folder, root, &visit_one, rules)?;
    for (path, _) in walk.tree.iter() {
        if let Ok(bytes) = walk.tree.read(path) {
            files.insert(RepoPath::found(format!("{prefix}{WAIVERS}/{path}")), Mode::File, bytes);
        }
    }
    Ok(())
}
