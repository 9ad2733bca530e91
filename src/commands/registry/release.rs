//! `polity registry release`: the publish gate, then a signed statement of what the committed tree is.

use std::path::Path;

use semver::Version;

use crate::catalog::UnitKind;
use crate::catalog::trust::{Body, Release, Standing, UnitKey};
use crate::cli::ReleaseArgs;
use crate::config::compatible;
use crate::disk::Snapshot;
use crate::error::{Error, Exit, Kind};
use crate::tree::{Digest, Tree};

use super::desk::{Desk, desk};
use super::publish::{is_begun, publish, resume};
use super::{Env, bump, gate, unit};

/// Tests, signs and publishes one version of a template or policy.
pub(super) fn run(args: &ReleaseArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let desk = desk(env, &args.unit)?;
    let unit = unit_of(env, &args.unit, &desk)?;
    let tree = committed(&desk, &unit)?;
    let shown = format!("{}/{}", unit::folder(&unit), unit.0.manifest());
    let version = unit::manifest_version(&tree, unit.0).ok_or_else(|| Error::config(format!("{shown} says no version")))?;
    let version = Version::parse(&version).map_err(|e| Error::config(format!("{shown}: `{version}` is not a version: {e}")))?;
    let digest = tree.digest().map_err(|e| Error::io(format!("read {}", unit::folder(&unit)), e))?;
    if let Some(statement) = desk.known.state.claim(&unit, &version, &digest).map(|claim| &claim.id)
        && let Some(exit) = resume(&desk, statement, &unit::tag(&unit, &version), &args.publish, env)?
    {
        return Ok(exit);
    }
    if let Some((statement, begun)) = begun(&desk, &unit, &version, &digest) {
        if begun.tree_digest != digest {
            let title = format!("{} {version} was begun with another tree (statement {statement})", unit::folder(&unit));
            let help = format!("raise `version` in its {}: of two trees of one version none is chosen", unit.0.manifest());
            return Err(Error::usage(title).help(help));
        }
        if let Some(exit) = resume(&desk, statement, &unit::tag(&unit, &version), &args.publish, env)? {
            return Ok(exit);
        }
        let title = format!("{} {version} was begun and waits for further signatures", unit::folder(&unit));
        return Err(Error::usage(title).help("`polity registry cosign` adds them"));
    }
    fits(&desk, &unit, &version)?;
    bump::check(&desk, &unit, &version, &tree)?;
    let exit = gate::run(&unit, &args.unit, !args.no_checks, env)?;
    if exit != Exit::Clean {
        return Err(Error::new(
            Kind::Config,
            crate::finding::Diagnostic::new(format!("{} does not pass its own test", unit::folder(&unit)))
                .help("the lines above say where; nothing was signed"),
        ));
    }
    desk.cache.store(&tree).map_err(|e| Error::io("keep it in the cache", e))?;
    let tag = unit::tag(&unit, &version);
    let requires = unit::manifest_requires(&tree, unit.0);
    let release = Release { kind: unit.0, name: unit.1, version: version.to_string(), tree_digest: digest, requires };
    publish(&desk, Some(Body::Release(release)), Some(&tag), &args.publish, env)
}

/// The template or policy that a folder is, by its place in the registry.
pub(super) fn unit_of(env: &Env<'_>, folder: &Path, desk: &Desk) -> Result<UnitKey, Error> {
    let real = env.cwd.join(folder).canonicalize().map_err(|e| Error::io(format!("open `{}`", folder.display()), e))?;
    if let Some(id) = desk.rooted.as_ref().filter(|_| real == desk.root) {
        return Ok((UnitKind::Template, id.clone()));
    }
    let inside = real.strip_prefix(&desk.root).unwrap_or(&real).to_string_lossy().replace('\\', "/");
    let kinds = [UnitKind::Template, UnitKind::Policy, UnitKind::Layer];
    let found = kinds.into_iter().find_map(|kind| Some((kind, inside.strip_prefix(kind.folder())?.strip_prefix('/')?.to_owned())));
    let found = found.filter(|(kind, name)| !name.contains('/') && real.join(kind.manifest()).is_file());
    found.ok_or_else(|| {
        Error::usage(format!("`{}` is no `templates/<id>`, `policies/<id>` or `layers/<id>` of a registry", folder.display()))
            .help("a repository of one template names it in its registry.yaml: `template: <id>`")
    })
}

/// The tree of the last commit; in a plain folder, the folder as it is. What is not committed cannot be released.
fn committed(desk: &Desk, unit: &UnitKey) -> Result<Tree, Error> {
    let folder = unit::folder(unit);
    let working = Snapshot::folder(&desk.root).and_then(|s| s.below(&folder)).map_err(|e| Error::config(e.to_string()))?;
    if !desk.root.join(".git").exists() {
        return Ok(working);
    }
    let committed = Snapshot::checkout(&desk.root).and_then(|s| s.below(&folder)).map_err(|e| Error::config(e.to_string()))?;
    if committed.digest() == working.digest() {
        return Ok(committed);
    }
    if unit::same_but_line_ends(&committed, &working) {
        let help = "`* -text` in the registry's .gitattributes keeps git from turning them; commit it and check out again";
        return Err(Error::usage(format!("{folder} is checked out with other line ends than are committed")).help(help));
    }
    let help = "commit the changes, or put them away with `git stash`; files that git ignores count too";
    Err(Error::usage(format!("{folder} has changes that are not committed")).help(help))
}

/// A release of this version that lacks nothing but signers; of several one with another tree, since each may still come to count.
fn begun<'a>(desk: &'a Desk, (kind, name): &UnitKey, version: &Version, digest: &Digest) -> Option<(&'a Digest, &'a Release)> {
    let open = desk.known.set().iter().filter(|(id, _)| desk.known.state.refused.get(id).is_some_and(is_begun));
    let releases = open.filter_map(|(id, signed)| match &signed.statement.body {
        Body::Release(release) => Some((id, release)),
        _ => None,
    });
    let same = releases.filter(|(_, r)| (r.kind, &r.name, &r.version) == (*kind, name, &version.to_string()));
    same.max_by_key(|(_, release)| release.tree_digest != *digest)
}

/// Whether the version may come next: not there yet, and above what was released before and is compatible.
fn fits(desk: &Desk, unit: &UnitKey, version: &Version) -> Result<(), Error> {
    if desk.known.state.standing(unit, version, None) != Standing::Unknown {
        let help = format!("raise `version` in its {}", unit.0.manifest());
        return Err(Error::usage(format!("{} {version} is released already", unit::folder(unit))).help(help));
    }
    let same_major = desk.known.state.versions().filter(|(u, v)| *u == unit && compatible(v, version)).map(|(_, v)| v).max();
    match same_major.filter(|newest| *newest > version) {
        Some(newest) => Err(Error::usage(format!("{} {version} is below {newest}, which is released", unit::folder(unit)))),
        None => Ok(()),
    }
}
