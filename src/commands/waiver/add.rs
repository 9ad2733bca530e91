//! `polity waiver add`: one waiver as a file of its own, so that two of them merge. What it would not cover is said.

use std::sync::Arc;

use crate::cli::{CheckArgs, WaiverAddArgs};
use crate::config::{Date, Format, WaiverFile, WaiverReason, load};
use crate::disk;
use crate::error::{Error, Exit};
use crate::finding::{SourceText, Subject};
use crate::policy::waivers::{fitting, others};
use crate::policy::{Outcome, Whole, check_in};
use crate::report::human::count;
use crate::tree::RepoPath;

use crate::commands::asked::{Asked, Checked};
use crate::commands::{Env, check, layers, print};

use super::refused;

/// Writes a waiver.
pub(super) fn run(args: &WaiverAddArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let today = layers::today(args.today);
    refused::empty(args)?;
    refused::place(env)?;
    let mut file = file(args, today)?;
    refused::ambiguous(&file.policy, env)?;
    let (found, most) = found(&file.policy, today, env).unwrap_or_else(|error| (Err(error), None));
    refused::long(file.expires, today, most)?;
    found.iter().for_each(|outcome| pin(&mut file, outcome));
    let text = serde_yaml::to_string(&file).map_err(|error| Error::config(error.to_string()))?;
    load::<WaiverFile>(&SourceText::new("waiver", &*text), Format::Yaml)?;
    refused::twice(&text, env)?;
    let id = args.policy.rsplit('/').next().unwrap_or_default();
    let stem: String = format!("{id}-{}", args.path).chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let free = |n: usize| format!("waivers/{stem}{}.yaml", if n == 0 { String::new() } else { format!("-{n}") });
    let name = (0..).map(free).find(|name| !env.cwd.join(name).exists()).expect("some number is free");
    std::fs::create_dir_all(env.cwd.join("waivers")).map_err(|error| Error::io("make `waivers`", error))?;
    disk::write_file(&env.cwd.join(&name), &mut |out| out.write_all(text.as_bytes()))
        .map_err(|error| Error::io(format!("write `{name}`"), error))?;
    print(env, &format!("wrote {name}\n"))?;
    foresee(&file, found, env);
    Ok(Exit::Clean)
}

fn file(args: &WaiverAddArgs, today: Date) -> Result<WaiverFile, Error> {
    if args.expires < today {
        return Err(Error::usage(format!("{} is over", args.expires)).help("a waiver ends on a day to come"));
    }
    if let Err(error) = RepoPath::new(&args.path) {
        return Err(Error::usage(error.to_string()).help("stand in the repository or the service that has the file"));
    }
    let all: Vec<_> = WaiverReason::ALL.iter().map(|reason| reason.as_str()).collect();
    let reason = WaiverReason::parse(&args.reason)
        .ok_or_else(|| Error::usage(format!("`{}` is no reason", args.reason)).help(format!("one of: {}", all.join(", "))))?;
    Ok(WaiverFile {
        policy: args.policy.clone(),
        subject: Subject { path: args.path.clone(), at: args.at.clone(), text: args.text.clone(), times: args.times.map(usize::from) },
        says: Vec::new(),
        reason,
        because: args.because.clone(),
        owner: Some(args.owner.clone()),
        ticket: args.ticket.clone(),
        expires: args.expires,
    })
}

/// Adds what the policy says of the subject, and what stands at a pointer that counts items, when that is one thing.
fn pin(file: &mut WaiverFile, outcome: &Outcome) {
    let (found, said, _) = fitting(&file.policy, &file.subject, outcome);
    file.says = said;
    if file.subject.at.is_some()
        && file.subject.text.is_none()
        && let [Subject { text: Some(text), .. }] = &found[..]
    {
        file.subject.text = Some(text.clone());
    }
}

/// Says so when the waiver covers nothing that its policy finds today, or more than it says.
fn foresee(file: &WaiverFile, found: Result<Outcome, Error>, env: &Env<'_>) {
    let (policy, subject) = (&file.policy, &file.subject);
    let outcome = match found {
        Ok(outcome) => outcome,
        Err(error) => {
            let why: Vec<_> = error.diagnostics.into_iter().take(1).flat_map(|why| [why.title].into_iter().chain(why.helps)).collect();
            let what = format!("`{policy}` cannot be evaluated here, so nobody saw whether the waiver covers a finding");
            return env.notice(format!("{what}: {}", why.join("; ")));
        }
    };
    let outcome = &outcome;
    let (found, _, lines) = fitting(policy, subject, outcome);
    if found.is_empty() {
        let others = others(policy, &subject.path, outcome);
        let more = if others.is_empty() { String::new() } else { format!("; it finds {}", others.join(", ")) };
        env.notice(format!("`{policy}` finds nothing in `{}` that the waiver covers{more}", subject.path));
    } else if subject.at.is_none() && subject.text.is_some() && lines != subject.times.unwrap_or(1) {
        let count = count(lines, "line", "lines");
        env.notice(format!("`{policy}` finds this text on {count}, so the waiver waives nothing without `times: {lines}`"));
    }
}

/// What the policy finds in this folder, seen as a check of it sees it, and how many days a waiver may last.
fn found(policy: &str, today: Date, env: &Env<'_>) -> Result<(Result<Outcome, Error>, Option<i64>), Error> {
    let args = &CheckArgs { path: ".".into(), only: vec![policy.to_owned()], no_cache: true, today: Some(today), ..CheckArgs::default() };
    let asked = &Asked::of(args, env, None)?;
    let repository = &Arc::new(check::repository(&args.path, env)?);
    let rules = &asked.rules(args, env, repository)?;
    let checked = Checked { args, env, asked, rules, folder: &env.cwd, repository };
    let found =
        |whole: Option<Whole<'_>>| check_in(&asked.policies, repository, whole, check::contract, rules).map_err(check::policy_errors);
    let most = rules.max_waiver([""].into_iter().chain(repository.roots().iter().map(String::as_str)));
    Ok((checked.look_around(found), most))
}
