//! A release that a killed run signed and did not commit. The commit of another one would publish it without the tag of what it releases,
//! and nobody could have it once its folder changed.

use std::time::Duration;

use crate::catalog::trust::{Body, FOLDER};
use crate::error::Error;
use crate::net::git;
use crate::tree::Digest;

use super::desk::Desk;
use super::unit;

const DEADLINE: Duration = Duration::from_secs(60);

/// Refuses to go on before it is finished, unless it is the one of this tag.
pub(super) fn refuse_others(desk: &Desk, tag: Option<&str>) -> Result<(), Error> {
    if !desk.root.join(".git").exists() {
        return Ok(());
    }
    let args = ["status", "--porcelain", "--untracked-files=all", "--ignored=matching", "--", FOLDER];
    let said = git::run(&desk.root, &args, DEADLINE).map_err(|e| Error::io("look for statements", e))?;
    for id in said.lines().filter_map(|row| Digest::parse(row.rsplit('/').next()?.strip_suffix(".json")?).ok()) {
        let Some(Body::Release(release)) = desk.known.set().get(&id).map(|signed| &signed.statement.body) else { continue };
        let (unit, version) = ((release.kind, release.name.clone()), &release.version);
        let folder = unit::folder(&unit);
        if tag == Some(&*format!("{folder}/{version}")) {
            continue;
        }
        let title = format!("the release of {folder} {version} was signed here and not finished (statement {id})");
        return Err(Error::usage(title)
            .help(format!("`polity registry release {folder}` finishes it"))
            .help(format!("where its folder has changed since, `git clean -x -f -- {FOLDER}` forgets it: nobody else has seen it")));
    }
    Ok(())
}
