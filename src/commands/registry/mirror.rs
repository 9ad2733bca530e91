//! `polity registry mirror`: what this machine knows of a namespace as plain files, for any web server or stick. Needs no key.

use std::path::Path;

use crate::catalog::trust::{FOLDER, files};
use crate::cli::MirrorArgs;
use crate::disk::{Cache, object_name, parse_list, write_file_by};
use crate::error::{Error, Exit};
use crate::report::human::count;
use crate::tree::Digest;

use super::bring::usable;
use super::federation::{cache, expect};
use super::site::{REGISTRY, STATEMENTS};
use super::unit::folder;
use super::{Env, print};

/// Writes bytes first and the file that names them last, each in one step: whoever reads meanwhile sees the old mirror or the new one.
pub(super) fn run(args: &MirrorArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let (federated, cache) = (expect(env)?, cache()?);
    let namespace = federated.chosen(std::slice::from_ref(&args.namespace))?.remove(0);
    let known = federated.known(&cache, &namespace)?;
    if known.trust.is_none() {
        let help = "list signers for it, or mirror its registry with git";
        let title = format!("namespace `{namespace}` has no signers, so nothing would say what the files of a mirror are");
        return Err(Error::config(title).help(help));
    }
    if known.set().is_empty() {
        return Err(Error::config(format!("nothing is known of the namespace `{namespace}`"))
            .help(format!("run `polity registry sync {namespace}`")));
    }
    let target = env.cwd.join(&args.dir);
    free(&target, args)?;
    let (mut done, mut lost) = (0, Vec::new());
    for (unit, version, tree) in usable(&known.state) {
        if put_tree(&cache, &target, &tree)? { done += 1 } else { lost.push(format!("{} {version}", folder(unit))) }
    }
    put(&target, REGISTRY, format!("namespace: {namespace}\n").as_bytes())?;
    let lines = known.set().iter().flat_map(|(_, signed)| files(signed)).map(|(name, text)| {
        let name = name.rsplit('/').next().unwrap_or(&name).to_owned();
        format!("{}\n", serde_json::Value::from(vec![name, text.to_string()]))
    });
    put(&target, STATEMENTS, lines.collect::<String>().as_bytes())?;
    let (releases, statements) = (count(done, "release", "releases"), count(known.set().len(), "statement", "statements"));
    let mut text = format!("mirrored {namespace} to {}: {releases}, {statements}, {}\n", args.dir.display(), known.freshness);
    lost.iter().for_each(|unit| text += &format!("  {unit} is left out: its bytes are not in the cache\n"));
    print(env, &text)?;
    Ok(if lost.is_empty() { Exit::Clean } else { Exit::Findings })
}

/// Refuses a registry's working copy: its next release would publish the mirror's files.
fn free(target: &Path, args: &MirrorArgs) -> Result<(), Error> {
    let has = |name: &str| target.join(name).is_dir();
    let is_source = target.join(REGISTRY).is_file() && [FOLDER, "templates", "policies", "layers"].into_iter().any(has);
    if !is_source {
        return Ok(());
    }
    let title = format!("`{}` is the folder of a registry, and a mirror would lie among its files", args.dir.display());
    Err(Error::usage(title).help("name a folder that holds nothing else, for example `public`"))
}

/// Writes a tree's files, then the list that names them; says whether all of it is at hand.
fn put_tree(cache: &Cache, target: &Path, tree: &Digest) -> Result<bool, Error> {
    let Some(list) = cache.bytes(tree) else { return Ok(false) };
    let rows = std::str::from_utf8(&list).ok().and_then(parse_list).unwrap_or_default();
    for (_, digest) in rows.values() {
        let Some(bytes) = cache.bytes(digest) else { return Ok(false) };
        put(target, &object_name(digest), &bytes)?;
    }
    put(target, &object_name(tree), &list)?;
    Ok(true)
}

fn put(target: &Path, name: &str, bytes: &[u8]) -> Result<(), Error> {
    let place = target.join(name);
    if std::fs::read(&place).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let folder = place.parent().unwrap_or(target);
    let write = || std::fs::create_dir_all(folder).and_then(|()| write_file_by(&place, folder, bytes));
    write().map_err(|e| Error::io(format!("write `{}`", place.display()), e))
}
