//! What an expression of a template comes to: a value as Go's templates have it, or that nobody knows it without rendering.
//! Values are shared and never changed, so that passing the whole of `.` on costs nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Number, Value as Json};

/// Stands in a text for a part that is not known, and as a key for members that are not known. No manifest uses this character.
pub(super) const HOLE: char = '\u{F0000}';

/// A value in a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Nobody knows.
    Unknown,
    /// Nobody knows either, but it holds, like the name of a release.
    Something,
    /// What is not set.
    Null,
    Bool(bool),
    Number(Number),
    /// A text, perhaps with holes.
    Text(Arc<str>),
    List(Arc<Vec<Self>>),
    Map(Arc<Members>),
}

/// The members of a mapping, in the order in which Go goes through them.
pub(super) type Members = BTreeMap<String, Value>;

impl Value {
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    pub fn whole(number: i64) -> Self {
        Self::Number(number.into())
    }

    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::List(Arc::new(items.into_iter().collect()))
    }

    pub fn map(members: Members) -> Self {
        Self::Map(Arc::new(members))
    }

    /// Whether the value is known, all the way down.
    pub fn is_known(&self) -> bool {
        match self {
            Self::Unknown | Self::Something => false,
            Self::Null | Self::Bool(_) | Self::Number(_) => true,
            Self::Text(text) => !text.contains(HOLE),
            Self::List(items) => items.iter().all(Self::is_known),
            Self::Map(members) => !is_open(members) && members.values().all(Self::is_known),
        }
    }

    /// Whether Go's templates take the value for true; `None` where nobody knows.
    pub fn holds(&self) -> Option<bool> {
        Some(match self {
            Self::Unknown => return None,
            Self::Something => true,
            Self::Null => false,
            Self::Bool(truth) => *truth,
            Self::Number(number) => number.as_f64() != Some(0.0),
            Self::Text(text) => match text.chars().all(|c| c == HOLE) {
                true if !text.is_empty() => return None,
                all => !all,
            },
            Self::List(items) => !items.is_empty(),
            Self::Map(members) if members.len() == 1 && is_open(members) => return None,
            Self::Map(members) => !members.is_empty(),
        })
    }

    /// A member; what is not set is null, as in Helm.
    pub fn get(&self, key: &str) -> Self {
        match self {
            Self::Map(members) => match members.get(key) {
                Some(value) => value.clone(),
                None if is_open(members) => Self::Unknown,
                None => Self::Null,
            },
            Self::Unknown | Self::Something => Self::Unknown,
            _ => Self::Null,
        }
    }

    /// A member of a member, by a path such as `a.b`.
    pub fn at(&self, path: &str) -> Self {
        path.split('.').filter(|key| !key.is_empty()).fold(self.clone(), |inner, key| inner.get(key))
    }

    /// A text without holes.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.contains(HOLE) => Some(text),
            _ => None,
        }
    }

    pub fn as_map(&self) -> Option<&Members> {
        match self {
            Self::Map(members) => Some(members),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => number.as_f64(),
            _ => None,
        }
    }

    /// The value as Go prints it, with a hole for what is not known.
    pub fn print(&self) -> String {
        match self {
            Self::Unknown | Self::Something => HOLE.to_string(),
            Self::Null => String::new(),
            Self::Bool(truth) => truth.to_string(),
            Self::Number(number) => print_number(number),
            Self::Text(text) => text.to_string(),
            Self::List(items) => format!("[{}]", items.iter().map(Self::print_inner).collect::<Vec<_>>().join(" ")),
            Self::Map(members) => {
                let members: Vec<_> = members.iter().map(|(key, value)| format!("{key}:{}", value.print_inner())).collect();
                format!("map[{}]", members.join(" "))
            }
        }
    }

    fn print_inner(&self) -> String {
        if *self == Self::Null { "<nil>".to_owned() } else { self.print() }
    }

    /// The value as YAML, in blocks.
    pub fn to_yaml(&self) -> String {
        let mut text = String::new();
        yaml(self, 0, &mut text);
        text.trim_matches('\n').to_owned()
    }

    /// The value as JSON.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Unknown | Self::Something => Json::String(HOLE.to_string()),
            Self::Null => Json::Null,
            Self::Bool(truth) => Json::Bool(*truth),
            Self::Number(number) => Json::Number(number.clone()),
            Self::Text(text) => Json::String(text.to_string()),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Map(members) => Json::Object(members.iter().map(|(key, value)| (key.clone(), value.to_json())).collect()),
        }
    }
}

impl From<&Json> for Value {
    fn from(value: &Json) -> Self {
        match value {
            Json::Null => Self::Null,
            Json::Bool(truth) => Self::Bool(*truth),
            Json::Number(number) => Self::Number(number.clone()),
            Json::String(text) if text.chars().eq([HOLE]) => Self::Unknown,
            Json::String(text) => Self::text(text.as_str()),
            Json::Array(items) => Self::list(items.iter().map(Self::from)),
            Json::Object(members) => Self::map(members.iter().map(|(key, value)| (key.clone(), Self::from(value))).collect()),
        }
    }
}

/// Whether there may be more members than are known.
pub(super) fn is_open(members: &Members) -> bool {
    members.last_key_value().is_some_and(|(key, _)| key.starts_with(HOLE))
}

fn print_number(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e15 => format!("{float:.0}"),
        _ => number.to_string(),
    }
}

/// A value on lines of its own, indented by `depth`; the first line is begun already.
fn yaml(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Map(members) if !members.is_empty() => {
            for (key, value) in members.iter() {
                let _ = write!(out, "\n{:depth$}{}:", "", scalar(key));
                let is_list = matches!(value, Value::List(_));
                below(value, if is_list { depth } else { depth + 2 }, out);
            }
        }
        Value::List(items) if !items.is_empty() => {
            for item in items.iter() {
                let mut inner = String::new();
                yaml(item, depth + 2, &mut inner);
                let _ = write!(out, "\n{:depth$}- {}", "", inner.trim_start());
            }
        }
        Value::Map(_) => out.push_str("{}"),
        Value::List(_) => out.push_str("[]"),
        Value::Null => out.push_str("null"),
        Value::Text(text) => out.push_str(&scalar(text)),
        other => out.push_str(&other.print()),
    }
}

/// A value behind its key.
fn below(value: &Value, depth: usize, out: &mut String) {
    let is_block = matches!(value, Value::Map(members) if !members.is_empty()) || matches!(value, Value::List(items) if !items.is_empty());
    if !is_block {
        out.push(' ');
    }
    yaml(value, depth, out);
}

/// A text as a scalar; quoted once where that is possible, so that template actions in it stay what they are.
fn scalar(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '/' | '.' | '-') || c == HOLE;
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '_') || c == HOLE)
        && text.chars().all(is_word)
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text.to_ascii_lowercase().as_str());
    if is_plain {
        text.to_owned()
    } else if text.contains(|c: char| c.is_control()) {
        Json::String(text.to_owned()).to_string()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}
