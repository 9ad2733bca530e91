//! What a shelf gives: templates by name, with their layers, and the namespaces behind them.

use crate::catalog::{Unit, UnitKind};
use crate::config::LockedUnit;
use crate::finding::Diagnostic;
use crate::template::{Layer, Stack, TemplateError, at_name};

use super::federated::Namespace;
use super::{Shelf, resolve};

impl Shelf {
    /// A template with all its layers.
    pub(in crate::commands) fn stack(&self, unit: &Unit) -> Result<Stack, TemplateError> {
        resolve::resolve(self, self.layer(unit)?, Vec::new(), resolve::Held::Nothing).map(|resolved| resolved.stack)
    }

    /// A template of the working copy that the user works in, by its full name.
    pub(in crate::commands) fn own(&self, name: &str) -> Option<Unit> {
        let is_own = name.split_once('/').is_some_and(|(namespace, _)| Some(namespace) == self.own.as_deref());
        if is_own { self.catalog.find(UnitKind::Template, name).ok() } else { None }
    }

    /// A template by its full name.
    pub(in crate::commands) fn find(&self, name: &str) -> Result<Unit, TemplateError> {
        self.catalog.find(UnitKind::Template, name).map_err(|error| TemplateError::template(error.into_diagnostic()))
    }

    /// The policies of the federation as the lock records them.
    pub(in crate::commands) fn locked_policies(&self) -> Vec<LockedUnit> {
        self.namespaces.iter().filter(|namespace| self.locks(&namespace.name)).flat_map(|namespace| namespace.locked()).collect()
    }

    /// Whether the policies of a namespace are among those that a lock records now.
    pub(in crate::commands) fn locks(&self, namespace: &str) -> bool {
        self.namespace(namespace).is_some() && Some(namespace) != self.own.as_deref()
    }

    /// The namespace of the federation that a name belongs to.
    pub(in crate::commands) fn namespace_of(&self, name: &str) -> Option<&Namespace> {
        let (namespace, _) = name.split_once('/')?;
        self.namespace(namespace)
    }

    /// The namespace of the federation with this name, if what is known of it can be used.
    pub(in crate::commands) fn namespace(&self, name: &str) -> Option<&Namespace> {
        self.namespaces.iter().map(|n| &**n).find(|n| n.name == name)
    }

    /// One template. What could not be read of it is an error: a link that leads out, a name that is not text.
    pub(in crate::commands) fn layer(&self, unit: &Unit) -> Result<Layer, TemplateError> {
        let prefix = if unit.origin == unit.folder { String::new() } else { format!("templates/{}/", unit.id) };
        let lost = self.skipped.get(&unit.origin).into_iter().flatten().find(|skipped| skipped.path.starts_with(&prefix));
        if let Some(lost) = lost {
            let at = at_name(&unit.folder, &lost.path[prefix.len()..], &lost.reason);
            return Err(TemplateError::template(Diagnostic::new("template holds what polity does not read").at(at)));
        }
        Layer::load(&unit.name(), &unit.origin, &unit.folder, unit.tree.clone())
    }
}
