//! What `polity blame` prints: one line of the file a row, or everything on one line.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::config::LockedUnit;
use crate::template::life::Origin;
use crate::template::shown;

use super::super::provenance::Traced;
use super::Maker;

type Row<'a> = (usize, &'a str, &'a Maker<'a>);

/// All lines.
pub(super) fn table(traced: &Traced, rows: &[Row<'_>]) -> String {
    let names: Vec<_> = rows.iter().map(|(_, _, maker)| name(traced, maker)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for ((number, line, _), name) in rows.iter().zip(names) {
        let _ = writeln!(text, "{}", format!("{number:>4}  {name:<width$}  {line}").trim_end());
    }
    text
}

/// One line, with everything that is known of it.
pub(super) fn detail(traced: &Traced, rows: &[Row<'_>]) -> String {
    let mut text = String::new();
    for (number, line, maker) in rows {
        let _ = writeln!(text, "{}:{number}: {line}", traced.path);
        for (word, value) in facts(traced, maker) {
            let _ = writeln!(text, "  {word:<9} {value}");
        }
    }
    text
}

/// For programs.
pub(super) fn json(traced: &Traced, rows: &[Row<'_>]) -> String {
    let lines = rows.iter().map(|(number, line, maker)| {
        let mut row = json!({"line": number, "text": line});
        let more = match maker {
            Maker::Template(origin) => {
                let unit = traced.service.lock.layer(&origin.layer);
                json!({
                    "maker": "template", "layer": origin.layer, "version": unit.map(|unit| &unit.version),
                    "signer": unit.and_then(signer), "file": origin.file, "at": origin.line, "answers": answers(traced, origin),
                })
            }
            Maker::Somewhere => json!({"maker": "template", "from": from(traced).collect::<Vec<_>>()}),
            Maker::Polity => json!({"maker": "polity"}),
            Maker::Yours(since) => json!({
                "maker": "yours", "commit": since.map(|since| &since.commit), "author": since.map(|since| &since.author),
                "summary": since.map(|since| &since.summary),
            }),
        };
        if let (Value::Object(row), Value::Object(more)) = (&mut row, more) {
            row.extend(more);
        }
        row
    });
    let value = json!({"schema": "polity/blame/1", "path": traced.path, "lines": lines.collect::<Vec<_>>()});
    format!("{value:#}\n")
}

fn name(traced: &Traced, maker: &Maker<'_>) -> String {
    match maker {
        Maker::Template(origin) => format!("{} {}:{}", traced.versioned(&origin.layer), file(&origin.file), origin.line),
        Maker::Somewhere => format!("{} (line unknown)", layers(traced)),
        Maker::Polity => "polity".to_owned(),
        Maker::Yours(Some(since)) => format!("yours {}", &since.commit[..since.commit.len().min(8)]),
        Maker::Yours(None) => "yours (not committed)".to_owned(),
    }
}

fn facts(traced: &Traced, maker: &Maker<'_>) -> Vec<(&'static str, String)> {
    match maker {
        Maker::Template(origin) => {
            let mut facts = vec![("layer", traced.versioned(&origin.layer)), ("line", format!("{}:{}", file(&origin.file), origin.line))];
            facts.extend(traced.service.lock.layer(&origin.layer).and_then(signer).map(|signer| ("signed by", signer.to_owned())));
            facts.extend(answers(traced, origin).into_iter().map(|(name, value)| ("answer", format!("{name} = {}", shown(&value)))));
            facts
        }
        Maker::Somewhere => from(traced).map(|from| ("from", from)).chain([("line", format!("unknown: {}", traced.doubt()))]).collect(),
        Maker::Polity => vec![("from", "polity itself".to_owned())],
        Maker::Yours(Some(since)) => vec![
            ("yours", format!("since {}", &since.commit[..since.commit.len().min(8)])),
            ("by", format!("{}, {}", since.author, since.date)),
            ("commit", since.summary.clone()),
        ],
        Maker::Yours(None) => vec![("yours", "not committed".to_owned())],
    }
}

fn from(traced: &Traced) -> impl Iterator<Item = String> {
    traced.sources().map(|(layer, path)| format!("{} {}", traced.versioned(layer), file(path)))
}

/// The layers that a file comes from.
fn layers(traced: &Traced) -> String {
    let mut layers: Vec<_> = traced.sources().map(|(layer, _)| traced.versioned(layer)).collect();
    layers.dedup();
    layers.join(", ")
}

fn signer(unit: &LockedUnit) -> Option<&str> {
    unit.known.as_ref()?.signer.as_deref()
}

fn file(path: &str) -> &str {
    path.strip_prefix("files/").unwrap_or(path)
}

fn answers(traced: &Traced, origin: &Origin) -> serde_json::Map<String, Value> {
    let answers = &traced.service.record.answers;
    origin.inputs.iter().filter_map(|name| Some((name.clone(), answers.get(name)?.clone()))).collect()
}
