//! Minimum version selection: each requirement is a minimum, the answer is the maximum of the minimums.
//!
//! The result does not depend on the order of requirements, nor on releases that nobody asks for, and needs no solver.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use crate::config::{Requirement, compatible};

/// The longest chain of templates that require each other.
const MAX_DEPTH: usize = 200;

/// One version of a template that may be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its version.
    pub version: Version,
    /// What it requires in turn.
    pub requires: Vec<Requirement>,
}

/// A requirement, and how the search got to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The template and the minimum.
    pub wanted: Requirement,
    /// The releases from the root to the one that requires; empty for the root itself.
    pub path: Vec<Requirement>,
    /// The version that this demand alone leads to.
    pub met: Version,
}

/// What was selected, and every demand that had a part in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The releases, each template once, lower ones first, ties in the order of the requirements.
    pub order: Vec<Requirement>,
    asks: Vec<Ask>,
    parents: BTreeMap<Requirement, Requirement>,
}

/// A demand as the search keeps it: with who asks alone, since most paths are never looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ask {
    wanted: Requirement,
    by: Option<Requirement>,
    met: Version,
}

impl Selection {
    /// The demands for a template in the order of the search.
    pub fn demands_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Demand> + 'a {
        self.asks.iter().filter(move |ask| ask.wanted.name == name).map(|ask| demand(ask, &self.parents))
    }
}

/// The demand with the way from the root to it.
fn demand(ask: &Ask, parents: &BTreeMap<Requirement, Requirement>) -> Demand {
    let mut path: Vec<Requirement> = ask.by.iter().cloned().collect();
    while let Some(above) = path.last().and_then(|last| parents.get(last)) {
        path.push(above.clone());
    }
    path.reverse();
    Demand { wanted: ask.wanted.clone(), path, met: ask.met.clone() }
}

/// Why there is no selection. `E` is what the caller says of candidates that could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectError<E> {
    /// Two templates need incompatible versions of a third.
    #[error("layers need different {} versions of `{}`", if is_early(first, second) { "minor" } else { "major" }, first.wanted.name)]
    Majors {
        /// Who asked first.
        first: Box<Demand>,
        /// Who asked otherwise.
        second: Box<Demand>,
    },
    /// No version at hand is new enough and compatible.
    #[error("`{}` {} or newer within the same {} version is not at hand, {}", wanted.name, wanted.version, if wanted.version.major == 0 { "minor" } else { "major" }, at_hand(.found))]
    TooOld {
        /// The template and the minimum.
        wanted: Requirement,
        /// What is there.
        found: Vec<Version>,
        /// Who asks.
        path: Vec<Requirement>,
    },
    /// A template requires itself, perhaps by way of others.
    #[error("layers require each other: {}", names(path))]
    Cycle {
        /// The releases of the circle; the first is also the last.
        path: Vec<Requirement>,
    },
    /// The chain of requirements is too long.
    #[error("more than {MAX_DEPTH} layers stand on each other, from `{}` to `{}`", path[0].name, path[path.len() - 1].name)]
    Depth {
        /// The chain.
        path: Vec<Requirement>,
    },
    /// The candidates could not be had.
    #[error("the candidates could not be had")]
    Candidates(E),
}

/// Whether both demands are below 1.0.0, where the minor version decides.
fn is_early(first: &Demand, second: &Demand) -> bool {
    first.wanted.version.major == 0 && second.wanted.version.major == 0
}

fn at_hand(versions: &[Version]) -> String {
    let all: Vec<_> = versions.iter().map(ToString::to_string).collect();
    if all.is_empty() { "and no other version either".to_owned() } else { format!("only {}", all.join(", ")) }
}

fn names(path: &[Requirement]) -> String {
    path.iter().map(|release| release.name.as_str()).collect::<Vec<_>>().join(" → ")
}

/// What there is to select from.
pub trait Offers {
    /// Why the candidates of a name cannot be had.
    type Error;

    /// The versions of a name that may be taken; the path says who asks first. It is asked once a name.
    ///
    /// # Errors
    /// When nothing can be said of the name.
    fn candidates(&mut self, name: &str, path: &[Requirement]) -> Result<Vec<Candidate>, Self::Error>;

    /// Whether the bytes of a candidate are at hand. It is asked of those alone that would be taken: looking for all costs more than
    /// choosing.
    fn holds(&mut self, release: &Requirement) -> bool;
}

/// All templates that `roots` need, each in one version. Ties stand in the order of the roots.
///
/// # Errors
/// [`SelectError`].
pub fn select<O: Offers>(roots: &[Requirement], offers: &mut O) -> Result<Selection, SelectError<O::Error>> {
    let mut search = Search {
        known: BTreeMap::new(),
        chosen: BTreeMap::new(),
        seen: BTreeSet::new(),
        asks: Vec::new(),
        first: BTreeMap::new(),
        parents: BTreeMap::new(),
        offers,
    };
    for root in roots {
        search.visit(root, &mut Vec::new())?;
    }
    let (mut order, mut done) = (Vec::new(), BTreeSet::new());
    for root in roots {
        search.arrange(&root.name, &mut Vec::new(), &mut done, &mut order)?;
    }
    Ok(Selection { order, asks: search.asks, parents: search.parents })
}

struct Search<'a, O> {
    known: BTreeMap<String, BTreeMap<Version, Vec<Requirement>>>,
    chosen: BTreeMap<String, Version>,
    /// Every release that somebody's minimum leads to. Their requirements count even when a higher release is chosen in the
    /// end, as in Go: otherwise the result would depend on which requirement is looked at first.
    seen: BTreeSet<Requirement>,
    asks: Vec<Ask>,
    /// Who led to a release first.
    parents: BTreeMap<Requirement, Requirement>,
    /// The first demand for each template.
    first: BTreeMap<String, usize>,
    offers: &'a mut O,
}

impl<O: Offers> Search<'_, O> {
    fn visit(&mut self, wanted: &Requirement, path: &mut Vec<Requirement>) -> Result<(), SelectError<O::Error>> {
        if path.len() > MAX_DEPTH {
            return Err(SelectError::Depth { path: path.clone() });
        }
        let met = self.lowest(wanted, path);
        let ask = Ask { wanted: wanted.clone(), by: path.last().cloned(), met: met.as_ref().unwrap_or(&wanted.version).clone() };
        let first = self.first.get(&wanted.name).map(|index| &self.asks[*index]);
        if let Some(first) = first.filter(|first| !compatible(&first.wanted.version, &wanted.version)) {
            let [first, second] = [first, &ask].map(|ask| Box::new(demand(ask, &self.parents)));
            return Err(SelectError::Majors { first, second });
        }
        self.first.entry(wanted.name.clone()).or_insert(self.asks.len());
        self.asks.push(ask);
        let release = Requirement { name: wanted.name.clone(), version: met? };
        if !self.seen.insert(release.clone()) {
            return Ok(());
        }
        if let Some(by) = path.last() {
            self.parents.insert(release.clone(), by.clone());
        }
        let chosen = self.chosen.entry(release.name.clone()).or_insert_with(|| release.version.clone());
        if *chosen < release.version {
            chosen.clone_from(&release.version);
        }
        let requires = self.known[&release.name][&release.version].clone();
        path.push(release);
        for requirement in &requires {
            self.visit(requirement, path)?;
        }
        path.pop();
        Ok(())
    }

    /// The lowest version at hand that will do. A pre-release does only for who names it.
    fn lowest(&mut self, wanted: &Requirement, path: &[Requirement]) -> Result<Version, SelectError<O::Error>> {
        if !self.known.contains_key(&wanted.name) {
            let candidates = self.offers.candidates(&wanted.name, path).map_err(SelectError::Candidates)?;
            self.known.insert(wanted.name.clone(), candidates.into_iter().map(|c| (c.version, c.requires)).collect());
        }
        let versions = &self.known[&wanted.name];
        let fits = |v: &&Version| compatible(v, &wanted.version) && (v.pre.is_empty() || **v == wanted.version);
        let offers = &mut *self.offers;
        let mut holds = |v: &&Version| offers.holds(&Requirement { name: wanted.name.clone(), version: (*v).clone() });
        let fitting = versions.range(&wanted.version..).map(|(version, _)| version).filter(fits).find(&mut holds).cloned();
        fitting.ok_or_else(|| SelectError::TooOld {
            wanted: wanted.clone(),
            found: versions.keys().filter(holds).cloned().collect(),
            path: path.to_vec(),
        })
    }

    /// Depth first, so that every template stands after all that it requires.
    fn arrange(
        &self,
        name: &str,
        trail: &mut Vec<Requirement>,
        done: &mut BTreeSet<String>,
        order: &mut Vec<Requirement>,
    ) -> Result<(), SelectError<O::Error>> {
        if done.contains(name) {
            return Ok(());
        }
        let Some(version) = self.chosen.get(name) else { return Ok(()) };
        let release = Requirement { name: name.to_owned(), version: version.clone() };
        if let Some(start) = trail.iter().position(|above| above.name == name) {
            return Err(SelectError::Cycle { path: trail[start..].iter().cloned().chain([release]).collect() });
        }
        trail.push(release.clone());
        if trail.len() > MAX_DEPTH {
            return Err(SelectError::Depth { path: trail.clone() });
        }
        for requirement in &self.known[name][version] {
            self.arrange(&requirement.name, trail, done, order)?;
        }
        trail.pop();
        done.insert(name.to_owned());
        order.push(release);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
