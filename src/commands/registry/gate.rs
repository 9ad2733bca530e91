//! The publish gate: a template or policy is signed only when it passes its own test, and what a template renders is silent.

use std::path::Path;

use crate::catalog::UnitKind;
use crate::catalog::trust::UnitKey;
use crate::cli::{OutputFormat, PolicyArgs, PolicyTestArgs, PolicyVerb, TemplateVerb};
use crate::error::{Error, Exit};
use crate::finding::SourceText;
use crate::policy::Layer;

use super::{Env, output};

/// Runs `polity template test` or `polity policy test` on the folder.
pub(super) fn run(unit: &UnitKey, folder: &Path, checks: bool, env: &mut Env<'_>) -> Result<Exit, Error> {
    match unit.0 {
        UnitKind::Template => {
            // A name without a slash would be looked up in the registries at hand.
            let folder = format!("{}/", env.cwd.join(folder).to_string_lossy().trim_end_matches('/'));
            let (format, no_checks) = (OutputFormat::Human, !checks);
            let tested =
                super::template::run(&TemplateVerb::Test { templates: vec![folder.clone()], accept: false, no_checks, format }, env)?;
            let passes = tested == Exit::Clean && (!checks || output::is_silent(Path::new(&folder), env)?);
            Ok(if passes { Exit::Clean } else { Exit::Findings })
        }
        UnitKind::Layer => {
            let file = folder.join(unit.0.manifest());
            let text = std::fs::read_to_string(env.cwd.join(&file)).map_err(|e| Error::io(format!("read `{}`", file.display()), e))?;
            Layer::load(&unit.1, SourceText::new(file.to_string_lossy(), text))?;
            Ok(Exit::Clean)
        }
        UnitKind::Policy => super::policy::run(&PolicyArgs { verb: PolicyVerb::Test(PolicyTestArgs::of(folder)) }, env),
    }
}
