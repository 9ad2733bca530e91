//! Minimum version selection: each requirement is a minimum, the answer is the maximum of the minimums.
//!
//! The result does not depend on the order of requirements, nor on releases that nobody asks for, and needs no solver.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use super::TemplateError;

/// A template and the lowest version that will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// `namespace/name`.
    pub name: String,
    /// The minimum.
    pub version: Version,
}

impl Requirement {
    /// Reads `namespace/name@version`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, version) = text.split_once('@').ok_or("`@` and a version are missing")?;
        let is_name = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !name.split_once('/').is_some_and(|(namespace, id)| is_name(namespace) && is_name(id)) {
            return Err("the name must be `namespace/name`".to_owned());
        }
        let version = Version::parse(version).map_err(|error| format!("the version is not `major.minor.patch`: {error}"))?;
        Ok(Self { name: name.to_owned(), version })
    }
}

/// One version of a template that is at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its version.
    pub version: Version,
    /// What it requires in turn.
    pub requires: Vec<Requirement>,
}

/// A requirement, and how the template got to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The minimum.
    pub version: Version,
    /// The templates from the root to the one that requires.
    pub path: Vec<String>,
}

/// Why there is no selection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// Two templates need incompatible versions of a third.
    #[error("layers need different major versions of `{name}`")]
    Majors {
        /// The third.
        name: String,
        /// Who asked first.
        first: Box<Demand>,
        /// Who asked otherwise.
        second: Box<Demand>,
    },
    /// No version at hand is new enough within the major version.
    #[error("`{name}` {wanted} or newer within the same major version is not at hand, only {found}")]
    TooOld {
        /// The template.
        name: String,
        /// The minimum.
        wanted: Version,
        /// What is there.
        found: String,
        /// Who asks.
        path: Vec<String>,
    },
    /// A template requires itself, perhaps by way of others.
    #[error("layers require each other: {}", path.join(" → "))]
    Cycle {
        /// The templates of the circle; the first is also the last.
        path: Vec<String>,
    },
    /// The candidates could not be had.
    #[error(transparent)]
    Candidates(TemplateError),
}

/// Brings the versions of a name that are at hand; the path says who asks.
pub type Find<'a> = dyn FnMut(&str, &[String]) -> Result<Vec<Candidate>, TemplateError> + 'a;

/// All templates that `root` needs, each once, lower ones first, ties in the order of the requirements.
///
/// # Errors
/// `SelectError`.
pub fn select(root: &Requirement, find: &mut Find<'_>) -> Result<Vec<Requirement>, SelectError> {
    select_all(std::slice::from_ref(root), find)
}

/// As [`select`], for several roots; ties in the order of the roots.
///
/// # Errors
/// `SelectError`.
pub fn select_all(roots: &[Requirement], find: &mut Find<'_>) -> Result<Vec<Requirement>, SelectError> {
    let mut search = Search { chosen: BTreeMap::new(), seen: BTreeSet::new(), demands: BTreeMap::new(), find };
    for root in roots {
        search.visit(root, &mut Vec::new())?;
    }
    let mut order = Vec::new();
    for root in roots {
        search.arrange(&root.name, &mut Vec::new(), &mut order)?;
    }
    Ok(order)
}

struct Search<'a, 'f> {
    chosen: BTreeMap<String, Candidate>,
    /// Every release that somebody's minimum leads to. Their requirements count even when a higher release is chosen in the
    /// end, as in Go: otherwise the result would depend on which requirement is looked at first.
    seen: BTreeSet<(String, Version)>,
    demands: BTreeMap<String, Demand>,
    find: &'a mut Find<'f>,
}

impl Search<'_, '_> {
    fn visit(&mut self, wanted: &Requirement, path: &mut Vec<String>) -> Result<(), SelectError> {
        let demand = Demand { version: wanted.version.clone(), path: path.clone() };
        match self.demands.get(&wanted.name) {
            Some(first) if first.version.major != wanted.version.major => {
                return Err(SelectError::Majors { name: wanted.name.clone(), first: Box::new(first.clone()), second: Box::new(demand) });
            }
            Some(_) => {}
            None => {
                self.demands.insert(wanted.name.clone(), demand);
            }
        }
        let candidate = self.lowest(wanted, path)?;
        if !self.seen.insert((wanted.name.clone(), candidate.version.clone())) {
            return Ok(());
        }
        if self.chosen.get(&wanted.name).is_none_or(|chosen| chosen.version < candidate.version) {
            self.chosen.insert(wanted.name.clone(), candidate.clone());
        }
        path.push(wanted.name.clone());
        for requirement in &candidate.requires {
            self.visit(requirement, path)?;
        }
        path.pop();
        Ok(())
    }

    /// The lowest version at hand that will do.
    fn lowest(&mut self, wanted: &Requirement, path: &[String]) -> Result<Candidate, SelectError> {
        let candidates = (self.find)(&wanted.name, path).map_err(SelectError::Candidates)?;
        let fits = |c: &&Candidate| c.version >= wanted.version && c.version.major == wanted.version.major;
        candidates.iter().filter(fits).min_by(|a, b| a.version.cmp(&b.version)).cloned().ok_or_else(|| {
            let found = candidates.iter().map(|c| c.version.to_string()).collect::<Vec<_>>().join(", ");
            SelectError::TooOld { name: wanted.name.clone(), wanted: wanted.version.clone(), found, path: path.to_vec() }
        })
    }

    /// Depth first, so that every template stands after all that it requires.
    fn arrange(&self, name: &str, trail: &mut Vec<String>, order: &mut Vec<Requirement>) -> Result<(), SelectError> {
        if order.iter().any(|done| done.name == name) {
            return Ok(());
        }
        if let Some(start) = trail.iter().position(|n| n == name) {
            let mut path = trail[start..].to_vec();
            path.push(name.to_owned());
            return Err(SelectError::Cycle { path });
        }
        let Some(chosen) = self.chosen.get(name) else { return Ok(()) };
        trail.push(name.to_owned());
        for requirement in &chosen.requires {
            self.arrange(&requirement.name, trail, order)?;
        }
        trail.pop();
        order.push(Requirement { name: name.to_owned(), version: chosen.version.clone() });
        Ok(())
    }
}

#[cfg(test)]
mod tests;
