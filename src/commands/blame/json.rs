//! What `polity blame` prints for programs.

use serde_json::{Value, json};

use super::super::provenance::Traced;
use super::Maker;
use super::report::{Row, answers, from, signer};

/// The lines as JSON.
pub(super) fn json(traced: &Traced, rows: &[Row<'_>]) -> Value {
    let lines = rows.iter().map(|(number, line, maker)| {
        let mut row = json!({"line": number, "text": line});
        let more = match maker {
            Maker::Template(origin) => {
                let unit = traced.service.lock.layer(&origin.layer);
                let known = traced.marks.json(&origin.layer);
                json!({
                    "standing": known["standing"], "reason": known["reason"], "freshness": known["freshness"],
                    "maker": "template", "layer": origin.layer, "version": unit.map(|unit| &unit.version),
                    "signer": signer(traced, &origin.layer).map(|(signer, _)| signer), "file": origin.file, "at": origin.line, "answers": answers(traced, origin),
                })
            }
            Maker::Somewhere => json!({"maker": "template", "from": from(traced).collect::<Vec<_>>(), "layers": layers(traced)}),
            Maker::Polity => json!({"maker": "polity"}),
            Maker::Sometime => json!({"maker": "yours", "commit": null, "unknown": true}),
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
    json!({"schema": "polity/blame/1", "path": traced.path, "lines": lines.collect::<Vec<_>>()})
}

/// The layers that a file comes from, with what has become of each.
fn layers(traced: &Traced) -> Vec<Value> {
    let layer = |(layer, _): (&str, &str)| {
        let known = traced.marks.json(layer);
        let version = traced.service.lock.layer(layer).map(|unit| &unit.version);
        json!({
            "layer": layer, "version": version,
            "standing": known["standing"], "reason": known["reason"], "freshness": known["freshness"],
        })
    };
    traced.sources().map(layer).collect()
}
