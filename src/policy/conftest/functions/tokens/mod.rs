//! Identifiers, `uuid.parse` and `uuid.rfc4122`, and JSON Web Tokens.

mod jwt;
mod keys;
mod signatures;

use std::collections::BTreeMap;

use regorus::Value as Rego;
use sha2::{Digest, Sha256};

use super::{Answer, Function, text};

pub(super) use jwt::FUNCTIONS as JWT;

pub(super) const FUNCTIONS: &[(&str, u8, Function)] = &[
    ("uuid.parse", 1, |args, _| parts(text(args, 0)?)),
    ("uuid.rfc4122", 1, |args, at| Ok(Rego::from(made(text(args, 0)?, at.now).as_str()))),
];

/// A version 4 identifier that is another one for each key and each time of the run, and the same within it.
fn made(key: &str, now: i64) -> String {
    let digest = Sha256::digest(format!("{now}\0{key}"));
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// What RFC 4122 says of an identifier.
fn parts(text: &str) -> Answer {
    let bytes = identifier(text).ok_or("the text is no identifier")?;
    let number = |bytes: &[u8]| bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let version = bytes[6] >> 4;
    let variant = match bytes[8] {
        0x80..=0xbf => "RFC4122",
        0xc0..=0xdf => "Microsoft",
        0xe0..=0xff => "Future",
        _ => "Reserved",
    };
    let mut found = BTreeMap::from([("version", Rego::from(u64::from(version))), ("variant", Rego::from(variant))]);
    if matches!(version, 1 | 2) {
        let time = number(&bytes[..4]) | number(&bytes[4..6]) << 32 | (number(&bytes[6..8]) & 0xfff) << 48;
        // In steps of 100 ns since the reform of the calendar.
        let time = (i128::from(time) - 122_192_928_000_000_000) * 100;
        let node: Vec<_> = bytes[10..].iter().map(|byte| format!("{byte:02x}")).collect();
        let kinds = match bytes[10] & 3 {
            3 => "local:multicast",
            1 => "global:multicast",
            2 => "local:unicast",
            _ => "global:unicast",
        };
        found.insert("time", Rego::from(time));
        found.insert("nodeid", Rego::from(node.join("-").as_str()));
        found.insert("macvariables", Rego::from(kinds));
        found.insert("clocksequence", Rego::from(number(&bytes[8..10]) & 0x3fff));
    }
    if version == 2 {
        let domain =
            ["Person", "Group", "Org"].get(usize::from(bytes[9])).map_or_else(|| format!("Domain{}", bytes[9]), ToString::to_string);
        found.insert("domain", Rego::from(domain.as_str()));
        found.insert("id", Rego::from(number(&bytes[..4])));
    }
    Ok(Rego::from(found.into_iter().map(|(key, value)| (Rego::from(key), value)).collect::<BTreeMap<_, _>>()))
}

/// The bytes of an identifier in one of its four forms: with hyphens, so in braces or after `urn:uuid:`, and without hyphens.
fn identifier(text: &str) -> Option<[u8; 16]> {
    let inner = match text.len() {
        45 if text[..9].eq_ignore_ascii_case("urn:uuid:") => &text[9..],
        38 => text.get(1..37)?,
        _ => text,
    };
    let digits = match inner.len() {
        36 => {
            let hyphens = [8, 13, 18, 23].iter().all(|at| inner.as_bytes()[*at] == b'-');
            Some(inner.replace('-', "")).filter(|_| hyphens)?
        }
        32 if inner.len() == text.len() => inner.to_owned(),
        _ => return None,
    };
    if digits.len() != 32 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    Some(u128::from_str_radix(&digits, 16).ok()?.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    pub(super) fn check(found: Answer, expected: Option<&str>) {
        assert_eq!(found.ok().map(|value| value.to_string()).as_deref(), expected);
    }

    #[test]
    fn identifiers_say_what_they_are() {
        let first = r#"{"clocksequence":180,"macvariables":"global:unicast","nodeid":"00-c0-4f-d4-30-c8","time":886630433151182400,"variant":"RFC4122","version":1}"#;
        check(parts("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), Some(first));
        check(parts("00000000-0000-0000-0000-000000000000"), Some(r#"{"variant":"Reserved","version":0}"#));
        for form in
            ["f47ac10b58cc4372a5670e02b2c3d479", "{f47ac10b-58cc-4372-a567-0e02b2c3d479}", "urn:uuid:f47ac10b-58cc-4372-a567-0e02b2c3d479"]
        {
            check(parts(form), Some(r#"{"variant":"RFC4122","version":4}"#));
        }
        for wrong in
            ["", "x", "f47ac10b-58cc-4372-a567-0e02b2c3d47", "f47ac10b-58cc-4372-a567-0e02b2c3d47x", "ééééééééé-ééééééééé-ééééééééé"]
        {
            check(parts(wrong), None);
        }
        assert!(made("a", 1) == made("a", 1) && made("a", 1) != made("b", 1) && made("a", 1) != made("a", 2));
        assert_eq!(parts(&made("a", 1)).ok(), parts("f47ac10b-58cc-4372-a567-0e02b2c3d479").ok());
    }
}
