//! The branch that is published from: others read the registry's default one and no other.

use std::time::Duration;

use crate::config::Address;
use crate::error::Error;
use crate::net::git;

use super::desk::Desk;

const DEADLINE: Duration = Duration::from_secs(20);

/// Refuses another branch than the registry's default one, which is asked for there, or else as the clone remembers it.
pub(super) fn check(desk: &Desk, online: bool) -> Result<(), Error> {
    let address = desk.federated.address(&desk.federated.federation.file.namespaces[&desk.namespace].url)?;
    let Address::Git { url, .. } = address else { return Ok(()) };
    if !desk.root.join(".git").exists() {
        return Ok(());
    }
    let read = |name: &str| git::run(&desk.root, &["symbolic-ref", "--quiet", name], DEADLINE).map(|said| said.trim().to_owned());
    let remembered = || Some(format!("refs/heads/{}", read("refs/remotes/origin/HEAD").ok()?.strip_prefix("refs/remotes/origin/")?));
    let asked = if online { git::default_branch(&desk.root, &url, DEADLINE).ok().flatten() } else { None };
    let own = read("HEAD").map_err(|_| {
        Error::usage(format!("`{}` has no branch checked out", desk.root.display())).help("check out the registry's default branch")
    })?;
    let short = |name: &str| name.trim_start_matches("refs/heads/").to_owned();
    match asked.or_else(remembered).filter(|default| *default != own) {
        None => Ok(()),
        Some(default) => {
            let title = format!("`{}` is not the default branch of {url}, which is `{}`", short(&own), short(&default));
            let help = format!("others would not see it: merge it into `{}` and publish from there", short(&default));
            Err(Error::usage(title).help(help))
        }
    }
}
