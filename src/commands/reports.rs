//! Where the result of a check goes: to the standard output, to files, in one or several formats.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::{Component, Path};

use crate::cli::{CheckArgs, ReportFormat};
use crate::config::{Format, SERVICE_FILE, ServiceFile, load};
use crate::disk;
use crate::error::Error;
use crate::finding::SourceText;
use crate::policy::{Outcome, Policy, Repository, vacuous};
use crate::report::human::{self, Paint};
use crate::report::{Card, Report, annotations, codequality, html, json, junit, markdown, sarif};
use crate::tree::RepoPath;

use super::check::bar;
use super::output::{Heard, Overheard};
use super::{Env, known};

/// Writes a check in every format that was asked for; `heard` is told what is printed. With `--diff` the standard output is for the changes.
pub(super) fn publish(
    args: &CheckArgs,
    outcome: &Outcome,
    policies: &[Policy],
    repository: &Repository,
    env: &mut Env<'_>,
    heard: Option<&mut Heard>,
) -> Result<(), Error> {
    let mut report = Report::new(outcome, policies, cards(outcome, repository), prefix(&args.path));
    report.bar = bar(args);
    report.freshness.clone_from(&env.freshness.borrow());
    report.notices = env.said();
    report.skipped.clone_from(&args.skip);
    let formats = || args.reports.iter().map(|(format, _)| *format).chain([args.format]);
    if formats().any(|format| format == ReportFormat::Html) {
        report.history = known::trend(&env.cwd.join(&args.path), outcome);
    }
    let tail = if args.vacuity { human::vacuity(&vacuous(policies, outcome), outcome) } else { String::new() };
    let look = Look { paint: Paint::when(env.colour), quiet: env.quiet, tail: &tail };
    for (format, file) in
        args.reports.iter().map(|(format, file)| (*format, file)).chain(args.output.iter().map(|file| (args.format, file)))
    {
        let full = env.cwd.join(file);
        let written = disk::write_file(&full, &mut |out| write(&report, format, Look { paint: Paint::Plain, ..look }, out));
        written.map_err(|error| Error::io(format!("write `{}`", file.display()), error))?;
    }
    if args.output.is_some() || args.diff {
        return Ok(());
    }
    let mut out = BufWriter::with_capacity(1 << 16, Overheard { to: &mut *env.stdout, by: heard });
    match write(&report, args.format, look, &mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::io("write the result", error)),
        _ => Ok(()),
    }
}

/// What only the text for people asks.
#[derive(Clone, Copy)]
struct Look<'a> {
    paint: Paint,
    quiet: bool,
    /// What stands at its end.
    tail: &'a str,
}

fn write(report: &Report<'_>, format: ReportFormat, look: Look<'_>, out: &mut dyn Write) -> io::Result<()> {
    match format {
        ReportFormat::Human => {
            human::write(report, look.paint, look.quiet, out)?;
            out.write_all(look.tail.as_bytes())
        }
        ReportFormat::Json => json::write(report, out),
        ReportFormat::Sarif => sarif::write(report, out),
        ReportFormat::Github => annotations::write(report, out),
        ReportFormat::Gitlab => codequality::write(report, out),
        ReportFormat::Junit => junit::write(report, out),
        ReportFormat::Markdown => markdown::write(report, out),
        ReportFormat::Html => html::write(report, out),
    }
}

/// What readers of a report put in front of its paths: where the checked folder lies below the one that polity was started in,
/// which in CI is the root of the repository. A folder elsewhere has no such place.
fn prefix(path: &Path) -> String {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    let names: Option<Vec<_>> = parts.map(|part| if let Component::Normal(name) = part { name.to_str() } else { None }).collect();
    names.unwrap_or_default().join("/")
}

/// What the services say of themselves, as far as it can be read; a description that cannot be is a finding already.
fn cards(outcome: &Outcome, repository: &Repository) -> BTreeMap<String, Card> {
    let card = |root: &str| {
        let path = RepoPath::found(if root.is_empty() { SERVICE_FILE.to_owned() } else { format!("{root}/{SERVICE_FILE}") });
        let bytes = repository.tree().read(&path).ok()?;
        let source = SourceText::new(path.as_str(), String::from_utf8(bytes.to_vec()).ok()?);
        let facts = load::<ServiceFile>(&source, Format::Yaml).ok()?.0.service?;
        Some((root.to_owned(), Card { name: Some(facts.name), owner: facts.owner }))
    };
    outcome.services.iter().filter_map(|service| card(&service.root)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_seen_from_where_polity_was_started() {
        for (path, expected) in [(".", ""), ("./services/a/", "services/a"), ("..", ""), ("../b", ""), ("/tmp/x", ""), ("a/./b", "a/b")] {
            assert_eq!(prefix(Path::new(path)), expected, "{path}");
        }
    }
}
