//! `polity registry list`, and how a sync reads: for people and as JSON.

use std::fmt::Write as _;

use serde_json::json;

use crate::catalog::trust::Equivocation;
use crate::cli::{OutputFormat, SyncArgs};
use crate::error::{Error, Exit};
use crate::report::human::count;

use super::federation::{Known, cache, expect};
use super::org::Refreshed;
use super::take::Report;
use super::unit::folder;
use super::{Env, print};

/// Lists the namespaces.
pub(super) fn run(format: OutputFormat, env: &mut Env<'_>) -> Result<Exit, Error> {
    let (federated, cache) = (expect(env)?, cache()?);
    let (mut rows, mut text) = (Vec::new(), String::new());
    for (namespace, rules) in &federated.federation.file.namespaces {
        let known = federated.known(&cache, namespace)?;
        let releases = releases(&known);
        let signers = known
            .trust
            .as_ref()
            .map_or_else(|| "no signers".to_owned(), |t| format!("{} of {}", t.threshold, count(t.signers.len(), "signer", "signers")));
        let _ = writeln!(text, "{namespace}  {}  {}  {signers}  {}", known.freshness, count(releases, "release", "releases"), rules.url);
        rows.push(json!({
            "namespace": namespace, "url": rules.url, "freshness": known.freshness.to_string(), "usable": known.freshness.is_usable(),
            "synced": known.record.as_ref().map(|r| r.at), "source": known.record.as_ref().map(|r| &r.source),
            "signed": known.trust.is_some(), "signers": known.trust.as_ref().map(|t| t.signers.len()),
            "threshold": known.trust.as_ref().map(|t| t.threshold), "releases": releases,
            "checkpoint": known.state.checkpoint.as_ref().map(|c| json!({"seq": c.seq, "issued": c.issued, "expires": c.expires})),
        }));
    }
    let federation = &federated.federation.file.federation;
    let text = match format {
        OutputFormat::Json => format!("{:#}\n", json!({"schema": "polity/registry-list/1", "federation": federation, "namespaces": rows})),
        OutputFormat::Human if rows.is_empty() => "the federation has no namespace yet\n".to_owned(),
        OutputFormat::Human => text,
    };
    print(env, &text)?;
    Ok(Exit::Clean)
}

fn releases(known: &Known) -> usize {
    if known.trust.is_some() { known.state.versions().count() } else { known.record.as_ref().map_or(0, |r| r.units.len()) }
}

/// What a sync found.
pub(super) fn sync_report(org: Option<&Refreshed>, reports: &[Report], knowns: &[Known], pushed: &[String], args: &SyncArgs) -> String {
    if args.format == OutputFormat::Json {
        let rows: Vec<_> = reports.iter().zip(knowns).map(|(report, known)| row(report, known)).collect();
        return format!(
            "{:#}\n",
            json!({"schema": "polity/registry-sync/1", "org": org.map(of_org), "namespaces": rows, "pushed": pushed})
        );
    }
    let mut text = match org.map(|org| (&org.address, &org.outcome)) {
        Some((address, Ok(true))) => format!("the federation file of {address} is another one than before\n"),
        Some((address, Err(why))) => format!("the federation file stays as it was: {address}: {why}\n"),
        Some((_, Ok(false))) | None => String::new(),
    };
    for (report, known) in reports.iter().zip(knowns) {
        let from = report.source.as_ref().map_or_else(|| "not synced".to_owned(), |source| format!("from {source}"));
        let (all, new) = (count(releases(known), "release", "releases"), count(report.news.len(), "new statement", "new statements"));
        let _ = writeln!(text, "{}  {}  {all}, {new}, {from}", report.namespace, known.freshness);
        for (source, why, refused) in &report.failures {
            let _ = writeln!(text, "  {} {source}: {why}", if *refused { "refused" } else { "unreachable" });
        }
        for problem in report.problems.iter().chain(&report.notes) {
            let _ = writeln!(text, "  {problem}");
        }
        let mut news: Vec<_> = report.news.iter().map(|(_, signed)| &signed.statement).filter(|_| args.explain).collect();
        news.sort_by_key(|s| (s.seq, s.summary()));
        for s in news {
            let _ = writeln!(text, "  + {} ({}, {})", s.summary(), s.signer, s.issued);
        }
        if known.trust.is_none() {
            let _ = writeln!(text, "  has no signers: whoever can write to it decides what it holds");
        }
        if known.damaged > 0 {
            let _ = writeln!(text, "  {} of the cache damaged and left out", count(known.damaged, "line", "lines"));
        }
    }
    pushed.iter().for_each(|line| text += &format!("{line}\n"));
    text
}

fn of_org(org: &Refreshed) -> serde_json::Value {
    json!({"address": org.address, "changed": org.outcome.as_ref().ok(), "failure": org.outcome.as_ref().err()})
}

fn row(report: &Report, known: &Known) -> serde_json::Value {
    let news = report
        .news
        .iter()
        .map(|(id, s)| json!({"id": id, "summary": s.statement.summary(), "signer": s.statement.signer, "issued": s.statement.issued}));
    let failures = report.failures.iter().map(|(source, why, refused)| json!({"source": source, "refused": refused, "reason": why}));
    json!({
        "namespace": report.namespace, "synced": report.source.is_some(), "source": report.source, "freshness": known.freshness.to_string(),
        "signed": known.trust.is_some(), "releases": releases(known), "new": news.collect::<Vec<_>>(),
        "failures": failures.collect::<Vec<_>>(), "problems": report.problems, "notes": report.notes,
    })
}

/// One line about a version of which two things are said.
pub(super) fn equivocation(e: &Equivocation) -> String {
    let both: Vec<_> = e.trees.iter().map(|(tree, statement)| format!("statement {statement} says tree {tree}")).collect();
    format!("{} {} is contradictory (equivocation) and not chosen: {}", folder(&e.unit), e.version, both.join(", "))
}
