//! `policy.yaml`: what a policy is called, how bad its findings are, whom it judges and what can be set.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::config::{ConfigError, Date, Format, Grade, Node, Rollout, Step, load};
use crate::finding::{Diagnostic, Severity, SourceText};

use super::Fact;

/// The manifest at the root of every policy's folder.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyFile {
    /// The policy's version (Semantic Versioning).
    #[schemars(with = "String")]
    pub version: semver::Version,
    /// What is wrong when it fires, in lower case without a final period.
    pub title: String,
    /// How bad a finding is.
    pub severity: Severity,
    /// What the rule is evaluated on.
    #[serde(default)]
    pub subject: SubjectKind,
    /// Whether it judges only services that a `polity.yaml` describes; to all else it is not applicable.
    #[serde(default)]
    pub described: bool,
    /// Whether what it says of a file rests on others, wherever they stand: it then sees the whole repository, also in a check of a folder. Only for the
    /// subject `repository`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub looks_around: bool,
    /// The team that answers for the policy.
    pub owner: String,
    /// The day on which the policy was introduced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Date>,
    /// Findings are advice before this day, unless a layer says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforce_after: Option<Date>,
    /// What the rule is told beyond the repository; each is a key of `input`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// Standards and papers that the policy rests on.
    #[serde(default)]
    pub sources: Vec<String>,
    /// What can be set, with its default.
    #[serde(default)]
    pub parameters: BTreeMap<String, Parameter>,
}

/// What a rule is evaluated on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SubjectKind {
    /// Each service root; a repository without one is evaluated once, as an undescribed service.
    #[default]
    Service,
    /// The whole repository, once.
    Repository,
}

/// A value that users of the policy may set.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// The type of the value.
    #[serde(rename = "type")]
    pub kind: ParameterKind,
    /// The value when nobody sets it.
    pub default: Json,
    /// Which of two values is the stricter one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<ParameterOrder>,
    /// What it means.
    pub help: String,
}

/// The type of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ParameterKind {
    /// A whole number.
    Integer,
    /// A text.
    String,
    /// A truth value.
    Bool,
    /// A list of texts.
    List,
}

/// Which of two values of a parameter is the stricter one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ParameterOrder {
    /// The larger number.
    Larger,
    /// The smaller number.
    Smaller,
    /// Everything that either list has.
    Union,
    /// Only what both lists have.
    Intersection,
}

impl PolicyFile {
    /// Whether it is asked of the whole repository, also in a check of a folder.
    #[must_use]
    pub fn sees_all(&self) -> bool {
        self.looks_around && self.subject == SubjectKind::Repository
    }

    /// Reads a `policy.yaml`.
    ///
    /// # Errors
    /// [`ConfigError`] that points at the first mistake, also when a default does not have its parameter's type or an order makes
    /// no sense for it.
    pub fn load(source: &SourceText) -> Result<Self, ConfigError> {
        let (file, root) = load::<Self>(source, Format::Yaml)?;
        file.check_texts(source, &root)?;
        for (name, parameter) in &file.parameters {
            parameter.check(source, &root, name)?;
        }
        Ok(file)
    }

    /// The stages of the policy itself.
    #[must_use]
    pub fn stages(&self) -> Option<Rollout> {
        self.enforce_after.map(|deny| Rollout { observe: None, warn: None, deny })
    }

    /// How bad a finding is on a day where no layer has a say.
    #[must_use]
    pub fn on(&self, day: Date) -> Grade {
        let grade = self.severity.into();
        self.stages().map_or(grade, |stages| stages.on(grade, day))
    }

    /// The value of every parameter.
    #[must_use]
    pub fn values(&self) -> Json {
        self.parameters.iter().map(|(name, parameter)| (name.clone(), parameter.default.clone())).collect()
    }

    fn check_texts(&self, source: &SourceText, root: &Node) -> Result<(), ConfigError> {
        for (key, text) in [("title", &self.title), ("owner", &self.owner)] {
            if text.trim().is_empty() {
                return Err(wrong(source, root, &[key], format!("`{key}` is empty"), "write something here"));
            }
        }
        Ok(())
    }
}

impl Parameter {
    fn check(&self, source: &SourceText, root: &Node, name: &str) -> Result<(), ConfigError> {
        if !is_identifier(name) {
            let title = format!("`{name}` is not a name for a parameter");
            return Err(wrong(source, root, &["parameters", name], title, "use lower-case letters, digits and underscores"));
        }
        if !self.kind.accepts(&self.default) {
            let title = format!("default of `{name}` is not of type {}", self.kind.word());
            return Err(wrong(source, root, &["parameters", name, "default"], title, "this value"));
        }
        let fits = match self.order {
            None => true,
            Some(ParameterOrder::Larger | ParameterOrder::Smaller) => self.kind == ParameterKind::Integer,
            Some(ParameterOrder::Union | ParameterOrder::Intersection) => self.kind == ParameterKind::List,
        };
        if fits {
            return Ok(());
        }
        let title = format!("values of type {} have no such order", self.kind.word());
        Err(wrong(
            source,
            root,
            &["parameters", name, "order"],
            title,
            "`larger` and `smaller` are for integers, `union` and `intersection` for lists",
        ))
    }
}

impl ParameterKind {
    /// The word in `policy.yaml`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::String => "string",
            Self::Bool => "bool",
            Self::List => "list",
        }
    }

    /// Whether a value is of this type.
    #[must_use]
    pub fn accepts(self, value: &Json) -> bool {
        match self {
            Self::Integer => value.is_i64(),
            Self::String => value.is_string(),
            Self::Bool => value.is_boolean(),
            Self::List => value.as_array().is_some_and(|items| items.iter().all(Json::is_string)),
        }
    }
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn wrong(source: &SourceText, root: &Node, keys: &[&str], title: String, label: &str) -> ConfigError {
    let steps: Vec<_> = keys.iter().map(|key| Step::Key((*key).to_owned())).collect();
    ConfigError(Box::new(Diagnostic::new(title).at(source.location(root.span_of(&steps), label))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\n";

    #[track_caller]
    fn check(tail: &str, expected: &str) {
        let source = SourceText::new("policy.yaml", format!("{HEAD}{tail}"));
        let said = match PolicyFile::load(&source) {
            Ok(file) => file.values().to_string(),
            Err(ConfigError(d)) => format!("{}:{}: {}", d.locations[0].start.line, d.locations[0].start.column, d.title),
        };
        assert_eq!(said, expected);
    }

    #[test]
    fn parameters_have_values_of_their_type() {
        check("parameters: {a: {type: integer, default: 3, order: smaller, help: h}}\n", r#"{"a":3}"#);
        check("parameters: {a: {type: list, default: [x], order: union, help: h}}\n", r#"{"a":["x"]}"#);
        check("parameters: {a: {type: integer, default: 1.5, help: h}}\n", "5:33: default of `a` is not of type integer");
        check("parameters: {a: {type: list, default: [1], help: h}}\n", "5:30: default of `a` is not of type list");
        check("parameters: {a: {type: bool, default: true, order: larger, help: h}}\n", "5:45: values of type bool have no such order");
        check("parameters: {A: {type: bool, default: true, help: h}}\n", "5:14: `A` is not a name for a parameter");
    }

    #[test]
    fn every_mistake_has_a_place() {
        check("", "{}");
        check("severty: error\n", "5:1: unknown key `severty`");
        check("subject: team\n", "5:1: unknown value `team`");
        let source = SourceText::new("policy.yaml", HEAD.replace("title: t", "title: ' '"));
        assert_eq!(PolicyFile::load(&source).unwrap_err().to_string(), "`title` is empty");
        let source = SourceText::new("policy.yaml", HEAD.replace("1.0.0", "one"));
        assert!(PolicyFile::load(&source).is_err());
    }
}
