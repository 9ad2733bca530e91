//! `polity template`: the verbs of authors.

mod claims;
mod list;
mod new;
mod show;
mod test;
pub(super) mod trial;

use crate::cli::TemplateVerb;
use crate::error::{Error, Exit};

use super::{Env, contain, print, shelf};

/// Runs one of the verbs.
pub(super) fn run(verb: &TemplateVerb, env: &mut Env<'_>) -> Result<Exit, Error> {
    match verb {
        TemplateVerb::List { format } => list::list(*format, env),
        TemplateVerb::Show { template, format } => show::show(template, *format, env),
        TemplateVerb::New { dir, format } => new::new(dir, *format, env),
        TemplateVerb::Test { templates, accept, no_checks, format } => {
            let wanted = test::Wanted { templates, accept: *accept, run_checks: !no_checks, format: *format };
            test::test(&wanted, env)
        }
    }
}
