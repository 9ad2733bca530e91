//! `--update`: copies policies from a `file:` address into the first policy folder. Every other address is refused by name.

use std::path::Path;

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
        copy(Path::new(local), target).map_err(|e| format!("{local}: {e}")).doing(context)?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    if !from.is_dir() {
        return std::fs::copy(from, to.join(from.file_name().unwrap_or_default())).map(drop);
    }
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()))?;
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name())).map(drop)?;
        }
    }
    Ok(())
}
