//! Whether a version number fits its change: what users of a template or policy rely on, compared between two manifests.

use std::cmp::Ordering;

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
        match new.get(name) {
            None => found.push((Bump::Major, format!("the {word} `{name}` is gone or has another name"))),
            Some(is) if was["type"] != is["type"] => found.push((Bump::Major, format!("the {word} `{name}` has another type"))),
            Some(is) => found.extend(answers(was, is).into_iter().map(|(bump, text)| (bump, format!("the {word} `{name}` {text}")))),
        }
    }
    for (name, is) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        let bump = if is.get("default").is_some() { Bump::Minor } else { Bump::Major };
        let label = if bump == Bump::Minor { "is new" } else { "is new and has no default" };
        found.push((bump, format!("the {word} `{name}` {label}")));
    }
}

/// What became of the answers to an input: when one may be refused now, or must be given now, that needs a major version; when one more is
/// accepted, a minor one.
fn answers(was: &Value, is: &Value) -> Vec<(Bump, String)> {
    let mut found = limits(was, is);
    let no_items = Value::Null;
    let items = limits(was.get("items").unwrap_or(&no_items), is.get("items").unwrap_or(&no_items));
    found.extend(items.into_iter().map(|(bump, text)| (bump, format!("has items whose value {text}"))));
    match (was.get("default"), is.get("default")) {
        (Some(_), None) => found.push((Bump::Major, "has no default any more".to_owned())),
        (None, Some(_)) => found.push((Bump::Minor, "has a default now".to_owned())),
        _ => {}
    }
    if was["when"] != is["when"] {
        let bump = if is.get("default").is_some() { Bump::Minor } else { Bump::Major };
        found.push((bump, "is asked on another condition".to_owned()));
    }
    // Layers that were joined by one order come to another value by another one.
    if was["order"] != is["order"] {
        let bump = if was["order"].is_null() { Bump::Minor } else { Bump::Major };
        found.push((bump, "has another order".to_owned()));
    }
    found
}

/// What became of the limits of a value.
fn limits(was: &Value, is: &Value) -> Vec<(Bump, String)> {
    let mut found = Vec::new();
    match (was["choices"].as_array(), is["choices"].as_array()) {
        (None, Some(_)) => found.push((Bump::Major, "is limited to choices".to_owned())),
        (Some(_), None) => found.push((Bump::Minor, "is not limited to choices any more".to_owned())),
        _ => {
            let (old, new) = (words(&was["choices"]), words(&is["choices"]));
            let beyond =
                |these: &[&str], those: &[&str]| these.iter().filter(|w| !those.contains(w)).map(|w| (*w).to_owned()).collect::<Vec<_>>();
            found.extend(beyond(&old, &new).iter().map(|gone| (Bump::Major, format!("cannot be `{gone}` any more"))));
            found.extend(beyond(&new, &old).iter().map(|added| (Bump::Minor, format!("can be `{added}` now"))));
        }
    }
    for (key, sign) in [("min", 1), ("max", -1), ("min_length", 1), ("max_length", -1), ("min_items", 1), ("max_items", -1)] {
        let of = |input: &Value| input[key].as_i64().map_or(i128::MIN, |limit| i128::from(limit) * sign);
        let text = |end: &str| format!("has a {end} `{key}`{}", is[key].as_i64().map_or(String::new(), |limit| format!(", {limit}")));
        match of(is).cmp(&of(was)) {
            Ordering::Greater => found.push((Bump::Major, text("stricter"))),
            Ordering::Less => found.push((Bump::Minor, text("looser"))),
            Ordering::Equal => {}
        }
    }
    for key in ["pattern", "except"] {
        match (was[key].as_str(), is[key].as_str()) {
            (Some(_), None) => found.push((Bump::Minor, format!("has no `{key}` any more"))),
            // Whether one expression accepts whatever another one does is not found out.
            (old, Some(new)) if old != Some(new) => found.push((Bump::Major, format!("has another `{key}`, `{new}`"))),
            _ => {}
        }
    }
    found
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
mod tests;
