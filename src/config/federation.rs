//! `polity.federation.yaml`: which namespaces there are, where they publish, who may speak for them, and how old knowledge may be.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::finding::{Diagnostic, SourceText};

use super::{Address, ConfigError, Date, Format, Node, Requirement, Step, load};

/// The whole file.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FederationFile {
    /// The name of the federation; every statement carries it. Lower-case letters, digits and hyphens.
    pub federation: String,
    /// From this age on, knowledge of a namespace is marked `STALE`, such as `7d`.
    #[serde(default = "week")]
    pub max_staleness: Span,
    /// From this age on, knowledge of a namespace is not used any more, such as `90d`.
    #[serde(default = "quarter")]
    pub hard_expiry: Span,
    /// The policy layers that hold for everybody, such as `org/baseline@3`.
    #[serde(default)]
    pub layers: Vec<String>,
    /// Revoked releases that may be used for a time all the same, where they are locked.
    #[serde(default)]
    pub break_glass: Vec<BreakGlass>,
    /// The namespaces by name.
    #[serde(default)]
    pub namespaces: BTreeMap<String, NamespaceRules>,
}

/// A revoked release that may be used for a time all the same.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BreakGlass {
    /// The release, as `namespace/name@version`.
    pub release: String,
    /// Why it must be used.
    pub reason: String,
    /// The day from which on it may not, such as `2027-01-31`.
    pub expires: Date,
}

/// One namespace.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamespaceRules {
    /// Where its registry is: https, ssh, `git@host:path`, file, static+https for plain files, or a folder relative to this file.
    pub url: String,
    /// Further places that hold the same. They need no trust: everything is checked by digest and signature.
    #[serde(default)]
    pub mirrors: Vec<String>,
    /// Who may speak for it.
    #[schemars(with = "SignersShape")]
    pub signers: SignerRules,
    /// How many of the signers must agree on a statement.
    #[serde(default = "one")]
    #[schemars(range(min = 1))]
    pub threshold: usize,
    /// Overrides the federation's `max_staleness`.
    #[serde(default)]
    pub max_staleness: Option<Span>,
    /// Overrides the federation's `hard_expiry`.
    #[serde(default)]
    pub hard_expiry: Option<Span>,
    /// What the namespace may bring; nothing that runs code by default.
    #[serde(default = "data")]
    pub capabilities: Vec<Capability>,
}

/// What a namespace may bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Capability {
    /// Templates.
    Templates,
    /// Policies.
    Policies,
    /// Commands that a template declares, run on this machine when the user asks for them.
    Steps,
}

/// Who may speak for a namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum SignerRules {
    /// `none`: whoever can write to the registry. Said on every use.
    None(String),
    /// Lines of OpenSSH's allowed_signers format.
    Lines(Vec<String>),
    /// A file of that format, relative to this one.
    File {
        /// The file.
        file: String,
    },
}

/// The forms of `signers`, for the schema alone.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the schema is made from it")]
enum SignersShape {
    /// The word `none`.
    None(Unsigned),
    /// Lines of OpenSSH's allowed_signers format.
    Lines(Vec<String>),
    /// A file of that format.
    File { file: String },
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(dead_code, reason = "the schema is made from it")]
enum Unsigned {
    None,
}

impl<'de> Deserialize<'de> for SignerRules {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            file: String,
        }
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(word) if word == "none" => Ok(Self::None(word)),
            list @ serde_json::Value::Array(_) => Ok(Self::Lines(serde_json::from_value(list).map_err(D::Error::custom)?)),
            map @ serde_json::Value::Object(_) => {
                Ok(Self::File { file: serde_json::from_value::<File>(map).map_err(D::Error::custom)?.file })
            }
            _ => Err(D::Error::custom("`signers` is `none`, a list of lines, or `file: PATH`")),
        }
    }
}

/// A length of time such as `12h`, `7d` or `3months`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Span(pub Duration);

impl TryFrom<String> for Span {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        humantime::parse_duration(&text).map(Self).map_err(|_| format!("`{text}` is not a length of time such as `12h` or `7d`"))
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        humantime::format_duration(span.0).to_string()
    }
}

fn week() -> Span {
    Span(Duration::from_secs(7 * 86_400))
}

fn quarter() -> Span {
    Span(Duration::from_secs(90 * 86_400))
}

fn one() -> usize {
    1
}

fn data() -> Vec<Capability> {
    vec![Capability::Templates, Capability::Policies]
}

/// A federation file that was read and holds together.
#[derive(Clone, Debug)]
pub struct Federation {
    /// What it says.
    pub file: FederationFile,
    /// Its text.
    pub source: SourceText,
    root: Node,
}

impl Federation {
    /// Reads a `polity.federation.yaml`.
    ///
    /// # Errors
    /// [`ConfigError`] that points at the first mistake, of form or of sense.
    pub fn read(source: SourceText) -> Result<Self, ConfigError> {
        let (file, root) = load::<FederationFile>(&source, Format::Yaml)?;
        let federation = Self { file, source, root };
        federation.check()?;
        Ok(federation)
    }

    /// From when on knowledge of a namespace is stale, and from when on it is not used.
    #[must_use]
    pub fn limits(&self, rules: &NamespaceRules) -> (Duration, Duration) {
        (rules.max_staleness.unwrap_or(self.file.max_staleness).0, rules.hard_expiry.unwrap_or(self.file.hard_expiry).0)
    }

    /// The byte range of a policy layer's name, for diagnostics.
    #[must_use]
    pub fn layer_span(&self, index: usize) -> Range<usize> {
        self.root.span_of(&[key("layers"), Step::Index(index)])
    }

    /// The byte range of a key or item below a namespace, for diagnostics.
    #[must_use]
    pub fn span(&self, namespace: &str, steps: &[Step]) -> Range<usize> {
        self.root.span_of(&below(namespace, steps))
    }

    /// The byte range of the value below a namespace, if it is there.
    #[must_use]
    pub fn value_span(&self, namespace: &str, steps: &[Step]) -> Option<Range<usize>> {
        Some(self.root.at(&below(namespace, steps))?.span.clone())
    }

    fn check(&self) -> Result<(), ConfigError> {
        if !is_name(&self.file.federation) {
            let span = self.root.get("federation").map_or(0..0, |node| node.span.clone());
            return Err(self.wrong(span, format!("`{}` is not a name for a federation", self.file.federation), "not a name", NAMES));
        }
        for (index, glass) in self.file.break_glass.iter().enumerate() {
            let span = |name: &str| self.root.span_of(&[key("break_glass"), Step::Index(index), key(name)]);
            if let Err(why) = Requirement::parse(&glass.release) {
                return Err(self.wrong(
                    span("release"),
                    format!("`{}` is no release: {why}", glass.release),
                    "not a release",
                    "write `namespace/name@version`",
                ));
            }
        }
        for (name, rules) in &self.file.namespaces {
            if !is_name(name) {
                return Err(self.wrong(self.span(name, &[]), format!("`{name}` is not a namespace"), "not a name", NAMES));
            }
            self.check_namespace(name, rules)?;
        }
        Ok(())
    }

    fn check_namespace(&self, name: &str, rules: &NamespaceRules) -> Result<(), ConfigError> {
        let mirrors = rules.mirrors.iter().enumerate().map(|(i, text)| (vec![key("mirrors"), Step::Index(i)], text));
        for (steps, text) in std::iter::once((vec![key("url")], &rules.url)).chain(mirrors) {
            let span = self.value_span(name, &steps).unwrap_or(0..0);
            let address = Address::parse(text).map_err(|e| self.wrong(span.clone(), e.to_string(), "not used", e.help()))?;
            if address.is_open_to_others() && matches!(rules.signers, SignerRules::None(_)) {
                let title = format!("namespace `{name}` has neither signers nor an encrypted connection");
                return Err(self.wrong(span, title, "anybody on the way can change this", "list signers, or use https:// or ssh://"));
            }
        }
        let (stale, expiry) = self.limits(rules);
        if stale > expiry {
            let title = format!("namespace `{name}` expires before it is stale");
            return Err(self.wrong(self.span(name, &[key("max_staleness")]), title, "longer than `hard_expiry`", "raise `hard_expiry`"));
        }
        let listed = match &rules.signers {
            SignerRules::Lines(lines) => lines.len(),
            SignerRules::None(_) => 1,
            SignerRules::File { .. } => usize::MAX,
        };
        if rules.threshold == 0 || rules.threshold > listed {
            let title = format!("threshold {} cannot be reached by {listed} signers", rules.threshold);
            return Err(self.wrong(
                self.span(name, &[key("threshold")]),
                title,
                "out of range",
                "list more signers, or lower the threshold",
            ));
        }
        Ok(())
    }

    fn wrong(&self, span: Range<usize>, title: String, label: &str, help: &str) -> ConfigError {
        ConfigError(Box::new(Diagnostic::new(title).at(self.source.location(span, label)).help(help)))
    }
}

const NAMES: &str = "use lower-case letters, digits and single hyphens, starting with a letter";

fn below(namespace: &str, steps: &[Step]) -> Vec<Step> {
    [key("namespaces"), key(namespace)].into_iter().chain(steps.iter().cloned()).collect()
}

fn key(name: &str) -> Step {
    Step::Key(name.to_owned())
}

/// Lower-case letters, digits and single hyphens inside, starting with a letter: what may also name a folder of the cache.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
        && !text.contains("--")
        && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What reading says: nothing, or the first mistake with its place.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let said = match Federation::read(SourceText::new("polity.federation.yaml", text)) {
            Ok(_) => String::new(),
            Err(ConfigError(d)) => format!("{}:{}: {}", d.locations[0].start.line, d.locations[0].start.column, d.title),
        };
        assert_eq!(said, expected, "{text:?}");
    }

    /// A federation with one namespace of these lines.
    fn pay(lines: &str) -> String {
        format!("federation: acme\nnamespaces:\n  pay:\n{}", lines.lines().map(|l| format!("    {l}\n")).collect::<String>())
    }

    #[test]
    fn every_form_is_read() {
        check("federation: acme\n", "");
        check(&pay("url: https://h/x\nsigners: [ana ssh-ed25519 AAAA]"), "");
        check(
            &pay("url: ../pay\nsigners: none\nmirrors: [file:///x]\ncapabilities: [policies]\nmax_staleness: 2h\nhard_expiry: 3days"),
            "",
        );
        check(&pay("url: git@h:x\nsigners: {file: signers/pay}\nthreshold: 3"), "");
    }

    #[test]
    fn every_mistake_has_a_place() {
        check("federation: Acme Inc\n", "1:13: `Acme Inc` is not a name for a federation");
        check("namespaces: {}\n", "1:1: key `federation` is missing");
        check(&pay("url: x"), "3:3: key `signers` is missing");
        check(&pay("url: x\nsigners: nobody"), "5:5: `signers` is `none`, a list of lines, or `file: PATH`");
        check(&pay("url: x\nsigners: none\nmirror: y"), "6:5: unknown key `mirror`");
        check(&pay("url: x\nsigners: none\nmax_staleness: soon"), "6:5: `soon` is not a length of time such as `12h` or `7d`");
        check(&pay("url: x\nsigners: none\nmax_staleness: 1year"), "6:5: namespace `pay` expires before it is stale");
        check(&pay("url: x\nsigners: none\ncapabilities: [code]"), "6:20: unknown value `code`");
        check(&pay("url: x\nsigners: [a]\nthreshold: 2"), "6:5: threshold 2 cannot be reached by 1 signers");
        check(&pay("url: x\nsigners: [a]\nthreshold: 0"), "6:5: threshold 0 cannot be reached by 1 signers");
        check(
            "federation: a\nbreak_glass:\n  - {release: pay/x, reason: y, expires: 2027-01-31}\n",
            "3:6: `pay/x` is no release: `@` and a version are missing",
        );
        for day in ["2027-13-01", "2027-02-29", "2027-2-1"] {
            check(
                &format!("federation: a\nbreak_glass:\n  - {{release: pay/x@1.0.0, reason: y, expires: {day}}}\n"),
                &format!("3:39: `{day}` is not a day such as 2026-12-31"),
            );
        }
        check(&pay("url: ext::sh -c id\nsigners: none"), "4:10: address `ext::sh -c id` would make git run a command or take an option");
        check(
            &pay("url: x\nmirrors: [y, 'http://h/x']\nsigners: none"),
            "5:18: namespace `pay` has neither signers nor an encrypted connection",
        );
        check("federation: a\nnamespaces:\n  Pay: {url: x, signers: none}\n", "3:3: `Pay` is not a namespace");
        check(
            "federation: a\nnamespaces:\n  pay: {url: x, signers: none}\n  pay: {url: y, signers: none}\n",
            "4:3: key `pay` is set twice",
        );
    }
}
