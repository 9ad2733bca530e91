//! The value of a template's expression, where it follows from the chart's own values; `None` where it does not.

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value as Json;

/// The deepest nesting of parentheses that is looked into.
const MAX_DEPTH: usize = 16;

/// The functions whose value follows from their arguments.
const FUNCTIONS: [&str; 28] = [
    "toYaml",
    "toJson",
    "nindent",
    "indent",
    "required",
    "int",
    "int64",
    "trim",
    "float64",
    "quote",
    "squote",
    "toString",
    "not",
    "empty",
    "default",
    "eq",
    "ne",
    "and",
    "or",
    "dict",
    "list",
    "dig",
    "hasKey",
    "merge",
    "mergeOverwrite",
    "contains",
    "hasPrefix",
    "hasSuffix",
];

/// What names stand for at one place of a template.
#[derive(Clone, Debug)]
pub(super) struct Names<'a> {
    /// `$`: the chart's values and name.
    pub root: &'a Json,
    /// `.`
    pub dot: Dot,
    /// Variables, with `None` for one whose value is not known.
    pub variables: HashMap<String, Option<Json>>,
}

/// What `.` stands for at one place of a template.
#[derive(Clone, Debug)]
pub(super) enum Dot {
    /// The same as `$`.
    Top,
    /// This value.
    Value(Rc<Json>),
    /// Nobody knows.
    Unknown,
}

impl From<Option<Json>> for Dot {
    fn from(value: Option<Json>) -> Self {
        value.map_or(Self::Unknown, |value| Self::Value(Rc::new(value)))
    }
}

/// Whether Go's templates take a value for true.
pub(super) fn holds(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Bool(truth) => *truth,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => !text.is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::Object(members) => !members.is_empty(),
    }
}

/// A value as it stands inside a text.
pub(super) fn to_text(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The column at which `nindent` or `indent` puts the text of an expression.
pub(super) fn indent(expression: &str) -> Option<usize> {
    let last = parts(expression, '|').last()?.trim();
    last.strip_prefix("nindent").or_else(|| last.strip_prefix("indent"))?.trim().parse().ok()
}

impl Names<'_> {
    /// The value of a pipeline.
    pub fn value(&self, expression: &str) -> Option<Json> {
        self.pipeline(expression, 0)
    }

    fn pipeline(&self, expression: &str, depth: usize) -> Option<Json> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut value = None;
        for (index, part) in parts(expression, '|').into_iter().enumerate() {
            let words = parts(part.trim(), ' ');
            let words: Vec<_> = words.into_iter().map(str::trim).filter(|w| !w.is_empty()).collect();
            let (first, rest) = words.split_first()?;
            if index == 0 && rest.is_empty() && !matches!(*first, "dict" | "list") {
                value = self.operand(first, depth);
                continue;
            }
            // The arguments of the others, most often the whole of `.`, need not be known.
            if !FUNCTIONS.contains(first) {
                value = None;
                continue;
            }
            let mut arguments: Vec<_> = rest.iter().map(|word| self.operand(word, depth)).collect();
            if index > 0 {
                arguments.push(value);
            }
            value = apply(first, &arguments);
        }
        value
    }

    fn operand(&self, word: &str, depth: usize) -> Option<Json> {
        if let Some(inner) = word.strip_prefix('(').and_then(|w| w.strip_suffix(')')) {
            return self.pipeline(inner, depth + 1);
        }
        if let Some(text) = word.strip_prefix('"').and_then(|w| w.strip_suffix('"')) {
            return serde_json::from_str(&format!("\"{text}\"")).ok();
        }
        if let Some(text) = word.strip_prefix('`').and_then(|w| w.strip_suffix('`')) {
            return Some(Json::String(text.to_owned()));
        }
        if let Some(path) = word.strip_prefix('$') {
            let (name, rest) = path.split_once('.').unwrap_or((path, ""));
            return if name.is_empty() {
                top(self.root, rest)
            } else {
                self.variables.get(name)?.as_ref().map(|value| descend(value, rest))
            };
        }
        if let Some(path) = word.strip_prefix('.') {
            return match &self.dot {
                Dot::Top => top(self.root, path),
                Dot::Value(value) => Some(descend(value, path)),
                Dot::Unknown => None,
            };
        }
        serde_json::from_str(word).ok().filter(|value: &Json| value.is_number() || value.is_boolean())
    }
}

/// Below the top, only what belongs to the chart is known.
fn top(root: &Json, path: &str) -> Option<Json> {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    if first.is_empty() { Some(root.clone()) } else { root.get(first).map(|value| descend(value, rest)) }
}

/// A member of a member; what is not set is null, as in Helm.
fn descend(value: &Json, path: &str) -> Json {
    let keys = path.split('.').filter(|key| !key.is_empty());
    keys.fold(value, |inner, key| inner.get(key).unwrap_or(&Json::Null)).clone()
}

fn apply(function: &str, arguments: &[Option<Json>]) -> Option<Json> {
    let last = || arguments.last().cloned().flatten();
    match function {
        "toYaml" | "toJson" | "nindent" | "indent" | "required" | "int" | "int64" | "trim" | "float64" => last(),
        "quote" | "squote" | "toString" => last().map(|value| Json::String(to_text(&value))),
        "not" | "empty" => last().map(|value| Json::Bool(!holds(&value))),
        "default" => {
            let value = last()?;
            if holds(&value) { Some(value) } else { arguments.first().cloned().flatten() }
        }
        "eq" | "ne" => {
            let (first, second) = (arguments.first()?.as_ref()?, arguments.get(1)?.as_ref()?);
            Some(Json::Bool((first == second) == (function == "eq")))
        }
        "dict" | "list" | "dig" | "hasKey" | "merge" | "mergeOverwrite" => {
            let known = arguments.iter().map(Option::as_ref).collect::<Option<Vec<_>>>()?;
            collection(function, &known)
        }
        // As in Sprig, what is looked for comes first.
        "contains" | "hasPrefix" | "hasSuffix" => {
            let (part, whole) = (arguments.first()?.as_ref()?.as_str()?, arguments.get(1)?.as_ref()?.as_str()?);
            Some(Json::Bool(match function {
                "contains" => whole.contains(part),
                "hasPrefix" => whole.starts_with(part),
                _ => whole.ends_with(part),
            }))
        }
        "and" => arguments.iter().find(|value| value.as_ref().is_none_or(|v| !holds(v))).or(arguments.last())?.clone(),
        "or" => arguments.iter().find(|value| value.as_ref().is_none_or(holds)).or(arguments.last())?.clone(),
        _ => None,
    }
}

/// Sprig's functions on lists and mappings; `None` where Sprig has an error.
fn collection(function: &str, arguments: &[&Json]) -> Option<Json> {
    match (function, arguments) {
        ("list", items) => Some(items.iter().map(|item| (*item).clone()).collect()),
        ("dict", pairs) => pairs.chunks(2).map(|pair| Some((pair[0].as_str()?.to_owned(), (*pair.get(1)?).clone()))).collect(),
        ("hasKey", [Json::Object(members), key]) => Some(Json::Bool(members.contains_key(key.as_str()?))),
        ("dig", [keys @ .., default, whole]) => {
            let found = keys.iter().try_fold(*whole, |inner, key| inner.get(key.as_str()?));
            Some(found.unwrap_or(default).clone())
        }
        ("merge" | "mergeOverwrite", [first, others @ ..]) => {
            let mut merged = (*first).clone();
            others.iter().for_each(|other| merge(&mut merged, other, function == "mergeOverwrite"));
            Some(merged)
        }
        _ => None,
    }
}

/// Puts the members of a mapping into another one, all the way down; `over` says which of two goes before.
fn merge(into: &mut Json, from: &Json, over: bool) {
    match (into, from) {
        (Json::Object(into), Json::Object(from)) => {
            for (key, value) in from {
                match into.get_mut(key) {
                    Some(known) => merge(known, value, over),
                    None => drop(into.insert(key.clone(), value.clone())),
                }
            }
        }
        (into, from) if over => *into = from.clone(),
        _ => {}
    }
}

/// The parts between separators that stand outside of quotes and parentheses.
fn parts(text: &str, separator: char) -> Vec<&str> {
    let (mut found, mut start, mut depth, mut quote) = (Vec::new(), 0, 0usize, None);
    let mut skip = false;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if skip => skip = false,
            (Some('"' | '\''), '\\') => skip = true,
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`' | '\'') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 && (c == separator || separator == ' ' && c.is_whitespace()) => {
                found.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    found.push(&text[start..]);
    found
}
