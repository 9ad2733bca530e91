//! `polity new`: answers, rendering, and one step onto the disk.

pub(super) mod ask;
mod failed;
mod listing;
pub(super) mod lock;
mod place;
mod summary;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::cli::NewArgs;
use crate::error::{Error, Exit};
use crate::template::{Given, Job, Outcome, Rendered, Stack, Unanswered, Unwanted, given_from_file, given_from_text, missing};

use super::{Env, contain, locked, print, resolve, shelf};

/// The most bytes of an answers file that are read; the core accepts fewer.
const MAX_ANSWERS: u64 = 1 << 20;
/// How long a pipe of answers waits for somebody who writes to it.
const PATIENCE: Duration = Duration::from_secs(3);

/// Creates a service, or shows it.
pub(super) fn new(args: &NewArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let target = place::Target::look(env, args)?;
    let lock = lock::wanted(env, args)?;
    let (shelf, resolved) = lock::resolved(env, args, lock.as_ref())?;
    let stack = &resolved.stack;
    let mut rendered = answer(args, env, stack, &target)?;
    if let Some(lock) = &lock {
        lock::seal_as(&mut rendered, lock);
        locked::demand(lock, rendered.lock(), "without `--locked` the lock is written anew")?;
    } else {
        let described = [lock::described(&rendered)];
        lock::seal(env, &shelf, &mut rendered, &resolved, &described)?;
    }
    let placed = if args.dry_run { None } else { Some(target.fill(&rendered, args)?) };
    let text = summary::text(args, env, stack, &rendered, placed.as_ref())?;
    print(env, &text)?;
    Ok(Exit::Clean)
}

/// Collects answers until everything can be rendered.
fn answer(args: &NewArgs, env: &mut Env<'_>, stack: &Stack, target: &place::Target) -> Result<Rendered, Error> {
    let mut given = given(env, stack, args.answers.as_deref(), &args.set)?;
    given.check(stack)?;
    loop {
        let job = Job {
            given: given.values.clone(),
            unanswered: if args.defaults { Unanswered::Default } else { Unanswered::Ask },
            unwanted: Unwanted::Refuse,
            folder: target.name(),
            dir: args.dir.display().to_string(),
        };
        let questions = match contain::perform(stack, &job)? {
            Outcome::Done(rendered) => return Ok(*rendered),
            Outcome::Ask(questions) => questions,
        };
        let Some(question) = questions.first().filter(|_| env.interactive && !args.defaults) else {
            return Err(missing(stack, &questions).into());
        };
        let value = ask::ask(stack, question)?;
        given.values.insert(question.name.clone(), value);
    }
}

/// The answers of a file, and over them those of the command line.
pub(super) fn given(env: &Env<'_>, stack: &Stack, answers: Option<&Path>, set: &[String]) -> Result<Given, Error> {
    let mut given = answers.map_or_else(|| Ok(Given::default()), |file| read(env, file))?;
    given.extend(given_from_text(stack, set));
    Ok(given)
}

fn read(env: &Env<'_>, file: &Path) -> Result<Given, Error> {
    let is_stdin = file == Path::new("-");
    let shown = if is_stdin { "standard input".to_owned() } else { file.display().to_string() };
    let mut bytes = Vec::new();
    let read = if is_stdin {
        io::stdin().lock().take(MAX_ANSWERS).read_to_end(&mut bytes)
    } else {
        open(env.cwd.join(file)).and_then(|open| open.take(MAX_ANSWERS).read_to_end(&mut bytes))
    };
    read.map_err(|error| Error::usage(format!("cannot read the answers in `{shown}`: {error}")))?;
    Ok(given_from_file(&shown, &bytes)?)
}

/// Opens a file. A pipe that nobody writes to would hold the open for ever; one of the shell's, `<(…)`, has its writer.
fn open(path: PathBuf) -> io::Result<File> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(File::open(path)));
    receiver.recv_timeout(PATIENCE).unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "nobody writes to this pipe")))
}
