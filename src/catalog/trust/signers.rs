//! Who may speak for a namespace: OpenSSH's allowed_signers format (ssh-keygen(1), ALLOWED SIGNERS), every mistake with its place.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use ssh_key::PublicKey;

use crate::finding::{Diagnostic, Location, SourceText};

use super::patterns::Patterns;
use super::signature::{Attestor, PURPOSE, fingerprint};
use super::time::Timestamp;

/// One line: principals, and the key that they sign with or that certifies theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AllowedSigner {
    /// The principals it holds for.
    pub principals: Patterns,
    /// The key's fingerprint, such as `SHA256:…`.
    pub key: String,
    /// Whether the key does not sign itself but certifies keys that do.
    pub authority: bool,
    /// What it may sign, when the line says so.
    pub purposes: Option<Patterns>,
    /// The first second of its validity.
    pub valid_after: Option<Timestamp>,
    /// The first second after its validity.
    pub valid_before: Option<Timestamp>,
}

/// Why a signature does not count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error)]
pub enum KeyRefusal {
    /// No line lists the key.
    #[error("the key {0} is not listed among the signers")]
    NotListed(String),
    /// A line lists the key, but for other purposes.
    #[error("the key {0} is listed, but not for `{PURPOSE}`")]
    Purpose(String),
    /// The key was not valid yet.
    #[error("the key {key} is valid from {from}, and the statement is first witnessed at {at}")]
    NotYet {
        /// The key.
        key: String,
        /// The first second of its validity.
        from: Timestamp,
        /// The time that counts.
        at: Timestamp,
    },
    /// The key was no longer valid.
    #[error("the key {key} expired at {until}, and no checkpoint of a valid key shows the statement before that (first witnessed at {at})")]
    Expired {
        /// The key.
        key: String,
        /// The first second after its validity.
        until: Timestamp,
        /// The time that counts.
        at: Timestamp,
    },
    /// The certificate names nobody whom the line allows.
    #[error("the certificate of the key {0} is for none of the principals that its authority may certify")]
    Principals(String),
}

/// A signer whose signature counts: whose it is, and what makes two of them one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Voice {
    /// The same for all keys of one person, so that one person never reaches a threshold of two.
    pub identity: String,
    /// The names it may use.
    principals: Vec<String>,
    patterns: Option<String>,
}

impl Voice {
    /// Whether the voice may call itself `name`.
    #[must_use]
    pub fn speaks_as(&self, name: &str) -> bool {
        self.principals.iter().any(|p| p == name) || self.patterns.as_ref().is_some_and(|p| Patterns::new(p.as_str()).matches(name))
    }
}

/// Whether, at the time `at`, a signature by `attestor` counts; and whose voice it is.
///
/// # Errors
/// The [`KeyRefusal`] of the line that came nearest.
pub fn voice(signers: &[AllowedSigner], attestor: &Attestor, at: Timestamp) -> Result<Voice, KeyRefusal> {
    let mut nearest = KeyRefusal::NotListed(attestor.key.clone());
    for signer in signers {
        let found = match &attestor.certificate {
            None => !signer.authority && signer.key == attestor.key,
            Some(certificate) => signer.authority && signer.key == certificate.authority,
        };
        if !found {
            continue;
        }
        match signer.judge(attestor, at) {
            Ok(voice) => return Ok(voice),
            Err(refusal) => nearest = refusal,
        }
    }
    Err(nearest)
}

/// Whether some line lists the key, at whatever time and for whatever purpose.
#[must_use]
pub fn is_listed(signers: &[AllowedSigner], attestor: &Attestor) -> bool {
    !matches!(voice(signers, attestor, Timestamp::from_unix(0)), Err(KeyRefusal::NotListed(_)))
}

impl AllowedSigner {
    fn judge(&self, attestor: &Attestor, at: Timestamp) -> Result<Voice, KeyRefusal> {
        let key = || attestor.key.clone();
        if self.purposes.as_ref().is_some_and(|p| !p.matches(PURPOSE)) {
            return Err(KeyRefusal::Purpose(key()));
        }
        let (mut from, mut until) = (self.valid_after, self.valid_before);
        if let Some(certificate) = &attestor.certificate {
            from = from.max(Some(Timestamp::from_unix(certificate.valid_after)));
            let end = Timestamp::from_unix(certificate.valid_before);
            until = Some(until.map_or(end, |u| u.min(end)));
        }
        if let Some(from) = from.filter(|from| at < *from) {
            return Err(KeyRefusal::NotYet { key: key(), from, at });
        }
        if let Some(until) = until.filter(|until| at >= *until) {
            return Err(KeyRefusal::Expired { key: key(), until, at });
        }
        self.named(attestor)
    }

    fn named(&self, attestor: &Attestor) -> Result<Voice, KeyRefusal> {
        let Some(certificate) = &attestor.certificate else {
            let text = self.principals.as_str();
            let identity = if self.principals.is_name() { text.to_owned() } else { attestor.key.clone() };
            return Ok(Voice { identity, principals: Vec::new(), patterns: Some(text.to_owned()) });
        };
        let names: Vec<_> = certificate.principals.iter().filter(|p| self.principals.matches(p)).cloned().collect();
        let Some(first) = names.first() else { return Err(KeyRefusal::Principals(attestor.key.clone())) };
        Ok(Voice { identity: first.clone(), principals: names, patterns: None })
    }
}

/// Reads a whole allowed_signers file.
///
/// # Errors
/// A diagnostic that points at the first mistake.
pub fn parse_signers(source: &SourceText) -> Result<Vec<AllowedSigner>, Box<Diagnostic>> {
    let mut signers = Vec::new();
    let mut number = 1;
    while let Some(range) = source.line(number) {
        let text = &source.text()[range.clone()];
        // An editor's mark at the beginning is no part of a name.
        let range = if number == 1 && text.starts_with('\u{feff}') { range.start + 3..range.end } else { range };
        let text = &source.text()[range.clone()];
        number += 1;
        if let Some(signer) =
            parse_signer(text).map_err(|e| e.locate(|at| source.location(range.start + at.start..range.start + at.end, e.label)))?
        {
            signers.push(signer);
        }
    }
    Ok(signers)
}

/// A mistake in one line: where, what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    /// The bytes of the line that are wrong.
    pub at: Range<usize>,
    /// What is so.
    pub title: String,
    /// What is to be seen at the place.
    pub label: &'static str,
    /// The next action.
    pub help: &'static str,
}

impl LineError {
    /// The mistake as a diagnostic; `place` turns bytes of the line into a place in a file.
    #[must_use]
    pub fn locate(&self, place: impl FnOnce(Range<usize>) -> Location) -> Box<Diagnostic> {
        Box::new(Diagnostic::new(self.title.clone()).at(place(self.at.clone())).help(self.help))
    }
}

/// Reads one line; `None` for an empty one and a comment.
///
/// # Errors
/// [`LineError`] with the place in the line.
pub fn parse_signer(line: &str) -> Result<Option<AllowedSigner>, LineError> {
    let mut fields = Fields { line, at: 0 };
    let Some(principals) = fields.next()? else { return Ok(None) };
    if line[principals.clone()].starts_with('#') {
        return Ok(None);
    }
    let mut signer = AllowedSigner {
        principals: Patterns::new(line[principals.clone()].trim_matches('"')),
        key: String::new(),
        authority: false,
        purposes: None,
        valid_after: None,
        valid_before: None,
    };
    if signer.principals.as_str().is_empty() {
        return Err(error(principals, "signer has no name", "a name belongs here", EXAMPLE));
    }
    let Some(mut next) = fields.next()? else {
        return Err(error(line.len()..line.len(), "signer has no key", "the key belongs here", EXAMPLE));
    };
    if !is_key_type(&line[next.clone()]) {
        options(&mut signer, line, next)?;
        next = fields.next()?.ok_or_else(|| error(line.len()..line.len(), "signer has no key", "the key belongs here", EXAMPLE))?;
    }
    let blob = fields.next()?.unwrap_or(line.len()..line.len());
    let key = PublicKey::from_openssh(&line[next.start..blob.end]);
    let key = key.map_err(|_| error(next.start..blob.end, "key cannot be read", "not an OpenSSH public key", EXAMPLE))?;
    signer.key = fingerprint(key.key_data());
    Ok(Some(signer))
}

const EXAMPLE: &str = "a line is `ana@example.org ssh-ed25519 AAAA…`, as in the allowed_signers file of ssh-keygen(1)";
const TIME_HELP: &str = "write `valid-before=\"20271231Z\"` or `\"202712312359Z\"`; without `Z` it would mean another time on each machine";

fn error(at: Range<usize>, title: impl Into<String>, label: &'static str, help: &'static str) -> LineError {
    LineError { at, title: title.into(), label, help }
}

fn is_key_type(word: &str) -> bool {
    word.starts_with("ssh-") || word.starts_with("ecdsa-") || word.starts_with("sk-") || word.starts_with("rsa-")
}

/// Words of a line; white space inside double quotes does not end one.
struct Fields<'a> {
    line: &'a str,
    at: usize,
}

impl Fields<'_> {
    fn next(&mut self) -> Result<Option<Range<usize>>, LineError> {
        let rest = &self.line[self.at..];
        let start = self.at + (rest.len() - rest.trim_start_matches([' ', '\t']).len());
        let mut quoted = None;
        for (i, c) in self.line[start..].char_indices() {
            match c {
                '"' if quoted.is_some() => quoted = None,
                '"' => quoted = Some(start + i),
                ' ' | '\t' if quoted.is_none() => {
                    self.at = start + i;
                    return Ok(Some(start..self.at));
                }
                _ => {}
            }
        }
        if let Some(open) = quoted {
            return Err(error(open..self.line.len(), "quotation mark is not closed", "opened here", EXAMPLE));
        }
        self.at = self.line.len();
        Ok((start < self.at).then_some(start..self.at))
    }
}

/// Reads the options of a line into `signer`.
fn options(signer: &mut AllowedSigner, line: &str, field: Range<usize>) -> Result<(), LineError> {
    let mut start = field.start;
    while start < field.end {
        let end = start + option_length(&line[start..field.end]);
        option(signer, line, start..end)?;
        start = end + 1;
    }
    Ok(())
}

/// The bytes up to the next comma outside of quotes.
fn option_length(text: &str) -> usize {
    let mut quoted = false;
    for (i, b) in text.bytes().enumerate() {
        match b {
            b'"' => quoted = !quoted,
            b',' if !quoted => return i,
            _ => {}
        }
    }
    text.len()
}

fn option(signer: &mut AllowedSigner, line: &str, at: Range<usize>) -> Result<(), LineError> {
    let text = &line[at.clone()];
    let (name, value) = text.split_once('=').map_or((text, None), |(n, v)| (n, Some(v)));
    let quoted = value.and_then(|v| v.strip_prefix('"')?.strip_suffix('"'));
    let twice = |set: bool| {
        if set { Err(error(at.clone(), format!("option `{name}` is set twice"), "set again here", "keep one of them")) } else { Ok(()) }
    };
    match (name.to_ascii_lowercase().as_str(), quoted) {
        ("cert-authority", None) if value.is_none() => signer.authority = true,
        ("namespaces", Some(list)) => {
            twice(signer.purposes.is_some())?;
            signer.purposes = Some(Patterns::new(list));
        }
        ("valid-after", Some(time)) => {
            twice(signer.valid_after.is_some())?;
            signer.valid_after =
                Some(moment(time).ok_or_else(|| error(at, format!("`{time}` is not a time"), "not understood", TIME_HELP))?);
        }
        ("valid-before", Some(time)) => {
            twice(signer.valid_before.is_some())?;
            signer.valid_before =
                Some(moment(time).ok_or_else(|| error(at, format!("`{time}` is not a time"), "not understood", TIME_HELP))?);
        }
        ("namespaces" | "valid-after" | "valid-before", None) => {
            return Err(error(
                at,
                format!("option `{name}` has no quoted value"),
                "a value in double quotes belongs here",
                "for example `namespaces=\"polity-statement-v1\"`",
            ));
        }
        _ => {
            let help = "the options are `cert-authority`, `namespaces=\"…\"`, `valid-after=\"…\"` and `valid-before=\"…\"`";
            return Err(error(at, format!("unknown option `{text}`"), "not an option of this format", help));
        }
    }
    Ok(())
}

/// `YYYYMMDDZ`, `YYYYMMDDHHMMZ` or `YYYYMMDDHHMMSSZ`.
fn moment(text: &str) -> Option<Timestamp> {
    let digits = text.strip_suffix(['Z', 'z'])?;
    if !digits.bytes().all(|b| b.is_ascii_digit()) || !matches!(digits.len(), 8 | 12 | 14) {
        return None;
    }
    let full = format!("{digits:0<14}");
    let (d, t) = full.split_at(8);
    Timestamp::parse(&format!("{}-{}-{}T{}:{}:{}Z", &d[..4], &d[4..6], &d[6..], &t[..2], &t[2..4], &t[4..])).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIILxPO2MMRQyjCaJnXfPQh0jjYbLiNVz8Ivp38fTaSQ+";

    /// What reading a file says: its signers in short, or the first mistake with its place.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let said = match parse_signers(&SourceText::new("allowed_signers", text.replace("KEY", KEY))) {
            Ok(signers) => signers
                .iter()
                .map(|s| {
                    let time = |t: Option<Timestamp>| t.map_or("-".to_owned(), |t| t.to_string());
                    let purposes = s.purposes.as_ref().map_or("-", Patterns::as_str);
                    format!("{} {} {purposes} {} {}", s.principals.as_str(), s.authority, time(s.valid_after), time(s.valid_before))
                })
                .collect::<Vec<_>>()
                .join("; "),
            Err(d) => {
                let at = &d.locations[0];
                format!("{}:{}-{}: {} ({})", at.start.line, at.start.column, at.end.column, d.title, at.label)
            }
        };
        assert_eq!(said, expected, "{text:?}");
    }

    #[test]
    fn the_format_is_that_of_openssh() {
        check("", "");
        check("# nobody\n\n  \n", "");
        check("ana@acme KEY a comment\r\n", "ana@acme false - - -");
        check("*@acme,!bob@acme cert-authority KEY", "*@acme,!bob@acme true - - -");
        check(
            "\"ana@acme\" namespaces=\"git,polity-*\",valid-after=\"20260101Z\",valid-before=\"202701011230Z\" KEY",
            "ana@acme false git,polity-* 2026-01-01T00:00:00Z 2027-01-01T12:30:00Z",
        );
        check("a\tCERT-AUTHORITY,Valid-Before=\"20270101123059Z\"  KEY\nb KEY\n", "a true - - 2027-01-01T12:30:59Z; b false - - -");
    }

    #[test]
    fn every_mistake_has_a_place() {
        check("a KEY\n  bob\n", "2:6-6: signer has no key (the key belongs here)");
        check("ana ssh-ed25519 AAAA\n", "1:5-21: key cannot be read (not an OpenSSH public key)");
        check("ana cert-authority\n", "1:19-19: signer has no key (the key belongs here)");
        check("ana valid-before=\"2027\" KEY\n", "1:5-24: `2027` is not a time (not understood)");
        check("ana valid-before=\"20270101\" KEY\n", "1:5-28: `20270101` is not a time (not understood)");
        check(
            "ana valid-before=20270101Z KEY\n",
            "1:5-27: option `valid-before` has no quoted value (a value in double quotes belongs here)",
        );
        check("ana cert-authority,no-touch KEY\n", "1:20-28: unknown option `no-touch` (not an option of this format)");
        check(
            "ana valid-after=\"20270101Z\",valid-after=\"20270101Z\" KEY\n",
            "1:29-52: option `valid-after` is set twice (set again here)",
        );
        check("ana namespaces=\"a KEY\n", "1:16-99: quotation mark is not closed (opened here)");
        check("\"\" KEY\n", "1:1-3: signer has no name (a name belongs here)");
    }

    proptest::proptest! {
        #[test]
        fn no_line_makes_reading_panic(text in "(ana|ssh-ed25519|AAAA|valid-before=|\"|,|namespaces|cert-authority| |\t|é|\\PC){0,20}") {
            let _ = parse_signers(&SourceText::new("f", text));
        }
    }
}
