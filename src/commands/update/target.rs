//! What a service is to become: the layers in their new versions, the answers carried over, everything rendered.

use std::path::Path;

use semver::Version;

use crate::catalog::Unit;
use crate::config::{Lock, SERVICE_FILE};
use crate::error::Error;
use crate::template::life::{Carried, carry};
use crate::template::{Given, Job, Outcome, Rendered, Stack, Unanswered, Unwanted, missing};

use super::super::service::Service;
use super::super::{Env, contain, locked, new, root, shelf};
use super::layers::stack;
use super::version;
use super::words::{advised, made_from};

/// What somebody asks for.
pub(in crate::commands) struct Wanted<'a> {
    /// The template, by name or folder.
    pub(in crate::commands) template: String,
    /// The layers over it.
    pub(in crate::commands) extras: Vec<String>,
    /// Those among them that somebody asks for now.
    pub(in crate::commands) asked: &'a [String],
    /// Its version, if it matters.
    pub(in crate::commands) to: Option<&'a str>,
    pub(in crate::commands) answers: Option<&'a Path>,
    pub(in crate::commands) set: &'a [String],
    pub(in crate::commands) defaults: bool,
    /// The service's folder as the user named it.
    pub(in crate::commands) dir: &'a Path,
}

/// What a service is to become.
pub(in crate::commands) struct Target {
    pub(in crate::commands) stack: Stack,
    pub(in crate::commands) carried: Carried,
    pub(in crate::commands) rendered: Rendered,
    /// Inputs that nobody was asked before.
    pub(in crate::commands) new_inputs: Vec<String>,
}

impl Target {
    /// Finds the versions, carries the answers over and renders.
    pub(in crate::commands) fn work_out(
        env: &mut Env<'_>,
        wanted: &Wanted<'_>,
        old: Option<&Service>,
        folder: &str,
    ) -> Result<Self, Error> {
        let from = old.map(|old| old.record.from.as_str());
        let (shelf, unit) = opened(env, wanted, old).map_err(|error| made_from(error, old, from))?;
        let mut named = wanted.extras.iter().map(|name| name.split_once('@').map_or(name.as_str(), |(name, _)| name));
        let lost = named.find(|name| shelf.find(name).is_err());
        let resolved = stack(&shelf, &unit, &wanted.extras, old.map(|old| &old.lock))
            .map_err(|error| made_from(advised(error.into(), wanted), old, lost))?;
        resolved.notices.iter().for_each(|notice| env.notice(notice.clone()));
        let stack = resolved.stack.clone();
        version::hold(&shelf, &resolved, wanted, old)?.into_iter().for_each(|notice| env.notice(notice));
        let carried = old.map(|old| carry(&stack, &old.lock, &old.record.answers)).unwrap_or_default();
        let mut given = Given::default();
        given.values = carried.given.clone();
        given.extend(new::given(env, &stack, wanted.answers, wanted.set)?);
        given.check(&stack)?;
        let asked = given.values.clone();
        let mut rendered = render(env, wanted, &stack, given, folder)?;
        let own = old.and_then(|old| old.ground.read(SERVICE_FILE));
        let described: Vec<_> = own.into_iter().chain([new::lock::described(&rendered)]).collect();
        new::lock::seal(env, &shelf, &mut rendered, &resolved, &described)?;
        if let Some(old) = old {
            locked::unseen(&shelf, &old.lock).into_iter().for_each(|notice| env.notice(notice));
            rendered.relock(|lock| lock.remember(&old.lock, |namespace| shelf.locks(namespace)));
        }
        let new_inputs = rendered.answers.keys().filter(|name| !asked.contains_key(*name)).cloned().collect();
        Ok(Self { stack, carried, rendered, new_inputs })
    }

    /// The lock afterwards.
    pub(in crate::commands) fn lock(&self) -> &Lock {
        self.rendered.lock()
    }
}

/// The template: the locked release where it was yanked since and nothing newer may be chosen.
fn opened(env: &Env<'_>, wanted: &Wanted<'_>, old: Option<&Service>) -> Result<(shelf::Shelf, Unit), Error> {
    let found = shelf::open_at(env, &wanted.template, wanted.to);
    let kept = || -> Option<(shelf::Shelf, Unit, Version)> {
        let shelf = shelf::shelf(env).ok()?;
        let (unit, version) = shelf.kept(old?.lock.named(&wanted.template)?)?;
        wanted.to.is_none_or(|to| root::fits(&version, to)).then(|| (shelf.clone(), unit, version))
    };
    let Some((shelf, unit, version)) = kept() else { return found };
    match found {
        Ok((shelf, found)) if found.name() != unit.name() || shelf.layer(&found)?.file.version > version => Ok((shelf, found)),
        _ => Ok((shelf, unit)),
    }
}

/// Renders, asking for what has no answer where somebody can answer.
fn render(env: &mut Env<'_>, wanted: &Wanted<'_>, stack: &Stack, mut given: Given, folder: &str) -> Result<Rendered, Error> {
    let asks = env.interactive && !wanted.defaults;
    loop {
        let job = Job {
            given: given.values.clone(),
            unanswered: if asks { Unanswered::Ask } else { Unanswered::Default },
            unwanted: Unwanted::Drop,
            folder: folder.to_owned(),
            dir: wanted.dir.display().to_string(),
        };
        let questions = match contain::perform(stack, &job)? {
            Outcome::Done(rendered) => return Ok(*rendered),
            Outcome::Ask(questions) => questions,
        };
        let Some(question) = questions.first().filter(|_| asks) else { return Err(missing(stack, &questions).into()) };
        let value = new::ask::ask(stack, question)?;
        given.values.insert(question.name.clone(), value);
    }
}
