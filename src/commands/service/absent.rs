//! What to do where a file of a service is not there.

use std::path::Path;

use crate::config::{LOCK_FILE, SERVICE_FILE};
use crate::disk::update::Ground;
use crate::tree::RepoPath;

/// The next action: the missing half of a service comes back, the service lies further up, or there is none yet.
pub(super) fn help(ground: &Ground, dir: &Path) -> String {
    if let Some(name) = [SERVICE_FILE, LOCK_FILE]
        .iter()
        .find(|name| ground.committed(&RepoPath::found((**name).to_owned())).is_ok_and(|file| file.is_some()))
    {
        let other = if *name == SERVICE_FILE { LOCK_FILE } else { SERVICE_FILE };
        return format!(
            "{name} is committed and the two belong together: `git checkout -- {other}`, or `git log -- {other}` where it was removed"
        );
    }
    let above = ground.folder().ancestors().skip(1).position(|folder| folder.join(LOCK_FILE).is_file());
    match above {
        Some(steps) => {
            let up = vec![".."; steps + 1].join("/");
            let place = if dir == Path::new(".") { up } else { dir.join(up).display().to_string() };
            format!("the service is `{place}`: name that folder")
        }
        None => "`polity adopt TEMPLATE` makes a repository that was born without polity a service of a template".to_owned(),
    }
}
