//! Why there is no selection, with the places in the manifests that ask for what cannot be.

use crate::catalog::trust::Standing;
use crate::catalog::{Demand, SelectError, Selection};
use crate::config::{Requirement, Step, compatible};
use crate::finding::{Diagnostic, Location};
use crate::template::TemplateError;

use super::{Held, Search, refusal, signed};

impl Search<'_> {
    /// A release below the one that was taken would have done, and is not here: another machine may take it.
    fn note_absent(&mut self, selection: &Selection) {
        let of_absent = self.absent.iter();
        for (demand, absent) in of_absent.flat_map(|(name, versions)| selection.demands_of(name).map(move |demand| (demand, versions))) {
            let Some(lower) = absent.iter().filter(|v| **v >= demand.wanted.version && **v < demand.met && v.pre.is_empty()).min() else {
                continue;
            };
            let (name, met) = (&demand.wanted.name, &demand.met);
            let text = format!("{name} {lower} would do and is not in the cache, so {met} is taken; `polity registry sync` may bring it");
            if !self.notices.contains(&text) {
                self.notices.push(text);
            }
        }
    }

    /// What the user should hear of a selection.
    pub(super) fn note(&mut self, selection: &Selection) {
        self.note_absent(selection);
        self.note_deprecated(selection);
    }

    /// The owner wants something else to be used.
    fn note_deprecated(&mut self, selection: &Selection) {
        for release in &selection.order {
            let Some((namespace, unit)) = signed(self.shelf, &release.name) else { continue };
            let said = namespace.known.state.deprecation(&unit);
            let text = said.map(|d| format!("{} is deprecated in favour of {}: {}", release.name, d.successor, d.reason));
            self.notices.extend(text);
        }
    }

    /// The place in the manifest of the last release of `path` that requires `wanted`.
    fn requirement_of(&mut self, path: &[Requirement], wanted: &str, label: &str) -> Option<Location> {
        let layer = self.layer(path.last()?).ok()?;
        let index = layer.file.requires.iter().position(|text| Requirement::parse(text).is_ok_and(|r| r.name == wanted))?;
        Some(layer.at(&[Step::Key("requires".to_owned()), Step::Index(index)], label))
    }

    /// A layer that cannot be found is the fault of whoever requires it.
    pub(super) fn blame(&mut self, error: TemplateError, path: &[Requirement], wanted: &str) -> TemplateError {
        let TemplateError::Template(mut diagnostics) = error else { return error };
        if let Some(first) = diagnostics.first_mut()
            && first.locations.is_empty()
            && let Some(at) = self.requirement_of(path, wanted, "required here")
        {
            first.locations.push(at);
        }
        TemplateError::Template(diagnostics)
    }

    /// Why the lowest version that would do may not be taken, when its owner took it back.
    fn withdrawn(&self, wanted: &Requirement) -> Option<Diagnostic> {
        let (namespace, unit) = signed(self.shelf, &wanted.name)?;
        let versions = namespace.known.state.versions().filter(|(other, _)| **other == unit).map(|(_, version)| version);
        let mut fitting = versions.filter(|version| **version >= wanted.version && compatible(version, &wanted.version));
        fitting.find_map(|version| match namespace.standing(&unit, version, None) {
            Standing::Released { .. } | Standing::Unknown => None,
            standing @ Standing::Revoked { .. } if matches!(self.held, Held::Working(_)) => {
                let help = format!("`break_glass` in the federation file lets {}@{version} be used until a day", wanted.name);
                Some(refusal(&wanted.name, version, &standing).help(help))
            }
            standing => Some(refusal(&wanted.name, version, &standing)),
        })
    }

    pub(super) fn explain(&mut self, error: &SelectError<TemplateError>) -> Diagnostic {
        let mut diagnostic = Diagnostic::new(error.to_string());
        let mut places: Vec<(&str, &[Requirement])> = Vec::new();
        match error {
            SelectError::Majors { first, second } => {
                let needs = |demand: &Demand| format!("{} needs {}", chain(&demand.path), demand.wanted.version);
                diagnostic = diagnostic.note(needs(second)).note(needs(first)).help("use layers that agree on the major version");
                places.extend([second, first].map(|demand| (demand.wanted.name.as_str(), &demand.path[..])));
            }
            SelectError::TooOld { wanted, path, .. } => {
                if let Some(why) = self.withdrawn(wanted) {
                    let Diagnostic { title, helps, .. } = why;
                    diagnostic = Diagnostic { title, helps, ..Diagnostic::new("").note(diagnostic.title) };
                }
                if let Some(absent) = self.absent.get(&wanted.name) {
                    let all: Vec<_> = absent.iter().map(ToString::to_string).collect();
                    diagnostic = diagnostic.note(format!("released, but not in the cache: {}", all.join(", ")));
                    diagnostic = diagnostic.help("`polity registry sync` may bring it");
                }
                places.push((&wanted.name, path));
            }
            SelectError::Cycle { path } | SelectError::Depth { path } => {
                places.extend(path.last().map(|last| (last.name.as_str(), &path[..path.len() - 1])));
            }
            SelectError::Candidates(_) => {}
        }
        for (name, path) in places {
            diagnostic.locations.extend(self.requirement_of(path, name, "required here"));
        }
        diagnostic
    }
}

fn chain(path: &[Requirement]) -> String {
    path.iter().map(|release| format!("`{} {}`", release.name, release.version)).collect::<Vec<_>>().join(" → ")
}
