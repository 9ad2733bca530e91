//! Whether a version number fits its change: what users of a template or policy rely on, compared between two manifests.

use semver::Version;
use serde_json::Value;

use crate::config::{Requirement, compatible};

/// How far the version must be raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bump {
    /// Nothing that users rely on changed.
    Patch,
    /// Something was added.
    Minor,
    /// Something that users rely on is gone or means something else.
    Major,
}

/// What changed between two manifests, each change with the least bump that announces it.
#[must_use]
pub fn changes(old: &Value, new: &Value) -> Vec<(Bump, String)> {
    let mut found = Vec::new();
    for (key, word) in [("inputs", "input"), ("parameters", "parameter")] {
        inputs(&old[key], &new[key], word, &mut found);
    }
    for class in listed(&old["files"], "class").into_iter().filter(|class| !listed(&new["files"], "class").contains(class)) {
        found.push((Bump::Major, format!("no file has the class `{class}` any more")));
    }
    for word in words(&old["provides"]).into_iter().filter(|word| !words(&new["provides"]).contains(word)) {
        found.push((Bump::Major, format!("`{word}` is not provided any more")));
    }
    for (name, version) in required(&old["requires"]) {
        match required(&new["requires"]).into_iter().find(|(other, _)| *other == name) {
            None => found.push((Bump::Major, format!("the layer `{name}` is gone"))),
            Some((_, now)) if !compatible(&now, &version) => {
                found.push((Bump::Major, format!("the layer `{name}` goes from major {} to {}", major(&version), major(&now))));
            }
            Some(_) => {}
        }
    }
    found
}

/// The change that a version number does not announce. Below 1.0.0 the minor number does what the major does later.
#[must_use]
pub fn unannounced<'a>(from: &Version, to: &Version, changes: &'a [(Bump, String)]) -> Option<&'a (Bump, String)> {
    let announced = if !compatible(from, to) {
        Bump::Major
    } else if to.minor > from.minor || from.major == 0 {
        Bump::Minor
    } else {
        Bump::Patch
    };
    changes.iter().filter(|(bump, _)| *bump > announced).max_by_key(|(bump, _)| *bump)
}

/// What decides on compatibility, as people write it: `2`, or `0.3`.
fn major(version: &Version) -> String {
    if version.major == 0 { format!("0.{}", version.minor) } else { version.major.to_string() }
}

fn inputs(old: &Value, new: &Value, word: &str, found: &mut Vec<(Bump, String)>) {
    let empty = serde_json::Map::new();
    let (old, new) = (old.as_object().unwrap_or(&empty), new.as_object().unwrap_or(&empty));
    for (name, was) in old {
        let Some(is) = new.get(name) else {
            found.push((Bump::Major, format!("the {word} `{name}` is gone or has another name")));
            continue;
        };
        if was["type"] != is["type"] {
            found.push((Bump::Major, format!("the {word} `{name}` has another type")));
        }
        let choices = words(&is["choices"]);
        for gone in words(&was["choices"]).into_iter().filter(|choice| !choices.contains(choice)) {
            found.push((Bump::Major, format!("the {word} `{name}` cannot be `{gone}` any more")));
        }
        if was.get("default").is_some() && is.get("default").is_none() {
            found.push((Bump::Major, format!("the {word} `{name}` has no default any more")));
        }
    }
    for (name, is) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        let bump = if is.get("default").is_some() { Bump::Minor } else { Bump::Major };
        let label = if bump == Bump::Minor { "is new" } else { "is new and has no default" };
        found.push((bump, format!("the {word} `{name}` {label}")));
    }
}

fn words(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn listed<'a>(rules: &'a Value, key: &str) -> Vec<&'a str> {
    rules.as_array().into_iter().flatten().filter_map(|rule| rule[key].as_str()).collect()
}

fn required(list: &Value) -> Vec<(String, Version)> {
    let all = words(list).into_iter().filter_map(|text| Requirement::parse(text).ok());
    all.map(|r| (r.name, r.version)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(old: Value, new: Value, expected: &[(Bump, &str)]) {
        let found = changes(&old, &new);
        assert_eq!(found.iter().map(|(bump, text)| (*bump, text.as_str())).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_users_rely_on_is_compared() {
        let old = json!({"inputs": {"port": {"type": "integer", "default": 1}, "store": {"type": "choice", "choices": ["a", "b"]}}});
        check(old.clone(), old.clone(), &[]);
        check(
            old.clone(),
            json!({"inputs": {"port": {"type": "string"}, "store": {"type": "choice", "choices": ["b", "c"]}, "x": {"default": 1}, "y": {}}}),
            &[
                (Bump::Major, "the input `port` has another type"),
                (Bump::Major, "the input `port` has no default any more"),
                (Bump::Major, "the input `store` cannot be `a` any more"),
                (Bump::Minor, "the input `x` is new"),
                (Bump::Major, "the input `y` is new and has no default"),
            ],
        );
        check(
            json!({"files": [{"path": "a", "class": "seeded"}], "provides": ["health"], "requires": ["a/b@1.0.0", "a/c@1.0.0"], "parameters": {"max": {}}}),
            json!({"requires": ["a/b@2.0.0"]}),
            &[
                (Bump::Major, "the parameter `max` is gone or has another name"),
                (Bump::Major, "no file has the class `seeded` any more"),
                (Bump::Major, "`health` is not provided any more"),
                (Bump::Major, "the layer `a/b` goes from major 1 to 2"),
                (Bump::Major, "the layer `a/c` is gone"),
            ],
        );
    }

    #[test]
    fn a_version_announces_as_much_as_its_first_number_that_grew() {
        let changes = [(Bump::Minor, "added".to_owned()), (Bump::Major, "gone".to_owned())];
        let said = |from: &str, to: &str, changes: &[(Bump, String)]| {
            unannounced(&Version::parse(from).unwrap(), &Version::parse(to).unwrap(), changes).map(|(_, text)| text.clone())
        };
        for (from, to, expected) in [("1.0.0", "1.0.1", Some("gone")), ("1.0.0", "1.1.0", Some("gone")), ("1.0.0", "2.0.0", None)] {
            assert_eq!(said(from, to, &changes).as_deref(), expected, "{from} {to}");
        }
        assert_eq!(said("1.0.0", "1.0.1", &changes[..1]).as_deref(), Some("added"));
        assert_eq!(
            (said("1.0.0", "1.1.0", &changes[..1]), said("0.1.0", "0.2.0", &changes), said("0.1.0", "0.1.1", &changes[..1])),
            (None, None, None)
        );
        assert_eq!(said("0.1.0", "0.1.1", &changes).as_deref(), Some("gone"));
    }
}
