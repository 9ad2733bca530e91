//! A lock that is not taken at its word: the locked versions are rendered again with the recorded answers, and must give what it says.

use crate::error::Error;
use crate::template::{Job, Outcome, Unanswered, Unwanted, missing};

use super::super::contain;
use super::super::new::lock::seal_as;
use super::super::service::Service;
use super::{Env, attested, demand, open};

/// Refuses a lock that was edited, merged into what was never rendered, or that names what is not at hand.
pub(in crate::commands) fn prove(env: &Env<'_>, service: &Service) -> Result<(), Error> {
    let (shelf, resolved) = open(env, &service.lock, &service.record.from, &service.record.layers)?;
    resolved.notices.iter().for_each(|notice| env.notice(notice.clone()));
    attested(&shelf, &service.lock)?;
    let (given, folder) = (service.record.answers.clone(), service.name());
    let job = Job { given, unanswered: Unanswered::Default, unwanted: Unwanted::Drop, dir: folder.clone(), folder };
    let mut rendered = match contain::perform(&resolved.stack, &job)? {
        Outcome::Done(rendered) => rendered,
        Outcome::Ask(questions) => return Err(missing(&resolved.stack, &questions).into()),
    };
    seal_as(&mut rendered, &service.lock);
    demand(&service.lock, rendered.lock(), "`polity update` makes the lock true again; git has the one before")
}
