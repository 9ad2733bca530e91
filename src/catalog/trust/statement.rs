//! Statements: what a namespace says about its templates and policies, as canonical JSON that keys sign.
//!
//! A statement is never changed and never taken back; a later one adds to it. Its id is the SHA-256 of its text.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::catalog::UnitKind;
use crate::finding::plain;
use crate::tree::Digest;

use super::canonical::{from_canonical, to_canonical};
use super::members;
use super::time::Timestamp;

/// The longest text of a statement, in bytes.
pub const MAX_BYTES: usize = 1 << 20;

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The federation it is made in; in any other it says nothing.
    pub federation: String,
    /// The namespace that speaks.
    pub namespace: String,
    /// One more than the highest number its author had seen: a later statement has a higher one.
    pub seq: u64,
    /// When its author says it was made. Nothing relies on it alone.
    pub issued: Timestamp,
    /// The principal that made it, such as `ana@example.org`.
    pub signer: String,
    /// What it says.
    pub body: Body,
}

/// What a statement says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// These bytes are that version.
    Release(Release),
    /// That version is not to be chosen any more; who has it keeps it.
    Yank(Withdrawal),
    /// That version must not be used any more.
    Revoke(Withdrawal),
    /// Something else is to be used.
    Deprecate(Deprecation),
    /// These statements exist.
    Checkpoint(Checkpoint),
    /// A type that this version of polity does not know. It is kept and passed on.
    Other(String, Map<String, Value>),
}

/// The body of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Template or policy.
    pub kind: UnitKind,
    /// The name inside the namespace.
    pub name: String,
    /// The version (Semantic Versioning 2).
    pub version: String,
    /// The digest of the unit's tree.
    pub tree_digest: Digest,
    /// The layers that it builds on, such as `polity/service-base@1.0.0`.
    pub requires: Vec<String>,
}

/// The body of a yank or a revocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// Template or policy.
    pub kind: UnitKind,
    /// The name inside the namespace.
    pub name: String,
    /// The version that is withdrawn.
    pub version: String,
    /// Why, for those who use it.
    pub reason: String,
}

/// The body of a deprecation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deprecation {
    /// Template or policy.
    pub kind: UnitKind,
    /// The name inside the namespace.
    pub name: String,
    /// What to use in its place, as `namespace/name`.
    pub successor: String,
    /// Why.
    pub reason: String,
}

/// The body of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The checkpoints that this one follows, sorted. Several join histories that grew apart.
    pub previous: Vec<Digest>,
    /// The other statements that none of those covers, sorted.
    pub adds: Vec<Digest>,
    /// SHA-256 over the sorted ids of all statements that it covers, each followed by LF.
    pub statements: Digest,
    /// Until when somebody may take it for the newest.
    pub expires: Timestamp,
}

/// Why a text is no statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StatementError(pub String);

impl Statement {
    /// The canonical text, which is what keys sign.
    ///
    /// # Errors
    /// [`StatementError`] when a number is too large to be written.
    pub fn to_text(&self) -> Result<String, StatementError> {
        let (kind, body) = match &self.body {
            Body::Release(b) => ("release", serde_json::to_value(b)),
            Body::Yank(b) => ("yank", serde_json::to_value(b)),
            Body::Revoke(b) => ("revoke", serde_json::to_value(b)),
            Body::Deprecate(b) => ("deprecate", serde_json::to_value(b)),
            Body::Checkpoint(b) => ("checkpoint", serde_json::to_value(b)),
            Body::Other(kind, b) => (kind.as_str(), Ok(Value::Object(b.clone()))),
        };
        let mut members = match body.map_err(|e| StatementError(e.to_string()))? {
            Value::Object(members) => members,
            other => return Err(StatementError(format!("{other} is no body"))),
        };
        members.insert("type".to_owned(), kind.into());
        members.insert("federation".to_owned(), self.federation.clone().into());
        members.insert("namespace".to_owned(), self.namespace.clone().into());
        members.insert("seq".to_owned(), self.seq.into());
        members.insert("issued".to_owned(), self.issued.to_string().into());
        members.insert("signer".to_owned(), self.signer.clone().into());
        to_canonical(&Value::Object(members)).map_err(|e| StatementError(e.to_string()))
    }

    /// Reads a canonical text.
    ///
    /// # Errors
    /// [`StatementError`] when it is too long, not canonical, lacks a member, or has one that its type does not know.
    pub fn parse(text: &str) -> Result<Self, StatementError> {
        if text.len() > MAX_BYTES {
            return Err(StatementError(format!("the text has {} bytes, more than {MAX_BYTES}", text.len())));
        }
        Self::from_value(from_canonical(text).map_err(|e| StatementError(e.to_string()))?)
    }

    /// Reads a text that was read by [`Self::parse`] before it was kept: that it is canonical is known.
    ///
    /// # Errors
    /// [`StatementError`] when it is no statement.
    pub fn recall(text: &str) -> Result<Self, StatementError> {
        if let Some(statement) = members::read(text) {
            return Ok(statement);
        }
        Self::from_value(serde_json::from_str(text).map_err(|e| StatementError(e.to_string()))?)
    }

    pub(super) fn from_value(value: Value) -> Result<Self, StatementError> {
        let Value::Object(mut members) = value else {
            return Err(StatementError("the text is no JSON object".to_owned()));
        };
        let kind: String = take(&mut members, "type")?;
        let (federation, namespace) = (take(&mut members, "federation")?, take(&mut members, "namespace")?);
        let (seq, signer, issued) = (take(&mut members, "seq")?, take(&mut members, "signer")?, take(&mut members, "issued")?);
        let rest = Value::Object(members);
        let body = match kind.as_str() {
            "release" => Body::Release(read(rest)?),
            "yank" => Body::Yank(read(rest)?),
            "revoke" => Body::Revoke(read(rest)?),
            "deprecate" => Body::Deprecate(read(rest)?),
            "checkpoint" => Body::Checkpoint(read(rest)?),
            _ => Body::Other(kind, read(rest)?),
        };
        Ok(Self { federation, namespace, seq, issued, signer, body })
    }

    /// One line for people, such as `release pay/api 1.2.0`.
    #[must_use]
    pub fn summary(&self) -> String {
        let ns = &self.namespace;
        let text = match &self.body {
            Body::Release(b) => format!("release {ns}/{} {}", b.name, b.version),
            Body::Yank(b) => format!("yank {ns}/{} {}: {}", b.name, b.version, b.reason),
            Body::Revoke(b) => format!("revoke {ns}/{} {}: {}", b.name, b.version, b.reason),
            Body::Deprecate(b) => format!("deprecate {ns}/{} for {}: {}", b.name, b.successor, b.reason),
            Body::Checkpoint(_) => format!("checkpoint {ns} {}", self.seq),
            Body::Other(kind, _) => format!("{kind} (a type that this version does not know)"),
        };
        plain(&text)
    }
}

fn take<T: serde::de::DeserializeOwned>(members: &mut Map<String, Value>, name: &str) -> Result<T, StatementError> {
    let value = members.remove(name).ok_or_else(|| StatementError(format!("member `{name}` is missing")))?;
    serde_json::from_value(value).map_err(|e| StatementError(format!("member `{name}`: {e}")))
}

fn read<T: serde::de::DeserializeOwned>(rest: Value) -> Result<T, StatementError> {
    serde_json::from_value(rest).map_err(|e| StatementError(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const YANK: &str = r#"{"federation":"acme","issued":"2026-11-24T22:00:00Z","kind":"template","name":"api","namespace":"pay","reason":"leaks","seq":3,"signer":"ana@acme","type":"yank","version":"1.0.0"}"#;

    #[test]
    fn a_statement_is_its_text() {
        let statement = Statement::parse(YANK).unwrap();
        assert_eq!((statement.seq, statement.summary().as_str()), (3, "yank pay/api 1.0.0: leaks"));
        assert_eq!(statement.to_text().unwrap(), YANK);
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let error = Statement::parse(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn what_is_missing_or_unknown_is_named() {
        check(&YANK.replace(r#""seq":3,"#, ""), "member `seq` is missing");
        check(&YANK.replace(r#""kind":"#, r#""kinds":"#), "unknown field `kinds`");
        check(&YANK.replace("2026-11-24T22", "2026-11-24 22"), "is not a time");
        check(&YANK.replace(":3,", ":-3,"), "member `seq`");
        check(&YANK.replace(",\"name\"", ", \"name\""), "not in canonical form");
        check("[]", "no JSON object");
        check(&"x".repeat(MAX_BYTES + 1), "more than");
    }

    #[test]
    fn a_type_of_the_future_is_kept() {
        let text = YANK.replace("\"yank\"", "\"bless\"");
        let statement = Statement::parse(&text).unwrap();
        assert!(matches!(&statement.body, Body::Other(kind, _) if kind == "bless"));
        assert_eq!(statement.to_text().unwrap(), text);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_parsing_panic(text in "([{}\\[\\]:,]|\"(type|seq|kind|yank|name)\"|[0-9]|\\PC){0,40}") {
            let _ = Statement::parse(&text);
        }
    }
}
