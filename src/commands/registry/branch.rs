//! The branch that is published from: others read the registry's default one and no other. Asking for it shows whether the registry answers.

use std::time::Duration;

use crate::cli::PublishArgs;
use crate::config::Address;
use crate::error::Error;
use crate::net::git;

use super::Env;
use super::desk::Desk;
use super::progress::spinner;

const DEADLINE: Duration = Duration::from_secs(20);

/// Whether something can be sent now.
pub(super) enum Reach {
    /// The registry answered, or there is nothing to be sent to.
    Now,
    /// It waits in the outbox, for this reason.
    Later(String),
}

/// Refuses another branch than the registry's default one, which is asked for there, or else as the clone remembers it.
pub(super) fn check(desk: &Desk, args: &PublishArgs, env: &Env<'_>) -> Result<Reach, Error> {
    let address = desk.federated.address(&desk.federated.federation.file.namespaces[&desk.namespace].url)?;
    let Address::Git { url, .. } = address else { return Ok(Reach::Now) };
    if !desk.root.join(".git").exists() {
        // A push from here would send another repository, or none.
        let title = format!("`{}` is not the root of a git repository, and `{}` publishes at {url}", desk.root.display(), desk.namespace);
        return Err(Error::usage(title).help("a registry is a repository of its own: publish from a clone of that address"));
    }
    let read = |name: &str| git::run(&desk.root, &["symbolic-ref", "--quiet", name], DEADLINE).map(|said| said.trim().to_owned());
    let remembered = || Some(format!("refs/heads/{}", read("refs/remotes/origin/HEAD").ok()?.strip_prefix("refs/remotes/origin/")?));
    let (asked, reach) = if args.no_push || env.offline {
        (None, Reach::Later("not pushed".to_owned()))
    } else {
        // A publication can wait, so it does not wait for an answer that may never come.
        let deadline = if url.starts_with("file:") { DEADLINE } else { Duration::from_secs(args.timeout) };
        let bar = spinner(env, format!("asking {url}, {} s at most", deadline.as_secs()));
        let asked = git::default_branch(&desk.root, &url, deadline);
        bar.finish_and_clear();
        asked.map_or_else(|error| (None, Reach::Later(error.to_string())), |branch| (branch, Reach::Now))
    };
    let own = read("HEAD").map_err(|_| {
        Error::usage(format!("`{}` has no branch checked out", desk.root.display())).help("check out the registry's default branch")
    })?;
    let short = |name: &str| name.trim_start_matches("refs/heads/").to_owned();
    match asked.or_else(remembered).filter(|default| *default != own) {
        None => Ok(reach),
        Some(default) => {
            let title = format!("`{}` is not the default branch of {url}, which is `{}`", short(&own), short(&default));
            let help = format!("others would not see it: merge it into `{}` and publish from there", short(&default));
            Err(Error::usage(title).help(help))
        }
    }
}
