//! `polity blame`: who made each line of a file, the template or you.

mod json;
mod report;

use std::path::PathBuf;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::cli::{BlameArgs, OutputFormat};
use crate::disk::update::Since;
use crate::error::{Error, Exit};
use crate::template::life::Origin;

use super::provenance::{self, Traced};
use super::{Env, print};

/// Who made a line.
pub(super) enum Maker<'a> {
    /// A line of a template.
    Template(&'a Origin),
    /// A template, and it is not certain which line of it.
    Somewhere,
    /// polity itself: the lock, the record.
    Polity,
    /// Somebody, in a commit if it is committed.
    Yours(Option<&'a Since>),
    /// Somebody, and git cannot say in which commit.
    Sometime,
}

/// Says who made the lines of a file, or one of them.
pub(super) fn run(args: &BlameArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let (file, line) = place(args, env);
    let traced = provenance::look(env, &file)?;
    let text = String::from_utf8_lossy(&traced.now).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    if let Some(line) = line.filter(|line| *line == 0 || *line > lines.len()) {
        return Err(Error::usage(format!("`{}` has {} lines, and no line {line}", file.display(), lines.len())));
    }
    let since = traced.service.ground.blame(&traced.path);
    if let Err(why) = &since {
        env.notice(format!("git cannot say who wrote the lines of `{}`: {why}", file.display()));
    }
    let makers = makers(&traced, &lines, since.as_deref().ok());
    let chosen = (1..).zip(lines.iter().zip(&makers)).filter(|(number, _)| line.is_none_or(|line| line == *number));
    let rows: Vec<_> = chosen.map(|(number, (text, maker))| (number, *text, maker)).collect();
    let text = match (args.format, line) {
        (OutputFormat::Json, _) => env.document(json::json(&traced, &rows)),
        (OutputFormat::Human, None) => report::table(&traced, &rows),
        (OutputFormat::Human, Some(_)) => report::detail(&traced, &rows),
    };
    print(env, &text)?;
    Ok(Exit::Clean)
}

/// `FILE:LINE`, unless a file has that name.
fn place(args: &BlameArgs, env: &Env<'_>) -> (PathBuf, Option<usize>) {
    let text = args.place.to_string_lossy();
    match text.rsplit_once(':') {
        Some((file, line)) if !env.cwd.join(&args.place).exists() => match line.parse() {
            Ok(line) => (PathBuf::from(file), Some(line)),
            Err(_) => (args.place.clone(), None),
        },
        _ => (args.place.clone(), None),
    }
}

fn makers<'a>(traced: &'a Traced, lines: &[&str], since: Option<&'a [Since]>) -> Vec<Maker<'a>> {
    let locked = traced.service.lock.files.get(&traced.origin);
    let yours = |number: usize| match since {
        Some(since) => Maker::Yours(since.get(number).filter(|since| !since.commit.is_empty())),
        None => Maker::Sometime,
    };
    if traced.path.as_str() == crate::config::LOCK_FILE {
        return lines.iter().map(|_| Maker::Polity).collect();
    }
    let (Some(locked), Some(rendered)) = (locked, &traced.rendered) else {
        // Rendered once, and what was rendered is lost: nobody can say which line is whose.
        return (0..lines.len()).map(|number| if locked.is_some() { Maker::Somewhere } else { yours(number) }).collect();
    };
    let rendered = String::from_utf8_lossy(rendered).into_owned();
    let old: Vec<&str> = rendered.lines().collect();
    let record = record(&old);
    let mut makers: Vec<_> = (0..lines.len()).map(yours).collect();
    for op in capture_diff_slices(Algorithm::Myers, &old, lines) {
        let DiffOp::Equal { old_index, new_index, len } = op else { continue };
        for step in 0..len {
            let origin = traced.origins.get(old_index + step).and_then(Option::as_ref);
            makers[new_index + step] = match origin {
                _ if is_own(traced) && record.contains(&(old_index + step)) || locked.from.is_empty() => Maker::Polity,
                Some(origin) => Maker::Template(origin),
                None => Maker::Somewhere,
            };
        }
    }
    makers
}

fn is_own(traced: &Traced) -> bool {
    traced.path.as_str() == crate::config::SERVICE_FILE
}

/// The lines of the record in `polity.yaml`.
fn record(lines: &[&str]) -> std::ops::Range<usize> {
    let start = lines.iter().position(|line| line.trim_end() == "template:").unwrap_or(lines.len());
    let rest = lines[start..].iter().skip(1).take_while(|line| line.starts_with(' '));
    start..start + 1 + rest.count()
}
