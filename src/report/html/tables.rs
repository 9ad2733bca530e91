//! The tables of the page: services by policies, owners, policies.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::report::escape::xml;
use crate::report::scorecard::{Cell, Column, Row, Scorecard};

use super::{mark, percent};

/// Services down, policies across, grouped by the registry that they came from.
pub(super) fn matrix(card: &Scorecard<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<h2 id=\"scorecard\">Services and policies</h2>")?;
    writeln!(out, "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-labelledby=\"scorecard\">\n<table class=\"matrix sortable\">")?;
    writeln!(
        out,
        "<caption>✓ held · a number counts findings · ? could not be read · n/a nothing to judge · – not evaluated · w waived or known before</caption>\n<thead>\n<tr>"
    )?;
    for (column, (title, class)) in [("Service", ""), ("Owner", ""), ("Held", "num"), ("Errors", "num")].into_iter().enumerate() {
        writeln!(out, "<th scope=\"col\" rowspan=\"2\" data-column=\"{column}\" class=\"{class}\">{title}</th>")?;
    }
    for (layer, number) in layers(card) {
        writeln!(out, "<th scope=\"colgroup\" colspan=\"{number}\" class=\"layer\">{}</th>", xml(layer))?;
    }
    writeln!(out, "</tr>\n<tr>")?;
    for (at, (index, _)) in by_layer(card).into_iter().enumerate() {
        let id = xml(card.columns[index].id);
        writeln!(out, "<th scope=\"col\" class=\"policy\" data-column=\"{}\"><span class=\"name\">{id}</span></th>", at + 4)?;
    }
    writeln!(out, "</tr>\n</thead>\n<tbody>")?;
    for (index, row) in card.rows.iter().enumerate() {
        service(card, index, row, out)?;
    }
    writeln!(out, "</tbody>\n</table>\n</div>")
}

fn service(card: &Scorecard<'_>, index: usize, row: &Row<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (held, all, errors) = held(card, index);
    let share = (held * 1000).checked_div(all).unwrap_or_default();
    writeln!(out, "<tr>\n<th scope=\"row\">{}</th><td>{}</td>", xml(&row.title), xml(row.owner.unwrap_or("–")))?;
    writeln!(
        out,
        "<td class=\"num\" data-key=\"{share}\">{}</td><td class=\"num\" data-key=\"{errors}\">{errors}</td>",
        percent(held, all)
    )?;
    for (column, _) in by_layer(card) {
        let Some(cell) = card.cell(index, column) else {
            writeln!(out, "<td class=\"mark\" data-key=\"-1\"><span class=\"box none\">–</span></td>")?;
            continue;
        };
        let (class, sign, words) = mark(cell);
        let key = cell.errors * 1_000_000 + cell.warnings * 1000 + cell.advice;
        let inside = format!("<span aria-hidden=\"true\">{sign}</span><span class=\"away\">{}</span>", xml(&words));
        if cell.findings.is_empty() {
            writeln!(out, "<td class=\"mark\" data-key=\"{key}\"><span class=\"box {class}\">{inside}</span></td>")?;
        } else {
            writeln!(out, "<td class=\"mark\" data-key=\"{key}\"><a class=\"{class}\" href=\"#f-{index}-{column}\">{inside}</a></td>")?;
        }
    }
    writeln!(out, "</tr>")
}

/// Policies held, policies that look at the service, errors.
fn held(card: &Scorecard<'_>, row: usize) -> (usize, usize, usize) {
    let (held, judged) = card.held(row);
    (held, judged, card.cells(row).map(|(_, cell)| cell.errors).sum())
}

/// The columns in the order of their layers, each with its layer's name.
fn by_layer<'a>(card: &'a Scorecard<'_>) -> Vec<(usize, &'a str)> {
    let mut all: Vec<_> = card.columns.iter().map(layer).enumerate().collect();
    all.sort_by_key(|(index, layer)| (*layer, *index));
    all
}

fn layers<'a>(card: &'a Scorecard<'_>) -> BTreeMap<&'a str, usize> {
    let mut layers = BTreeMap::new();
    for (_, layer) in by_layer(card) {
        *layers.entry(layer).or_default() += 1;
    }
    layers
}

fn layer<'a>(column: &Column<'a>) -> &'a str {
    column.policy.map_or("engine", |policy| policy.namespace.as_str())
}

/// What each owner's services come to.
pub(super) fn owners(card: &Scorecard<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut owners: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    for (index, row) in card.rows.iter().enumerate() {
        let (held, all, errors) = held(card, index);
        let sums = owners.entry(row.owner.unwrap_or("–")).or_default();
        [1, held, all, errors].into_iter().zip(sums).for_each(|(number, sum)| *sum += number);
    }
    begin("owners", "Owners", "What the services of each owner come to", &["Owner", "Services", "Held", "Errors"], 1, out)?;
    for (owner, [services, held, all, errors]) in owners {
        let share = (held * 1000).checked_div(all).unwrap_or_default();
        writeln!(out, "<tr><th scope=\"row\">{}</th>", xml(owner))?;
        for (key, text) in [(services, services.to_string()), (share, percent(held, all)), (errors, errors.to_string())] {
            write!(out, "<td class=\"num\" data-key=\"{key}\">{text}</td>")?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody>\n</table>\n</div>")
}

/// What each policy finds.
pub(super) fn policies(card: &Scorecard<'_>, out: &mut dyn Write) -> io::Result<()> {
    let titles = ["Policy", "What it finds", "Layer", "Owner", "Severity", "Services that fail", "Findings"];
    begin("policies", "Policies", "What each policy finds", &titles, 5, out)?;
    for (at, column) in card.columns.iter().enumerate() {
        let cells = || (0..card.rows.len()).filter_map(|row| card.cell(row, at));
        let failing = cells().filter(|cell| cell.counting() > 0).count();
        let number: usize = cells().map(Cell::counting).sum();
        let (title, owner, severity) = column.policy.map_or(("evidence that cannot be read", "polity", "–"), |policy| {
            (policy.file.title.as_str(), policy.file.owner.as_str(), policy.file.severity.as_str())
        });
        writeln!(out, "<tr><th scope=\"row\">{}</th>", xml(column.id))?;
        for text in [title, layer(column), owner] {
            write!(out, "<td>{}</td>", xml(text))?;
        }
        write!(out, "<td><span class=\"tag {}\">{severity}</span></td>", if severity == "–" { "none" } else { severity })?;
        writeln!(out, "<td class=\"num\" data-key=\"{failing}\">{failing}</td><td class=\"num\" data-key=\"{number}\">{number}</td></tr>")?;
    }
    writeln!(out, "</tbody>\n</table>\n</div>")
}

/// Heading, frame and head of a table whose columns from `numbers` on hold numbers.
fn begin(id: &str, heading: &str, caption: &str, titles: &[&str], numbers: usize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<h2 id=\"{id}\">{heading}</h2>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-labelledby=\"{id}\">")?;
    writeln!(out, "<table class=\"sortable\">\n<caption>{caption}</caption>\n<thead>\n<tr>")?;
    for (column, title) in titles.iter().enumerate() {
        let class = if column >= numbers { "num" } else { "" };
        writeln!(out, "<th scope=\"col\" data-column=\"{column}\" class=\"{class}\">{title}</th>")?;
    }
    writeln!(out, "</tr>\n</thead>\n<tbody>")
}
