//! Functions of JSON documents that the engine has otherwise than OPA: `json.filter` and `json.remove` by pointers, `json.is_valid` of anything,
//! `json.marshal_with_options` as Go writes it; `yaml.unmarshal` by the reader of config files.

use std::collections::BTreeMap;

use regorus::Value as Rego;

use super::super::output::escape_html;
use super::super::value::{json_text, to_rego};
use super::{Answer, Failure, Function, text};
use crate::config::formats;
use crate::policy::conftest::decimals::Exact;

pub(super) const FUNCTIONS: &[(&str, u8, Function)] = &[
    ("json.filter", 2, |args, _| Ok(kept(object(args)?, &Paths::of(&args[1])?))),
    ("json.is_valid", 1, |args, _| {
        Ok(Rego::from(text(args, 0).is_ok_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())))
    }),
    ("json.marshal_with_options", 2, |args, at| marshal(&args[0], &args[1], &at.exact)),
    ("json.remove", 2, |args, _| Ok(removed(object(args)?, &Paths::of(&args[1])?).unwrap_or(Rego::Undefined))),
    ("yaml.is_valid", 1, |args, _| Ok(Rego::from(text(args, 0).is_ok_and(|text| formats::yaml_document(text).is_ok())))),
    ("yaml.unmarshal", 1, |args, _| Ok(to_rego(&formats::yaml_document(text(args, 0)?)?))),
];

fn object(args: &[Rego]) -> Result<&Rego, Failure> {
    if matches!(args[0], Rego::Object(_)) { Ok(&args[0]) } else { Err("operand 1 must be object".into()) }
}

/// What paths lead to: everything, or parts by their keys.
enum Paths {
    Whole,
    Parts(BTreeMap<Rego, Paths>),
}

impl Paths {
    /// The paths in an array or a set: pointers, or arrays of keys. One that leads to a part of another one adds nothing.
    fn of(paths: &Rego) -> Result<Self, Failure> {
        let all: Vec<&Rego> = match paths {
            Rego::Array(items) => items.iter().collect(),
            Rego::Set(items) => items.iter_sorted().collect(),
            _ => return Err("operand 2 must be one of {set, array}".into()),
        };
        let mut root = Self::Parts(BTreeMap::new());
        for path in all {
            let keys: Vec<Rego> = match path {
                Rego::String(pointer) if pointer.is_empty() => Vec::new(),
                Rego::String(pointer) => pointer.trim_start_matches('/').split('/').map(unescaped).collect(),
                Rego::Array(keys) => keys.iter().cloned().collect(),
                _ => return Err("operand 2 must hold paths, or arrays of their parts".into()),
            };
            if !keys.is_empty() {
                root.add(&keys);
            }
        }
        Ok(root)
    }

    fn add(&mut self, keys: &[Rego]) {
        let Self::Parts(parts) = self else { return };
        match keys {
            [] => *self = Self::Whole,
            [key, rest @ ..] => parts.entry(key.clone()).or_insert_with(|| Self::Parts(BTreeMap::new())).add(rest),
        }
    }
}

fn unescaped(part: &str) -> Rego {
    Rego::from(part.replace("~1", "/").replace("~0", "~").as_str())
}

/// The parts of a value that the paths lead to. A simple value is its own only part.
fn kept(value: &Rego, paths: &Paths) -> Rego {
    let Paths::Parts(parts) = paths else { return value.clone() };
    match value {
        Rego::Object(members) => {
            let kept = members.iter_sorted().filter_map(|(key, value)| Some((key.clone(), kept(value, parts.get(key)?))));
            Rego::from(kept.collect::<BTreeMap<_, _>>())
        }
        Rego::Array(items) => {
            let items = items.iter().enumerate();
            Rego::from(items.filter_map(|(at, item)| Some(kept(item, parts.get(&index(at))?))).collect::<Vec<_>>())
        }
        Rego::Set(items) => {
            let items = items.iter_sorted().filter_map(|item| Some(kept(item, parts.get(item)?)));
            Rego::from(items.collect::<std::collections::BTreeSet<_>>())
        }
        simple => simple.clone(),
    }
}

/// The rest of a value; `None` when nothing is left.
fn removed(value: &Rego, paths: &Paths) -> Option<Rego> {
    let Paths::Parts(parts) = paths else { return None };
    let rest = |key: &Rego, value: &Rego| parts.get(key).map_or_else(|| Some(value.clone()), |paths| removed(value, paths));
    Some(match value {
        Rego::Object(members) => {
            let left = members.iter_sorted().filter_map(|(key, value)| Some((key.clone(), rest(key, value)?)));
            Rego::from(left.collect::<BTreeMap<_, _>>())
        }
        Rego::Array(items) => Rego::from(items.iter().enumerate().filter_map(|(at, item)| rest(&index(at), item)).collect::<Vec<_>>()),
        Rego::Set(items) => Rego::from(items.iter_sorted().filter_map(|item| rest(item, item)).collect::<std::collections::BTreeSet<_>>()),
        simple => simple.clone(),
    })
}

/// Paths name the items of arrays by texts.
fn index(at: usize) -> Rego {
    Rego::from(at.to_string().as_str())
}

fn marshal(value: &Rego, options: &Rego, exact: &Exact) -> Answer {
    let options = options.as_object().map_err(|_| Failure::from("operand 2 must be object"))?;
    let (mut pretty, mut prefix, mut indent) = (None, None, None);
    for (key, value) in options.iter_sorted() {
        let word = || value.as_string().map(|word| word.to_string()).map_err(|_| Failure::from("operand 2 must hold texts"));
        match key.as_string().map_or("", |key| &**key) {
            "pretty" => pretty = Some(*value.as_bool().map_err(|_| Failure::from("key pretty failed cast to bool"))?),
            "prefix" => prefix = Some(word()?),
            "indent" => indent = Some(word()?),
            other => return Err(format!("object contained unknown key {other}").into()),
        }
    }
    let text = escape_html(&json_text(value, exact));
    if !pretty.unwrap_or(prefix.is_some() || indent.is_some()) {
        return Ok(Rego::from(text.as_str()));
    }
    let laid_out = laid_out(&text, &prefix.unwrap_or_default(), indent.as_deref().unwrap_or("\t"));
    Ok(Rego::from(laid_out.as_str()))
}

/// A JSON text without spaces, one member or item a line.
fn laid_out(text: &str, prefix: &str, indent: &str) -> String {
    let mut out = prefix.to_owned();
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    let line = |out: &mut String, depth: usize| *out += &format!("\n{prefix}{}", indent.repeat(depth));
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if quoted {
            out.push(letter);
            quoted = escaped || letter != '"';
            escaped = !escaped && letter == '\\';
            continue;
        }
        match letter {
            '{' | '[' => {
                out.push(letter);
                if let Some(end) = letters.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth -= 1;
                line(&mut out, depth);
                out.push(letter);
            }
            ',' => {
                out.push(letter);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => {
                quoted = letter == '"';
                out.push(letter);
            }
        }
    }
    out
}
