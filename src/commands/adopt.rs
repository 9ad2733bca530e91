//! `polity adopt`: a repository that was born without polity becomes a service of a template. An update from nothing.

use crate::cli::AdoptArgs;
use crate::config::{Format, SERVICE_FILE, ServiceFile, load};
use crate::disk::update::Ground;
use crate::error::{Error, Exit};
use crate::finding::SourceText;
use crate::template::life::sides;
use crate::tree::{Files, RepoPath};

use super::update::{About, Carry, Done, Stash, Target, Wanted, carry_out, own, ready, recover, seen_file};
use super::{Env, service, show};

/// Joins a repository to a template, or shows what that would change.
pub(super) fn run(args: &AdoptArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let ground = service::ground(env, &args.dir)?;
    recover(env, &ground)?;
    let own = own(&ground);
    stranger(&ground)?;
    let wanted = Wanted {
        template: args.template.clone(),
        extras: Vec::new(),
        asked: &[],
        to: None,
        answers: args.answers.as_deref(),
        set: &args.set,
        defaults: args.defaults,
        dir: &args.dir,
    };
    let target = Target::work_out(env, &wanted, None, &ground.name())?;
    if !args.dry_run {
        ready(&ground, &target, Stash::Unknown)?;
    }
    let seen = sides(None, Files::new(), &target.rendered, &mut |path| seen_file(&ground, path));
    let mut about = About::joining(&ground, &target);
    let carry = Carry {
        ground: &ground,
        target: &target,
        seen,
        title: about.title.clone(),
        before: None,
        is_real: !args.dry_run,
        is_diff: args.diff,
        stash: false,
        own,
    };
    let done = carry_out(&carry)?;
    about.kept = kept(&ground, &target, &done);
    let text = about.done(env, args.format, args.dry_run, ground.is_versioned(), &done);
    show(env, &text)?;
    Ok(if done.merged.clashes.is_empty() { Exit::Clean } else { Exit::Findings })
}

/// The files of the repository that the template has otherwise, and that stay as they are.
fn kept(ground: &Ground, target: &Target, done: &Done) -> Vec<RepoPath> {
    let rendered = target.rendered.files.iter().filter(|(path, _)| !done.words.contains_key(*path));
    let other = rendered.filter(|(path, file)| seen_file(ground, path).is_some_and(|(_, bytes)| bytes != *file.bytes));
    other.map(|(path, _)| path.clone()).collect()
}

/// Refuses what is a service of a template already.
fn stranger(ground: &Ground) -> Result<(), Error> {
    let Some(bytes) = ground.read(SERVICE_FILE) else { return Ok(()) };
    let text = String::from_utf8(bytes).map_err(|_| Error::config(format!("{SERVICE_FILE} is not UTF-8")))?;
    let (file, _) = load::<ServiceFile>(&SourceText::new(SERVICE_FILE, text), Format::Yaml)?;
    match file.template {
        Some(record) => Err(Error::usage(format!("this is a service of {} {} already", record.from, record.version))
            .help("`polity update` brings it to a newer version, `polity update --add` adds a layer")),
        None => Ok(()),
    }
}
