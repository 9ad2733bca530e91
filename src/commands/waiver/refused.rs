//! What `polity waiver add` does not write: a waiver that would waive nothing, that somebody wrote already, or that is about two policies.

use crate::cli::WaiverAddArgs;
use crate::commands::{Env, policies};
use crate::config::{Date, Format, SERVICE_FILE, WaiverFile, load};
use crate::disk;
use crate::error::Error;
use crate::finding::{SourceText, calls};

/// Refuses what is empty.
pub(super) fn empty(args: &WaiverAddArgs) -> Result<(), Error> {
    let given = [("--because", &args.because), ("--owner", &args.owner), ("--ticket", &args.ticket)];
    match given.into_iter().find(|(_, text)| text.trim().is_empty()) {
        Some((name, _)) => {
            Err(Error::usage(format!("`{name}` is empty")).help("a waiver says why, who answers for it, and where it is followed up"))
        }
        None => Ok(()),
    }
}

/// Refuses to write where no waiver counts.
pub(super) fn place(env: &Env<'_>) -> Result<(), Error> {
    let folder = env.cwd.join("waivers");
    if folder.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir()) {
        let error = Error::config("`waivers` is no folder, and what stands there waives nothing");
        return Err(error.help("put a folder in the place of the link or file"));
    }
    let is_inside = disk::enclosing_repository(&env.cwd).is_some_and(|root| root != env.cwd);
    if is_inside && !env.cwd.join(SERVICE_FILE).exists() {
        let error = Error::usage("this folder is neither a repository nor a service, and no waiver counts in it");
        return Err(error.help("stand at the root of the repository, or of the service that has the file"));
    }
    Ok(())
}

/// Refuses an id that several policies have. Whether there is such a policy at all is nothing to refuse a waiver for.
pub(super) fn ambiguous(policy: &str, env: &Env<'_>) -> Result<(), Error> {
    let sources = policies::sources(env, &env.cwd, &[], &[]).unwrap_or_default();
    let full = sources.iter().map(|source| format!("{}/{}", source.namespace, source.id));
    let called: Vec<_> = full.filter(|full| calls(policy, full)).map(|full| format!("`{full}`")).collect();
    if called.len() < 2 {
        return Ok(());
    }
    let help = format!("name one of them in full: {}", called.join(", "));
    Err(Error::usage(format!("more than one policy is called `{policy}`")).help(help))
}

/// Refuses what lasts longer than the policy layers allow: it would waive nothing until it ends by then.
pub(super) fn long(expires: Date, today: Date, most: Option<i64>) -> Result<(), Error> {
    match most.filter(|most| expires.since(today) > *most) {
        Some(most) => {
            let latest = today.plus(most);
            let error = Error::usage(format!("the policy layers allow {most} days, and {expires} is later"));
            Err(error.help(format!("the latest day is {latest}: `--expires {latest}`")))
        }
        None => Ok(()),
    }
}

/// Refuses what a file of `waivers/` says already.
pub(super) fn twice(text: &str, env: &Env<'_>) -> Result<(), Error> {
    let Ok(walk) = disk::read_folder(&env.cwd.join("waivers")) else { return Ok(()) };
    let says = |bytes: &[u8]| {
        let (file, _) = load::<WaiverFile>(&SourceText::new("waiver", std::str::from_utf8(bytes).ok()?), Format::Yaml).ok()?;
        serde_yaml::to_string(&file).ok()
    };
    let same = walk.tree.iter().find(|(path, _)| walk.tree.read(path).is_ok_and(|bytes| says(&bytes).as_deref() == Some(text)));
    match same {
        Some((path, _)) => Err(Error::usage(format!("`waivers/{path}` says so already"))),
        None => Ok(()),
    }
}
