//! An item of the resource, and the rules that a draft of one must keep. Nothing here knows HTTP or SQL.

use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

/// The longest name, in code points.
pub const NAME_MAX: usize = 200;
/// The longest note, in code points.
pub const NOTE_MAX: usize = 2000;

/// What a client says about an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Draft {
    /// What people call it.
    pub name: String,
    /// Free text.
    pub note: String,
}

/// An item as the service keeps it; serialized, it is the representation of the contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Ordered by time of creation (UUID version 7), so a page can start after any of them.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// Free text.
    pub note: String,
    /// Counts the changes from 1; it is the ETag, not a part of the representation.
    #[serde(skip)]
    pub version: i64,
    /// In UTC.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// In UTC.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

/// One value that was refused, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// A JSON pointer into the body, or the name of a parameter.
    pub at: String,
    /// What is wrong there.
    pub detail: String,
}

impl Refusal {
    /// A refusal of the value `at`.
    pub fn new(at: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { at: at.into(), detail: detail.into() }
    }
}

impl Item {
    /// A new item.
    pub fn new(draft: Draft) -> Self {
        let now = now();
        let Draft { name, note } = draft;
        Self { id: Uuid::now_v7(), name, note, version: 1, created_at: now, updated_at: now }
    }

    /// The item after a replacement.
    pub fn replaced(self, draft: Draft) -> Self {
        let Draft { name, note } = draft;
        Self { name, note, version: self.version + 1, updated_at: now(), ..self }
    }
}

impl Draft {
    /// Reads a draft from the members of a JSON object, or says everything that is wrong with it.
    pub fn from_members(members: Vec<(String, Value)>) -> Result<Self, Vec<Refusal>> {
        let (mut name, mut note) = (None, None);
        let mut refusals = Vec::new();
        for (key, value) in members {
            let slot = match key.as_str() {
                "name" => &mut name,
                "note" => &mut note,
                _ => {
                    refusals.push(Refusal::new(pointer(&key), "is not a known member"));
                    continue;
                }
            };
            if slot.replace(value).is_some() {
                refusals.push(Refusal::new(pointer(&key), "is given twice"));
            }
        }
        let name = name.map(|value| text("/name", value, 1, NAME_MAX, &mut refusals));
        let note = note.map(|value| text("/note", value, 0, NOTE_MAX, &mut refusals));
        if name.is_none() {
            refusals.push(Refusal::new("/name", "is required"));
        }
        match (name, refusals.is_empty()) {
            (Some(name), true) => Ok(Self { name, note: note.unwrap_or_default() }),
            _ => Err(refusals),
        }
    }
}

/// Checks one text; the contract counts code points, and no database keeps NUL.
fn text(at: &str, value: Value, min: usize, max: usize, refusals: &mut Vec<Refusal>) -> String {
    let Value::String(text) = value else {
        refusals.push(Refusal::new(at, "is not a string"));
        return String::new();
    };
    let length = text.chars().count();
    if length < min {
        refusals.push(Refusal::new(at, "is empty"));
    }
    if length > max {
        refusals.push(Refusal::new(at, format!("is longer than {max} characters")));
    }
    if text.contains('\0') {
        refusals.push(Refusal::new(at, "contains NUL"));
    }
    text
}

/// The JSON pointer to a member of the body (RFC 6901).
fn pointer(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The time in microseconds, which is as exact as every store keeps it.
fn now() -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_microsecond(now.microsecond()).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn draft(members: &[(&str, Value)]) -> Result<Draft, Vec<String>> {
        let members = members.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
        Draft::from_members(members.collect())
            .map_err(|refusals| refusals.into_iter().map(|r| format!("{} {}", r.at, r.detail)).collect())
    }

    #[test]
    fn a_draft_needs_only_a_name() {
        let expected = Draft { name: "a".to_owned(), note: String::new() };
        assert_eq!(draft(&[("name", json!("a"))]), Ok(expected));
    }

    #[test]
    fn every_mistake_is_reported_at_once() {
        let members = [("name", json!("")), ("note", json!(3)), ("a/b", json!(1)), ("note", json!("x"))];
        let expected = ["/a~1b is not a known member", "/note is given twice", "/name is empty"];
        assert_eq!(draft(&members), Err(expected.map(str::to_owned).to_vec()));
    }

    #[test]
    fn lengths_count_code_points() {
        assert!(draft(&[("name", json!("é".repeat(NAME_MAX)))]).is_ok());
        let long = draft(&[("name", json!("é".repeat(NAME_MAX + 1)))]);
        assert_eq!(long, Err(vec!["/name is longer than 200 characters".to_owned()]));
    }

    #[test]
    fn nul_and_other_types_are_refused() {
        assert_eq!(draft(&[("name", json!("a\0"))]), Err(vec!["/name contains NUL".to_owned()]));
        assert_eq!(draft(&[("name", json!(null))]), Err(vec!["/name is not a string".to_owned()]));
        assert_eq!(draft(&[]), Err(vec!["/name is required".to_owned()]));
    }

    #[test]
    fn a_replacement_keeps_identity_and_counts_the_version() {
        let first = Item::new(Draft { name: "a".to_owned(), note: "b".to_owned() });
        let second = first.clone().replaced(Draft { name: "c".to_owned(), note: String::new() });
        assert_eq!((second.id, second.created_at, second.version), (first.id, first.created_at, 2));
        assert_eq!((second.name.as_str(), second.note.as_str()), ("c", ""));
    }
}
