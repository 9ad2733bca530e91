//! Templates and policies of the federation's namespaces, from the cache, as registries beside the embedded one.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalog::trust::Freshness;
use crate::catalog::{Registry, UnitKind};
use crate::config::{Capability, NamespaceRules};
use crate::disk::Cache;
use crate::error::Error;
use crate::tree::{ReadError, RepoPath, Source, Tree};

use super::Env;
use super::federation::{self, Federated, Known};

/// The registries of the federation around the working directory; none without a federation.
///
/// Says in one line how fresh they are. A namespace that cannot be used is named, and the others go on working. `own` is left out: the
/// namespace of a working copy that stands in for what was synced of it.
pub(super) fn registries(env: &Env<'_>, own: Option<&str>) -> Result<Vec<Registry>, Error> {
    let Some(federated) = federation::find(env)? else { return Ok(Vec::new()) };
    let (mut found, mut marks, cache) = (Vec::new(), Vec::new(), federation::cache()?);
    for (namespace, rules) in federated.federation.file.namespaces.iter().filter(|(name, _)| own != Some(name.as_str())) {
        let known = federated.known(&cache, namespace)?;
        marks.push(format!("{namespace} {}", known.freshness));
        if known.trust.is_none() {
            env.notice(format!("namespace `{namespace}` has no signers: whoever can write to its registry decides what it holds"));
        }
        if known.freshness.is_usable() {
            found.push(registry(&cache, namespace, rules, &known));
        } else {
            let (title, help) = unusable(&federated, namespace, known.freshness);
            env.notice(format!("{title}; {help}"));
        }
    }
    if !marks.is_empty() {
        env.notice(format!("registries: {}", marks.join(", ")));
    }
    Ok(found)
}

/// Refuses to go on when a namespace that may bring policies cannot be used: rules that did not load must not look like rules that found
/// nothing.
pub(super) fn demand_policies(env: &Env<'_>) -> Result<(), Error> {
    let Some(federated) = federation::find(env)? else { return Ok(()) };
    let cache = federation::cache()?;
    for (namespace, rules) in &federated.federation.file.namespaces {
        let known = federated.known(&cache, namespace)?;
        if rules.capabilities.contains(&Capability::Policies) && !known.freshness.is_usable() {
            let (title, help) = unusable(&federated, namespace, known.freshness);
            return Err(Error::config(title).help(help));
        }
    }
    Ok(())
}

fn unusable(federated: &Federated, namespace: &str, freshness: Freshness) -> (String, String) {
    let help = format!("run `polity registry sync {namespace}`");
    match freshness {
        Freshness::Never => (format!("namespace `{namespace}` of {} was never synced", federated.federation.source.path()), help),
        other => (format!("what is known of the namespace `{namespace}` is too old: {other}"), help),
    }
}

/// The newest version of every unit that may be chosen and whose bytes are at hand, as far as the namespace may bring its kind.
fn registry(cache: &Cache, namespace: &str, rules: &NamespaceRules, known: &Known) -> Registry {
    let may = |kind: UnitKind| {
        rules.capabilities.contains(if kind == UnitKind::Template { &Capability::Templates } else { &Capability::Policies })
    };
    let mut units: BTreeMap<String, Tree> = BTreeMap::new();
    if known.trust.is_some() {
        for unit in known.state.units().filter(|(kind, _)| may(*kind)) {
            let tree = known.state.choices(unit).find_map(|(_, tree)| if cache.has_tree(&tree) { cache.tree(&tree) } else { None });
            units.extend(tree.map(|tree| (format!("{}/{}", unit.0.folder(), unit.1), tree)));
        }
    } else {
        for unit in known.record.iter().flat_map(|record| &record.units).filter(|unit| may(unit.kind)) {
            units.extend(cache.tree(&unit.tree).map(|tree| (format!("{}/{}", unit.kind.folder(), unit.name), tree)));
        }
    }
    let mut tree = Tree::new();
    let source: Arc<dyn Source> = Arc::new(Units { trees: units.clone() });
    for (folder, unit) in &units {
        for (path, entry) in unit.iter() {
            tree.insert_lazy(RepoPath::found(format!("{folder}/{path}")), entry.mode, entry.size, source.clone());
        }
    }
    Registry { namespace: namespace.to_owned(), origin: rules.url.clone(), tree }
}

/// Reads `templates/<name>/<path>` from the tree of the unit.
struct Units {
    trees: BTreeMap<String, Tree>,
}

impl Source for Units {
    fn read(&self, path: &RepoPath) -> Result<Arc<[u8]>, ReadError> {
        let second = path.as_str().match_indices('/').nth(1).ok_or(ReadError::Missing)?.0;
        let (folder, inside) = (&path.as_str()[..second], &path.as_str()[second + 1..]);
        self.trees.get(folder).ok_or(ReadError::Missing)?.read(&RepoPath::found(inside.to_owned()))
    }
}
