//! `polity waiver`: write a waiver, list them, and see which ones end soon.

use std::path::Path;

use serde_json::json;

use crate::cli::{OutputFormat, WaiverArgs, WaiverListArgs, WaiverVerb};
use crate::config::{Date, Format, WaiverFile, load};
use crate::disk;
use crate::error::{Error, Exit};
use crate::finding::{SourceText, plain};
use crate::policy::waivers::{Covers, Waiver, all};
use crate::report::human::count;
use crate::report::json::pretty;
use crate::tree::{RepoPath, Tree};

use super::{Env, check, layers, print};

mod add;
mod refused;

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
    let repository = check::repository(&args.path, env)?;
    let (mut waivers, wrong) = all(&repository);
    waivers.retain(|waiver| within.is_none_or(|days| waiver.expires.since(today) <= days));
    waivers.sort_by(|a, b| (a.expires, &a.place.path).cmp(&(b.expires, &b.place.path)));
    let folder = env.cwd.join(&args.path);
    let waivers: Vec<_> = waivers.iter().map(|waiver| (waiver, granted(waiver, repository.tree(), &folder))).collect();
    let text = match args.format {
        OutputFormat::Human => {
            let rows: String = waivers.iter().map(|(waiver, granted)| row(waiver, granted.as_ref(), today)).collect();
            let unreadable: String = wrong.iter().map(|f| format!("unreadable: {}\n", plain(&f.diagnostic.title))).collect();
            format!("{rows}{unreadable}{}\n", count(waivers.len(), "waiver", "waivers"))
        }
        OutputFormat::Json => {
            let waivers: Vec<_> = waivers.iter().map(|(waiver, granted)| as_json(waiver, granted.as_ref())).collect();
            pretty(&json!({"schema": "polity/waiver-list/1", "today": today, "waivers": waivers, "unreadable": wrong.len()}))
        }
    };
    print(env, &text)?;
    Ok(if wrong.is_empty() { Exit::Clean } else { Exit::Findings })
}

/// Who made the file let be what it lets be, for so long as it does, and when, as git knows it.
fn granted(waiver: &Waiver, tree: &Tree, folder: &Path) -> Option<(String, Date)> {
    // Who wrote a file has not granted what a comment in it waives.
    let Covers::Subject(_) = waiver.covers else { return None };
    let grant = |bytes: &[u8]| {
        let source = SourceText::new("waiver", std::str::from_utf8(bytes).ok()?);
        let (file, _) = load::<WaiverFile>(&source, Format::Yaml).ok()?;
        Some((file.policy, file.subject, file.says, file.expires))
    };
    let path = &waiver.place.path;
    let now = grant(&tree.read(&RepoPath::found(path.clone())).ok()?)?;
    let said = disk::said_by(folder, path, &|before| grant(before).is_some_and(|before| before == now));
    said.map(|(name, seconds)| (name, Date::of_unix(seconds)))
}

fn row(waiver: &Waiver, granted: Option<&(String, Date)>, today: Date) -> String {
    let subject = match &waiver.covers {
        Covers::Subject(subject) => {
            subject.path.clone() + &subject.at.iter().chain(&subject.text).map(|p| format!(" {p}")).collect::<String>()
        }
        Covers::Line(path, line) => format!("{path}:{line}"),
    };
    let left = waiver.expires.since(today);
    let end = if left < 0 { format!("expired {}", waiver.expires) } else { format!("until {}", waiver.expires) };
    let by = granted.map_or(String::new(), |(name, day)| format!("; granted by {name} on {day}"));
    let lines = [
        format!("{}  {end}  {}", waiver.policy, waiver.owner),
        format!("  {subject}"),
        format!("  {}: {}{by}", waiver.reason, waiver.because),
    ];
    lines.iter().map(|line| plain(line) + "\n").collect()
}

fn as_json(waiver: &Waiver, granted: Option<&(String, Date)>) -> serde_json::Value {
    let subject = match &waiver.covers {
        Covers::Subject(subject) => json!(subject),
        Covers::Line(path, line) => json!({"path": path, "line": line}),
    };
    let granted = granted.map(|(by, on)| json!({"by": by, "on": on}));
    json!({
        "policy": waiver.policy, "subject": subject, "says": waiver.says, "reason": waiver.reason, "because": waiver.because, "owner": waiver.owner,
        "ticket": waiver.ticket, "expires": waiver.expires, "file": waiver.place.path, "granted": granted,
    })
}
