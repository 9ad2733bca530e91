//! A statement's text read in one pass, for logs of thousands of them: the same result as by way of a JSON value, or none.

use std::borrow::Cow;

use serde::Deserialize;

use crate::catalog::UnitKind;
use crate::tree::Digest;

use super::statement::{Body, Checkpoint, Deprecation, Release, Statement, Withdrawal};
use super::time::Timestamp;

/// What statements of the types that this version knows consist of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members<'a> {
    #[serde(borrow, rename = "type")]
    of: Cow<'a, str>,
    federation: String,
    namespace: String,
    seq: u64,
    issued: Timestamp,
    signer: String,
    kind: Option<UnitKind>,
    name: Option<String>,
    version: Option<String>,
    tree_digest: Option<Digest>,
    requires: Option<Vec<String>>,
    reason: Option<String>,
    successor: Option<String>,
    previous: Option<Vec<Digest>>,
    adds: Option<Vec<Digest>>,
    statements: Option<Digest>,
    expires: Option<Timestamp>,
}

/// Reads a statement of a known type that has exactly the members of that type; `None` for any other text.
pub(super) fn read(text: &str) -> Option<Statement> {
    let m: Members<'_> = serde_json::from_str(text).ok()?;
    let is_unit = m.previous.is_none() && m.adds.is_none() && m.statements.is_none() && m.expires.is_none();
    let body = match (&*m.of, m.kind, m.name, m.version, m.tree_digest, m.requires, m.reason, m.successor) {
        ("release", Some(kind), Some(name), Some(version), Some(tree_digest), Some(requires), None, None) if is_unit => {
            Body::Release(Release { kind, name, version, tree_digest, requires })
        }
        ("yank", Some(kind), Some(name), Some(version), None, None, Some(reason), None) if is_unit => {
            Body::Yank(Withdrawal { kind, name, version, reason })
        }
        ("revoke", Some(kind), Some(name), Some(version), None, None, Some(reason), None) if is_unit => {
            Body::Revoke(Withdrawal { kind, name, version, reason })
        }
        ("deprecate", Some(kind), Some(name), None, None, None, Some(reason), Some(successor)) if is_unit => {
            Body::Deprecate(Deprecation { kind, name, successor, reason })
        }
        ("checkpoint", None, None, None, None, None, None, None) => {
            Body::Checkpoint(Checkpoint { previous: m.previous?, adds: m.adds?, statements: m.statements?, expires: m.expires? })
        }
        _ => return None,
    };
    Some(Statement { federation: m.federation, namespace: m.namespace, seq: m.seq, issued: m.issued, signer: m.signer, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read in one pass, and what is read by way of a value, agree; `is_read` says whether the former reads it at all.
    #[track_caller]
    fn check(members: &str, is_read: bool) {
        let text =
            format!(r#"{{{members},"federation":"acme","issued":"2026-11-24T22:00:00Z","namespace":"pay","seq":3,"signer":"ana@acme"}}"#);
        let (fast, slow) = (read(&text), Statement::from_value(serde_json::from_str(&text).unwrap()));
        assert_eq!(fast.is_some(), is_read, "{text}");
        match fast {
            Some(fast) => assert_eq!(Ok(fast), slow),
            None => assert!(!matches!(slow, Ok(Statement { body: Body::Release(_) | Body::Checkpoint(_), .. })), "{text}"),
        }
    }

    #[test]
    fn one_pass_reads_what_two_read() {
        let digest = Digest::of(b"x");
        let unit = r#""kind":"template","name":"api""#;
        let release = format!(r#"{unit},"requires":["a/b@1.0.0"],"tree_digest":"{digest}","version":"1.0.0","type":"release""#);
        check(&release, true);
        for of in ["yank", "revoke"] {
            check(&format!(r#"{unit},"reason":"leaks","version":"1.0.0","type":"{of}""#), true);
        }
        check(&format!(r#"{unit},"reason":"old","successor":"pay/new","type":"deprecate""#), true);
        let checkpoint =
            format!(r#""adds":["{digest}"],"expires":"2027-01-01T00:00:00Z","previous":[],"statements":"{digest}","type":"checkpoint""#);
        check(&checkpoint, true);
        // Members of other types, too few, too many, types of the future.
        check(&format!(r#"{release},"reason":"x""#), false);
        check(&format!(r#"{checkpoint},"name":"x""#), false);
        check(&format!(r#"{release},"adds":[]"#), false);
        check(&format!(r#"{release},"colour":"red""#), false);
        check(&format!(r#"{unit},"version":"1.0.0","type":"yank""#), false);
        check(r#""type":"bless""#, false);
    }
}
