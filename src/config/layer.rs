//! `layer.yaml`, and the section `policies:` of `polity.yaml`: what a team demands of policies, and of whom.
//!
//! Only the words are here; what several layers come to together is computed in `policy`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::Severity;

use super::{Date, Span, Tier};

/// The manifest of a policy layer: `layers/<id>/layer.yaml` of a registry.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerFile {
    /// The layer's version (Semantic Versioning).
    #[schemars(with = "String")]
    pub version: semver::Version,
    /// What it is for, in a few words.
    pub title: String,
    /// Whose layer it is, from the widest to the narrowest.
    pub level: Level,
    /// The team that answers for it.
    pub owner: String,
    /// The longest that a waiver may last under this layer, such as `90d`; the shortest of all layers counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_waiver: Option<Span>,
    /// What no other layer may loosen.
    #[serde(default)]
    pub mandatory: Vec<Demand>,
    /// What narrower layers may change.
    #[serde(default)]
    pub default: Vec<Demand>,
}

/// The section `policies:` of `polity.yaml`: the narrowest layer, and those that the service subscribes to.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyRules {
    /// Layers by name and version, such as `pay/strict@2`.
    #[serde(default)]
    pub layers: Vec<String>,
    /// What this service demands of itself.
    #[serde(default)]
    pub mandatory: Vec<Demand>,
    /// What this service changes where the layers above let it.
    #[serde(default)]
    pub default: Vec<Demand>,
}

/// Whose layer it is. A later one is narrower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The whole federation's.
    Org,
    /// A domain's: several teams.
    Domain,
    /// A team's.
    Team,
    /// A repository's own.
    Repository,
}

impl Level {
    /// The word used in every output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Org => "org",
            Self::Domain => "domain",
            Self::Team => "team",
            Self::Repository => "repository",
        }
    }
}

/// What a layer demands of one policy, or of several that a pattern names.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// The policy: `namespace/id`, an id that only one namespace has, or a pattern such as `polity/*`.
    pub policy: String,
    /// How bad a finding is. When it is absent, a mandatory entry asks for the policy's own severity; a default entry keeps what wider
    /// layers say, and asks for the policy's own severity where they switch the policy off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Grade>,
    /// Values of the policy's parameters. What a mandatory entry leaves out stays at the policy's own default, or at what is stricter. An entry
    /// with `scope.paths` cannot set any.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, serde_json::Value>,
    /// Whom it concerns; everybody when it is absent.
    #[serde(default)]
    pub scope: Scope,
    /// Findings are advice before this day, and have their severity from it on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforce_after: Option<Date>,
    /// Stages with dates, in the place of `enforce_after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Rollout>,
    /// The day on which it was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Date>,
    /// The team that asked for it, when it is not the layer's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// A severity, or none at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// The policy is not evaluated.
    Off,
    /// Worth knowing.
    Advice,
    /// Should be repaired.
    Warning,
    /// Must be repaired.
    Error,
}

impl Grade {
    /// The severity of a finding; `None` when there is to be none.
    #[must_use]
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Advice => Some(Severity::Advice),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }

    /// The word used in every output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.severity().map_or("off", Severity::as_str)
    }
}

impl From<Severity> for Grade {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Advice => Self::Advice,
            Severity::Warning => Self::Warning,
            Severity::Error => Self::Error,
        }
    }
}

/// The stages of a demand: nothing, then advice, then at most a warning, then its severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rollout {
    /// From this day on findings are advice; before it there are none. Absent: from the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observe: Option<Date>,
    /// From this day on findings are warnings, if their severity is not less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn: Option<Date>,
    /// From this day on findings have their severity.
    pub deny: Date,
}

impl Rollout {
    /// What is left of a severity on a day.
    #[must_use]
    pub fn on(self, grade: Grade, today: Date) -> Grade {
        let most = if today >= self.deny {
            Grade::Error
        } else if self.warn.is_some_and(|warn| today >= warn) {
            Grade::Warning
        } else if self.observe.is_none_or(|observe| today >= observe) {
            Grade::Advice
        } else {
            Grade::Off
        };
        grade.min(most)
    }
}

impl Demand {
    /// The stages, if there are any.
    #[must_use]
    pub fn stages(&self) -> Option<Rollout> {
        self.rollout.or_else(|| self.enforce_after.map(|deny| Rollout { observe: None, warn: None, deny }))
    }
}

/// Whom a demand concerns. Every key that is set must match; within a key, one value must.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Where the service runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tier: Vec<Tier>,
    /// The bounded context.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<String>,
    /// The programming language.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub language: Vec<String>,
    /// The team that answers for the service.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owner: Vec<String>,
    /// Data that the service owns, or a class of data such as `personal` that it is marked with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<String>,
    /// Patterns of paths from the root of the repository, in a `polity.yaml` from its folder: where findings are. One that does not end in a
    /// wildcard may be a folder, and then means all that is in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
}
