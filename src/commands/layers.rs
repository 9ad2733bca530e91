//! The policy layers that hold for a repository: those of the federation, those that services subscribe to, and what services say
//! themselves. A layer that is named and does not load is an error.

use std::collections::{BTreeMap, BTreeSet};

use semver::{Version, VersionReq};

use crate::catalog::UnitKind;
use crate::config::{Date, Format, LayerFile, Node, SERVICE_FILE, ServiceFile, Step, load};
use crate::error::{Error, Kind};
use crate::finding::{Diagnostic, Location, SourceText};
use crate::policy::{Layer, Policy, Repository, Rules};
use crate::tree::{RepoPath, Tree};

use super::shelf::{Shelf, shelf};
use super::{Env, federated, federation, policies};

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

/// Everything that layers say about a repository. They may name every policy of `names`, also one that this run left out.
pub(super) fn rules(env: &Env<'_>, repository: &Repository, loaded: &[Policy], names: &[Name], today: Date) -> Result<Rules, Error> {
    let mut rules = Rules { today, ..Rules::default() };
    let fetch = |name: &str, place: Location| -> Result<Layer, Error> {
        let found = read(shelf(env)?, name);
        found.map_err(|reason| {
            let diagnostic = Diagnostic::new(format!("policy layer `{name}` cannot be loaded")).at(place);
            // A namespace that cannot be used is the better reason.
            let unusable = federated::demand_namespace(env, name).err().and_then(|error| error.diagnostics.into_iter().next());
            let told = match unusable {
                Some(why) => why.helps.into_iter().fold(diagnostic.note(why.title), Diagnostic::help),
                None => diagnostic.note(reason),
            };
            Error::new(Kind::Config, told)
        })
    };
    if let Some(federated) = federation::find(env)? {
        let federation = &federated.federation;
        for (index, name) in federation.file.layers.iter().enumerate() {
            rules.shared.push(fetch(name, federation.source.location(federation.layer_span(index), "named here"))?);
        }
    }
    for root in repository.roots() {
        let Some((source, file, node)) = described(repository.tree(), root) else { continue };
        let mut own = Vec::new();
        for (index, name) in file.policies.iter().flat_map(|rules| &rules.layers).enumerate() {
            let steps = [Step::Key("policies".to_owned()), Step::Key("layers".to_owned()), Step::Index(index)];
            own.push(fetch(name, source.location(node.span_of(&steps), "named here"))?);
        }
        own.extend(Layer::own(source, &file, &node)?);
        if !own.is_empty() {
            rules.own.insert(root.clone(), own);
        }
    }
    if rules.all().next().is_some() {
        for layer in rules.all() {
            layer.fits(names, loaded).map_err(|diagnostic| Error::new(Kind::Config, *diagnostic))?;
        }
    }
    Ok(rules)
}

/// The facts of every service whose description loads, by root.
pub(super) fn facts(repository: &Repository) -> BTreeMap<String, ServiceFile> {
    let read = |root: &String| Some((root.clone(), described(repository.tree(), root)?.1));
    repository.roots().iter().filter_map(read).collect()
}

/// A `polity.yaml` that loads; one that does not is reported by the check itself.
fn described(tree: &Tree, root: &str) -> Option<(SourceText, ServiceFile, Node)> {
    let path = if root.is_empty() { SERVICE_FILE.to_owned() } else { format!("{root}/{SERVICE_FILE}") };
    let bytes = tree.read(&RepoPath::found(path.clone())).ok()?;
    let source = SourceText::new(path, std::str::from_utf8(&bytes).ok()?);
    let (file, node) = load::<ServiceFile>(&source, Format::Yaml).ok()?;
    Some((source, file, node))
}

/// A layer by `namespace/id@version`; the version is the least that will do, in its major version. Of several that will do the newest is
/// taken, and a newer one that will not is no obstacle.
fn read(shelf: &Shelf, name: &str) -> Result<Layer, String> {
    let (id, version) = name.split_once('@').map_or((name, None), |(id, version)| (id, Some(version)));
    let parse = |text: &str| VersionReq::parse(&format!("^{text}")).map_err(|_| format!("`{text}` is no version such as `3` or `3.1.0`"));
    let wanted = version.map(parse).transpose()?;
    let mut unit = shelf.catalog.find(UnitKind::Layer, id).map_err(|error| {
        let diagnostic = error.into_diagnostic();
        [vec![diagnostic.title], diagnostic.helps].concat().join("; ")
    })?;
    let released = shelf.namespace(&unit.namespace).zip(wanted.as_ref());
    if let Some(tree) =
        released.and_then(|(namespace, wanted)| namespace.fitting(&(UnitKind::Layer, unit.id.clone()), |v| wanted.matches(v)))
    {
        unit.tree = tree;
    }
    let shown = format!("{}/layer.yaml", unit.folder);
    let bytes = unit.tree.read(&RepoPath::found("layer.yaml".to_owned())).map_err(|error| format!("{shown}: {error}"))?;
    let source = SourceText::new(shown, std::str::from_utf8(&bytes).map_err(|error| error.to_string())?);
    let say = |error: crate::config::ConfigError| {
        let place = error.0.locations.first().map_or_else(String::new, |l| format!("{}:{}:{}: ", l.path, l.start.line, l.start.column));
        format!("{place}{}", error.0.title)
    };
    let layer = Layer::load(&unit.name(), source.clone()).map_err(say)?;
    let (file, _) = load::<LayerFile>(&source, Format::Yaml).map_err(say)?;
    let at_hand: Version = file.version;
    match wanted {
        Some(wanted) if !wanted.matches(&at_hand) => Err(format!("version {at_hand} is at hand, and {wanted} was asked for")),
        _ => Ok(layer),
    }
}
