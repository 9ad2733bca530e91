//! What to do where a file of a service, or what was rendered for one, is not there.

use std::path::Path;

use crate::config::{LOCK_FILE, SERVICE_FILE};
use crate::disk::update::Ground;
use crate::error::Error;
use crate::tree::RepoPath;

use super::Service;

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

/// What was rendered for these files is nowhere.
pub(super) fn lost(service: &Service, lost: &[RepoPath]) -> Error {
    let names: Vec<_> = lost.iter().take(5).map(|path| format!("`{path}`")).collect();
    let more = if lost.len() > names.len() { ", …" } else { "" };
    let version = format!("{} {}", service.record.from, service.record.version);
    let error = Error::config(format!("what {version} rendered is not at hand for {}{more}", names.join(", ")));
    let partial = "`git log -p > log` brings it, since this clone leaves contents out until git shows them";
    let error = if service.ground.is_partial() { error.help(partial) } else { error };
    error
        .help("`git fetch --unshallow` brings the history that holds it, if this clone has only a part of it")
        .help("who made the last update has it: `git push origin refs/polity/pristine` there, `git fetch origin refs/polity/pristine` here")
        .help(format!("`--registry DIR` with {version} renders it again"))
}
