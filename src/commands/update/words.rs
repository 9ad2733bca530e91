//! The words of an update: for a layer's step, an input's change, a conflict.

use crate::config::Lock;
use crate::disk::update::Clash;
use crate::error::Error;
use crate::template::shown;

use super::super::service::Service;
use super::{Target, Wanted};

/// `pay/go 1.2.0 → 2.0.0`, `pay/chaos 1.0.0 (new)`; `None` when nothing changes.
pub(super) fn step(name: &str, old: Option<&Lock>, new: &Lock) -> Option<String> {
    match (old.and_then(|old| old.layer(name)), new.layer(name)) {
        (Some(old), Some(new)) if old.version != new.version => Some(format!("{name} {} → {}", old.version, new.version)),
        (Some(old), Some(new)) if old.digest != new.digest => Some(format!("{name} {} (other bytes)", new.version)),
        (None, Some(new)) => Some(format!("{name} {}", new.version) + if old.is_some() { " (new)" } else { "" }),
        (Some(old), None) => Some(format!("{name} {} (removed)", old.version)),
        _ => None,
    }
}

/// What becomes of inputs, one line each.
pub(super) fn inputs(target: &Target) -> Vec<String> {
    let renamed = target.carried.renamed.iter().map(|(old, new)| format!("input `{old}` is now `{new}`"));
    let removed = target.carried.removed.iter().map(|(name, value)| format!("input `{name}` is gone (was `{}`)", shown(value)));
    let new = target.new_inputs.iter().map(|name| format!("input `{name}` is new: `{}`", shown(&target.rendered.answers[name])));
    renamed.chain(removed).chain(new).collect()
}

/// Why a path needs a person.
pub(super) fn reason(clash: &Clash) -> &'static str {
    match clash.stages.each_ref().map(Option::is_some) {
        [true, true, true] => "both changed it",
        [false, true, true] => "both added it",
        [true, true, false] => "you changed it, the template removed it",
        [true, false, true] => "you removed it, the template changed it",
        _ => "both moved it, or something took its place",
    }
}

/// An added layer stays in the version that was asked for, until somebody asks otherwise: says so where that version will not do.
pub(super) fn advised(error: Error, wanted: &Wanted<'_>) -> Error {
    let title = error.diagnostics.first().map(|diagnostic| diagnostic.title.clone()).unwrap_or_default();
    let is_new = |extra: &String| wanted.asked.contains(extra) && title.starts_with("there is no version");
    let meant = wanted.extras.iter().filter(|extra| !is_new(extra)).filter_map(|extra| extra.split_once('@'));
    match meant.into_iter().find(|(name, _)| title.contains(&format!("`{name}`"))) {
        Some((name, version)) => error.help(format!("the layer was added as `@{version}`; `--add {name}` takes the newest from now on")),
        None => error,
    }
}

/// Says where the template, or a layer that was added, came from when it cannot be found.
pub(super) fn made_from(error: Error, old: Option<&Service>, name: Option<&str>) -> Error {
    let locked = old.and_then(|old| old.lock.layer(name?)).filter(|locked| locked.registry != "embedded" && locked.known.is_none());
    match locked.map(|locked| &locked.registry) {
        Some(registry) => error.help(format!("it came from the registry `{registry}`: name its folder with `--registry`")),
        None => error,
    }
}
