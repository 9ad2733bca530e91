//! Two records of `polity.yaml` that come from one, as two branches leave them: the template, the layers over it, the answers.

use serde_json::{Map, Value};

use crate::config::TemplateRecord;

/// An input that both sides answered anew, each in its own way.
#[derive(Clone, Debug, PartialEq)]
pub struct Contested {
    /// The input.
    pub input: String,
    /// What each side answers; `None` where it does not.
    pub answers: [Option<Value>; 2],
}

/// What either side changed. Where both changed one answer ours is taken, and told of; the version is for the lock to say.
#[must_use]
pub fn reconcile(base: Option<&TemplateRecord>, ours: &TemplateRecord, theirs: &TemplateRecord) -> (TemplateRecord, Vec<Contested>) {
    let nothing = Map::new();
    let before = base.map_or(&nothing, |base| &base.answers);
    let mut record = ours.clone();
    if base.is_some_and(|base| base.from == ours.from) {
        record.from.clone_from(&theirs.from);
    }
    let bases = base.map_or(&[][..], |base| &base.layers);
    let names = ours.layers.iter().chain(&theirs.layers).map(|layer| name(layer));
    record.layers.clear();
    for wanted in names {
        let [was, mine, other] = [bases, &ours.layers, &theirs.layers].map(|layers| layers.iter().find(|layer| name(layer) == wanted));
        let taken = if mine == was { other } else { mine };
        record.layers.extend(taken.filter(|taken| !record.layers.contains(taken)).cloned());
    }
    let mut contested = Vec::new();
    for input in before.keys().chain(theirs.answers.keys()) {
        let [was, mine, other] = [before, &ours.answers, &theirs.answers].map(|answers| answers.get(input));
        match other {
            _ if other == was || other == mine => {}
            _ if mine != was => contested.push(Contested { input: input.clone(), answers: [mine.cloned(), other.cloned()] }),
            Some(other) => drop(record.answers.insert(input.clone(), other.clone())),
            None => drop(record.answers.shift_remove(input)),
        }
    }
    contested.dedup();
    (record, contested)
}

/// A layer's name without the version that was asked for.
fn name(layer: &str) -> &str {
    layer.split('@').next().unwrap_or(layer)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(layers: &[&str], answers: Value) -> TemplateRecord {
        let Value::Object(answers) = answers else { panic!("answers are a mapping") };
        let layers = layers.iter().map(|layer| (*layer).to_owned()).collect();
        TemplateRecord { from: "pay/go".to_owned(), version: "1.0.0".to_owned(), layers, answers }
    }

    #[test]
    fn what_either_side_changed_is_there() {
        let base = record(&["a/x", "a/y"], json!({"port": 1, "region": "eu", "gone": 1}));
        let ours = record(&["a/x@1.1", "a/z"], json!({"port": 2, "region": "eu", "gone": 1}));
        let theirs = record(&["a/w", "a/x", "a/y"], json!({"port": 1, "region": "us", "new": true}));
        let (merged, contested) = reconcile(Some(&base), &ours, &theirs);
        assert_eq!(merged.layers, ["a/x@1.1", "a/z", "a/w"]);
        assert_eq!((Value::from(merged.answers), contested), (json!({"port": 2, "region": "us", "new": true}), Vec::new()));
    }

    #[test]
    fn an_answer_that_both_changed_is_told_of_once() {
        let base = record(&[], json!({"port": 1}));
        let (merged, contested) = reconcile(Some(&base), &record(&[], json!({"port": 2})), &record(&[], json!({"port": 3})));
        assert_eq!(Value::from(merged.answers), json!({"port": 2}));
        assert_eq!(contested, [Contested { input: "port".to_owned(), answers: [Some(json!(2)), Some(json!(3))] }]);
        let (merged, contested) = reconcile(None, &record(&["a/x"], json!({"port": 2})), &record(&["a/y"], json!({"port": 2})));
        assert_eq!((merged.layers, contested), (vec!["a/x".to_owned(), "a/y".to_owned()], Vec::new()));
    }
}
