//! `--update`: copies policies from a `file:` address into the first policy folder. Every other address is refused by name.

use std::path::Path;

use crate::disk::write_file;

use super::{Doing as _, Failure};

/// Copies from every address.
pub(super) fn run(addresses: &[String], policies: &[String]) -> Result<(), Failure> {
    let context = "update policies";
    for address in addresses {
        let local = address.strip_prefix("file::").unwrap_or(address);
        let local = local.strip_prefix("file://").unwrap_or(local);
        if local == address && !address.starts_with("file:") {
            return Err(Failure(format!("{context}: polity fetches policies from `file:` addresses only, not from `{address}`")));
        }
        let target = Path::new(policies.first().map_or("policy", String::as_str));
        // conftest's downloader leaves a link to a folder; what it links to must stay as it is.
        if std::fs::symlink_metadata(target).is_ok_and(|m| m.is_symlink()) {
            std::fs::remove_file(target).doing(context)?;
        }
        let source = Path::new(local).canonicalize().map_err(|e| format!("{local}: {e}")).doing(context)?;
        copy(&source, target).map_err(|e| format!("{local}: {e}")).doing(context)?;
    }
    Ok(())
}

/// Copies a file or a folder into a folder. What stands there and is the very same thing stays; a link makes room, so that nothing is written
/// through it.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    let real = to.canonicalize()?;
    if !from.is_dir() {
        return one(from, &real);
    }
    if real == from.canonicalize()? {
        return Ok(());
    }
    // Listed before anything is written: the target may lie within.
    for entry in std::fs::read_dir(from)?.collect::<Result<Vec<_>, _>>()? {
        if !entry.file_type()?.is_dir() {
            one(&entry.path(), &real)?;
        } else if !real.starts_with(entry.path()) {
            copy(&entry.path(), &real.join(entry.file_name()))?;
        }
    }
    Ok(())
}

fn one(from: &Path, folder: &Path) -> std::io::Result<()> {
    let target = folder.join(from.file_name().unwrap_or_default());
    let is_link = target.symlink_metadata().is_ok_and(|found| found.is_symlink());
    if !is_link && target.canonicalize().is_ok_and(|found| from.canonicalize().is_ok_and(|from| from == found)) {
        return Ok(());
    }
    let bytes = std::fs::read(from)?;
    if is_link {
        std::fs::remove_file(&target)?;
    }
    write_file(&target, &mut |out| out.write_all(&bytes))
}
