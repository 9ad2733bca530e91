//! What `polity blame` prints for people: one line of the file a row, or everything on one line.

use std::fmt::Write as _;

use serde_json::Value;

use crate::finding::plain;
use crate::template::life::Origin;
use crate::template::shown;

use super::super::provenance::Traced;
use super::Maker;

pub(super) type Row<'a> = (usize, &'a str, &'a Maker<'a>);

/// All lines.
pub(super) fn table(traced: &Traced, rows: &[Row<'_>]) -> String {
    let names: Vec<_> = rows.iter().map(|(_, _, maker)| name(traced, maker)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for ((number, line, _), name) in rows.iter().zip(names) {
        let _ = writeln!(text, "{}", format!("{number:>4}  {name:<width$}  {}", plain(line)).trim_end());
    }
    text
}

/// One line, with everything that is known of it.
pub(super) fn detail(traced: &Traced, rows: &[Row<'_>]) -> String {
    let mut text = String::new();
    for (number, line, maker) in rows {
        let _ = writeln!(text, "{}:{number}: {}", traced.path, plain(line));
        for (word, value) in facts(traced, maker) {
            let _ = writeln!(text, "  {word:<9} {value}");
        }
    }
    text
}

fn name(traced: &Traced, maker: &Maker<'_>) -> String {
    match maker {
        Maker::Template(origin) => format!("{} {}:{}", marked(traced, &origin.layer), file(&origin.file), origin.line),
        Maker::Somewhere => format!("{} (line unknown)", layers(traced)),
        Maker::Polity => "polity".to_owned(),
        Maker::Yours(Some(since)) => format!("yours {}", &since.commit[..since.commit.len().min(8)]),
        Maker::Yours(None) => "yours (not committed)".to_owned(),
        Maker::Sometime => "yours (commit unknown)".to_owned(),
    }
}

fn facts(traced: &Traced, maker: &Maker<'_>) -> Vec<(&'static str, String)> {
    match maker {
        Maker::Template(origin) => {
            let mut facts = vec![("layer", traced.versioned(&origin.layer)), ("line", format!("{}:{}", file(&origin.file), origin.line))];
            facts.extend(known(traced, &origin.layer));
            facts.extend(
                signer(traced, &origin.layer)
                    .map(|(signer, is_proven)| ("signed by", if is_proven { signer } else { format!("{signer}, as polity.lock says") })),
            );
            facts.extend(answers(traced, origin).into_iter().map(|(name, value)| ("answer", format!("{name} = {}", shown(&value)))));
            facts
        }
        Maker::Somewhere => {
            let mut facts: Vec<_> = from(traced).map(|from| ("from", from)).collect();
            facts.extend(traced.sources().flat_map(|(layer, _)| known(traced, layer)));
            facts.push(("line", format!("unknown: {}", traced.doubt())));
            facts
        }
        Maker::Polity => vec![("from", "polity itself".to_owned())],
        Maker::Yours(Some(since)) => vec![
            ("yours", format!("since {}", &since.commit[..since.commit.len().min(8)])),
            ("by", format!("{}, {}", since.author, since.date)),
            ("commit", since.summary.clone()),
        ],
        Maker::Yours(None) => vec![("yours", "not committed".to_owned())],
        Maker::Sometime => vec![("yours", "commit unknown: git cannot say".to_owned())],
    }
}

pub(super) fn from(traced: &Traced) -> impl Iterator<Item = String> {
    traced.sources().map(|(layer, path)| format!("{} {}", traced.versioned(layer), file(path)))
}

/// The layers that a file comes from.
fn layers(traced: &Traced) -> String {
    let mut layers: Vec<_> = traced.sources().map(|(layer, _)| marked(traced, layer)).collect();
    layers.dedup();
    layers.join(", ")
}

/// A layer with its version, and a word when its owner took that back.
fn marked(traced: &Traced, layer: &str) -> String {
    let versioned = traced.versioned(layer);
    traced.marks.concern(layer).map_or_else(|| versioned.clone(), |mark| format!("{versioned} ({})", mark.word))
}

/// What has become of a layer, and how old that knowledge is.
fn known(traced: &Traced, layer: &str) -> Vec<(&'static str, String)> {
    let concern = traced.marks.concern(layer).map(|mark| ("standing", mark.text()));
    concern.into_iter().chain(traced.marks.age(layer).map(|age| ("known", age.to_owned()))).collect()
}

/// Who signed a layer, and whether the statement says so or the lock alone.
pub(super) fn signer(traced: &Traced, layer: &str) -> Option<(String, bool)> {
    traced.marks.signer(traced.service.lock.layer(layer)?)
}

fn file(path: &str) -> &str {
    path.strip_prefix("files/").unwrap_or(path)
}

pub(super) fn answers(traced: &Traced, origin: &Origin) -> serde_json::Map<String, Value> {
    let answers = &traced.service.record.answers;
    origin.inputs.iter().filter_map(|name| Some((name.clone(), answers.get(name)?.clone()))).collect()
}
