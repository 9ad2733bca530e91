//! What a manifest says that nothing shows: policies that are not to be had, rules on files that there are none of.

use crate::catalog::UnitKind;
use crate::config::Step;
use crate::error::Error;
use crate::finding::{Location, nearest};
use crate::template::{Layer, idle_rules};
use crate::tree::RepoPath;

use super::shelf::Shelf;

/// One line for each, if there is one; `rendered` are the files of all cases.
pub(super) fn empty(shelf: &Shelf, layer: &Layer, rendered: &[RepoPath]) -> Result<Option<String>, Error> {
    let line = |at: &Location, text: &str| format!("{}:{}:{}: {text}\n", at.path, at.start.line, at.start.column);
    let idle = idle_rules(layer, rendered).into_iter();
    let mut lines: Vec<_> = idle.map(|(glob, at)| line(&at, &format!("`{glob}` matches no file of the template"))).collect();
    let said = &layer.file.satisfies;
    let known = if said.is_empty() { Vec::new() } else { shelf.catalog.units(UnitKind::Policy)? };
    let known: Vec<_> = known.into_iter().flat_map(|unit| [unit.name(), unit.id]).collect();
    for (index, policy) in said.iter().enumerate().filter(|(_, policy)| !known.contains(policy)) {
        let near = nearest(policy, known.iter().map(String::as_str)).map(|near| format!("; did you mean `{near}`?"));
        let at = layer.at(&[Step::Key("satisfies".to_owned()), Step::Index(index)], "");
        lines.push(line(&at, &format!("there is no policy `{policy}`{}", near.unwrap_or_default())));
    }
    Ok((!lines.is_empty()).then(|| lines.concat()))
}
