//! `polity waiver`: write a waiver, list them, and see which ones end soon.

use std::path::Path;

use serde_json::json;

use crate::cli::{OutputFormat, WaiverArgs, WaiverListArgs, WaiverVerb};
use crate::config::Date;
use crate::disk;
use crate::error::{Error, Exit};
use crate::policy::waivers::{Covers, Waiver, all};
use crate::report::human::count;
use crate::report::json::pretty;

use super::{Env, check, layers, print};

mod add;

/// Runs the verb.
pub(super) fn run(args: &WaiverArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    match &args.verb {
        WaiverVerb::Add(args) => add::run(args, env),
        WaiverVerb::List(args) => list(args, None, env),
        WaiverVerb::ExpireSoon { within, list: args } => list(args, Some(*within), env),
    }
}

fn list(args: &WaiverListArgs, within: Option<i64>, env: &mut Env<'_>) -> Result<Exit, Error> {
    let today = layers::today(args.today);
    let (mut waivers, wrong) = all(&check::repository(&args.path, env)?);
    waivers.retain(|waiver| within.is_none_or(|days| waiver.expires.since(today) <= days));
    waivers.sort_by(|a, b| (a.expires, &a.place.path).cmp(&(b.expires, &b.place.path)));
    let folder = env.cwd.join(&args.path);
    let text = match args.format {
        OutputFormat::Human => {
            let rows: String = waivers.iter().map(|waiver| row(waiver, today, &folder)).collect();
            let unreadable: String = wrong.iter().map(|f| format!("unreadable: {}\n", f.diagnostic.title)).collect();
            format!("{rows}{unreadable}{}\n", count(waivers.len(), "waiver", "waivers"))
        }
        OutputFormat::Json => {
            let waivers: Vec<_> = waivers.iter().map(|waiver| as_json(waiver, &folder)).collect();
            pretty(&json!({"schema": "polity/waiver-list/1", "today": today, "waivers": waivers, "unreadable": wrong.len()}))
        }
    };
    print(env, &text)?;
    Ok(if wrong.is_empty() { Exit::Clean } else { Exit::Findings })
}

/// Who added the file, and when, as git knows it.
fn granted(waiver: &Waiver, folder: &Path) -> Option<(String, Date)> {
    // Who added a file has not granted what a comment in it waives.
    let Covers::Subject(_) = waiver.covers else { return None };
    disk::added_by(folder, &waiver.place.path).map(|(name, seconds)| (name, Date::of_unix(seconds)))
}

fn row(waiver: &Waiver, today: Date, folder: &Path) -> String {
    let subject = match &waiver.covers {
        Covers::Subject(subject) => {
            subject.path.clone() + &subject.at.iter().chain(&subject.text).map(|p| format!(" {p}")).collect::<String>()
        }
        Covers::Line(path, line) => format!("{path}:{line}"),
    };
    let left = waiver.expires.since(today);
    let end = if left < 0 { format!("expired {}", waiver.expires) } else { format!("until {}", waiver.expires) };
    let by = granted(waiver, folder).map_or(String::new(), |(name, day)| format!("; granted by {name} on {day}"));
    format!("{}  {end}  {}\n  {subject}\n  {}: {}{by}\n", waiver.policy, waiver.owner, waiver.reason, waiver.because)
}

fn as_json(waiver: &Waiver, folder: &Path) -> serde_json::Value {
    let subject = match &waiver.covers {
        Covers::Subject(subject) => json!(subject),
        Covers::Line(path, line) => json!({"path": path, "line": line}),
    };
    let granted = granted(waiver, folder).map(|(by, on)| json!({"by": by, "on": on}));
    json!({
        "policy": waiver.policy, "subject": subject, "reason": waiver.reason, "because": waiver.because, "owner": waiver.owner,
        "ticket": waiver.ticket, "expires": waiver.expires, "file": waiver.place.path, "granted": granted,
    })
}
