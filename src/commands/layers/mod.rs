//! The policy layers that hold for a repository: those of the federation, those that services subscribe to, and what services say
//! themselves. A layer that is named and does not load is an error.

mod find;
mod lock;

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{Date, Format, Node, SERVICE_FILE, ServiceFile, Step, load};
use crate::error::{Error, Kind};
use crate::finding::{Diagnostic, Location, SourceText};
use crate::policy::{Layer, Policy, Repository, Rules};
use crate::tree::{RepoPath, Tree};

use super::locked::Pins;
use super::shelf::shelf;
use super::{Env, federated, federation, policies};

pub(super) use lock::{compare, locked};

/// The day by this machine's clock, in UTC, unless the user names another.
pub(super) fn today(named: Option<Date>) -> Date {
    named.unwrap_or_else(|| Date::of_unix(federation::now().unix()))
}

/// A policy's namespace and id.
pub(super) type Name = (String, String);

/// The names of policies, sorted.
pub(super) fn names(sources: &[policies::Source]) -> Vec<Name> {
    let names: BTreeSet<_> = sources.iter().map(|source| (source.namespace.clone(), source.id.clone())).collect();
    names.into_iter().collect()
}

/// Everything that layers say about a repository. They may name every policy of `names`, also one that this run left out. With `pins` the
/// layers are those that are locked.
pub(super) fn rules(
    env: &Env<'_>,
    repository: &Repository,
    loaded: &[Policy],
    names: &[Name],
    today: Date,
    pins: Option<&Pins>,
) -> Result<Rules, Error> {
    let mut rules = Rules { today, above: repository.above().clone(), ..Rules::default() };
    let fetch = |name: &str, place: Location| -> Result<Layer, Error> {
        let found = find::find(shelf(env)?, name, pins).and_then(|found| found.layer());
        found.map_err(|why| {
            // A namespace that cannot be used is the better reason.
            let unusable = federated::demand_namespace(env, name).err().and_then(|error| error.diagnostics.into_iter().next());
            Error::new(Kind::Config, unloaded(name, place, unusable.unwrap_or(*why)))
        })
    };
    if let Some(federated) = federation::find(env)? {
        let federation = &federated.federation;
        for (index, name) in federation.file.layers.iter().enumerate() {
            rules.shared.push(fetch(name, federation.source.location(federation.layer_span(index), "named here"))?);
        }
    }
    let around = repository.around().and_then(|source| Some((String::new(), read(source)?)));
    let inside = repository.roots().iter().filter_map(|root| Some((root.clone(), described(repository.tree(), root)?)));
    for (root, (source, file, node)) in around.into_iter().chain(inside) {
        let mut own = Vec::new();
        for (index, name) in file.policies.iter().flat_map(|rules| &rules.layers).enumerate() {
            let steps = [Step::Key("policies".to_owned()), Step::Key("layers".to_owned()), Step::Index(index)];
            own.push(fetch(name, source.location(node.span_of(&steps), "named here"))?);
        }
        own.extend(Layer::own(source, home(repository, &root), &file, &node)?);
        if !own.is_empty() {
            rules.own.insert(root, own);
        }
    }
    for layer in rules.all() {
        layer.fits(names, loaded).map_err(|diagnostic| Error::new(Kind::Config, *diagnostic))?;
        for entry in layer.idle(names) {
            env.notice(format!("{}: no policy at hand fits `{}`", entry.origin, entry.demand.policy));
        }
    }
    Ok(rules)
}

/// A layer that does not load: the place in the layer, where there is one, and the one that names it.
fn unloaded(name: &str, named: Location, why: Diagnostic) -> Diagnostic {
    let title = format!("policy layer `{name}` cannot be loaded");
    let told = match why.locations.is_empty() {
        true => Diagnostic::new(title).at(named).note(why.title),
        false => why.locations.into_iter().chain([named]).fold(Diagnostic::new(format!("{title}: {}", why.title)), Diagnostic::at),
    };
    let told = why.notes.into_iter().fold(told, Diagnostic::note);
    why.helps.into_iter().fold(told, Diagnostic::help)
}

/// The folder of the service whose root in the checked folder is `root`, by its path in the repository.
fn home(repository: &Repository, root: &str) -> String {
    let above = repository.above();
    let around = above.service.as_ref().filter(|_| root.is_empty() && repository.around().is_some());
    around.cloned().unwrap_or_else(|| above.folder(root))
}

/// The facts of every service whose description loads, by root; those of the service around the folder by the empty one.
pub(super) fn facts(repository: &Repository) -> BTreeMap<String, ServiceFile> {
    let inside = |root: &String| Some((root.clone(), described(repository.tree(), root)?.1));
    let around = repository.around().and_then(|source| Some((String::new(), read(source)?.1)));
    around.into_iter().chain(repository.roots().iter().filter_map(inside)).collect()
}

/// A `polity.yaml` that loads; one that does not is reported by the check itself.
fn described(tree: &Tree, root: &str) -> Option<(SourceText, ServiceFile, Node)> {
    let path = if root.is_empty() { SERVICE_FILE.to_owned() } else { format!("{root}/{SERVICE_FILE}") };
    let bytes = tree.read(&RepoPath::found(path.clone())).ok()?;
    read(SourceText::new(path, std::str::from_utf8(&bytes).ok()?))
}

fn read(source: SourceText) -> Option<(SourceText, ServiceFile, Node)> {
    let (file, node) = load::<ServiceFile>(&source, Format::Yaml).ok()?;
    Some((source, file, node))
}
