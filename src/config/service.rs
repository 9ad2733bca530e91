//! `polity.yaml`: what a service is, who owns it, what it promises and what made it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The whole file.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceFile {
    /// What the service is; absent when a template brought no description of a service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceFacts>,
    /// What only this service may write.
    #[serde(default)]
    pub owns: Owns,
    /// The contracts the service honours.
    #[serde(default)]
    pub provides: Vec<Provision>,
    /// The contracts of others that the service relies on.
    #[serde(default)]
    pub consumes: Vec<Consumption>,
    /// What the service cannot work without, other than the contracts that it consumes.
    #[serde(default)]
    pub dependencies: Vec<Dependency>,
    /// What the service tells others, and what it hears of them, without being asked.
    #[serde(default)]
    pub events: Events,
    /// The consistency class of each operation, by operation id.
    #[serde(default)]
    pub consistency: BTreeMap<String, Consistency>,
    /// How old an answer may be, by the id of an operation that is not strong.
    #[serde(default)]
    pub staleness: BTreeMap<String, Lapse>,
    /// How long a caller waits at most, by operation id.
    #[serde(default)]
    pub timeouts: BTreeMap<String, Lapse>,
    /// How the service's data is divided.
    #[serde(default)]
    pub partitioning: Partitioning,
    /// The regions that the service's data may not leave; empty when it may be anywhere.
    #[serde(default)]
    pub residency: Vec<String>,
    /// What the service measures of its own business.
    #[serde(default)]
    pub metrics: Metrics,
    /// OpenSLO files.
    #[serde(default)]
    pub slo: Vec<String>,
    /// Synthetic user paths.
    #[serde(default)]
    pub journeys: Vec<String>,
    /// Chaos experiments.
    #[serde(default)]
    pub drills: Vec<String>,
    /// What the service demands of itself, and the policy layers it subscribes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policies: Option<super::PolicyRules>,
    /// What polity made the service from; written by `polity new`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<TemplateRecord>,
}

/// What the service is and who answers for it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceFacts {
    /// The name, unique in the federation.
    pub name: String,
    /// The team that answers for it.
    #[serde(default)]
    pub owner: Option<String>,
    /// Where it runs.
    #[serde(default)]
    pub tier: Option<Tier>,
    /// The bounded context it belongs to.
    #[serde(default)]
    pub context: Option<String>,
    /// One or two sentences.
    #[serde(default)]
    pub description: Option<String>,
    /// The programming language.
    #[serde(default)]
    pub language: Option<String>,
    /// The runbook, relative to the service root.
    #[serde(default)]
    pub runbook: Option<String>,
    /// The record of why this is a service of its own.
    #[serde(default)]
    pub decision: Option<String>,
}

/// The three layers of a decentralised platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// With the user.
    Device,
    /// Near the user.
    Edge,
    /// In the middle.
    Core,
}

impl Tier {
    /// The word in `polity.yaml`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Edge => "edge",
            Self::Core => "core",
        }
    }
}

/// What only this service may write.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Owns {
    /// Names of data sets, such as tables.
    #[serde(default)]
    pub data: Vec<String>,
    /// Classes of the data that the service owns, such as `personal` or `payment`.
    #[serde(default)]
    pub classes: Vec<String>,
    /// Data sets that several replicas write at the same time and merge.
    #[serde(default)]
    pub replicated: Vec<Replicated>,
}

/// Data that several replicas write at the same time.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replicated {
    /// The data set.
    pub data: String,
    /// How replicas merge it, such as `lww-register`, `or-set` or `pn-counter`.
    #[serde(default)]
    pub merge: Option<String>,
    /// The test that shows that replicas converge, relative to the service root.
    #[serde(default)]
    pub test: Option<String>,
}

/// Something that the service cannot work without.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dependency {
    /// What it is called here.
    pub name: String,
    /// What it is.
    pub kind: DependencyKind,
}

/// What a dependency is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DependencyKind {
    /// A service that is called, of this federation or of somebody else.
    Service,
    /// A store of record.
    Database,
    /// A store that may forget.
    Cache,
    /// A queue, a topic or a stream.
    Queue,
    /// Files or objects.
    Storage,
}

/// What the service tells others, and what it hears of them, without being asked.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// The events that it publishes, by topic or type.
    #[serde(default)]
    pub publishes: Vec<String>,
    /// The events that it acts on, by topic or type.
    #[serde(default)]
    pub consumes: Vec<String>,
}

/// A span of time, such as `250ms`, `5s`, `10m`, `24h` or `7d`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("pattern" = "^[1-9][0-9]{0,8}(ms|s|m|h|d)$"))]
pub struct Lapse(String);

impl TryFrom<String> for Lapse {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let fits = (1..=9).contains(&digits) && !text.starts_with('0') && ["ms", "s", "m", "h", "d"].contains(&&text[digits..]);
        if fits { Ok(Self(text)) } else { Err(format!("`{text}` is not a span of time, such as `250ms`, `5s`, `10m`, `24h` or `7d`")) }
    }
}

/// A contract that the service honours.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provision {
    /// The name consumers use.
    pub name: String,
    /// The contract's language.
    pub kind: ContractKind,
    /// The contract's file, relative to the service root.
    pub file: String,
}

/// A contract of another service.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Consumption {
    /// The contract's name.
    pub name: String,
    /// The service that provides it.
    pub service: String,
}

/// The language of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ContractKind {
    /// OpenAPI 3.
    Openapi,
    /// AsyncAPI.
    Asyncapi,
    /// Protocol buffers.
    Protobuf,
    /// JSON Schema.
    Jsonschema,
}

/// What a caller may expect to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Consistency {
    /// Every read sees the last acknowledged write.
    Strong,
    /// A caller sees its own writes.
    ReadYourWrites,
    /// Effects never come before their causes.
    Causal,
    /// All replicas agree in the end.
    Eventual,
}

/// How the service's data is divided.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Partitioning {
    /// The dividing line.
    #[serde(default)]
    pub kind: PartitioningKind,
    /// The field that decides where a record lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What keeps one tenant from the data of another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub isolation: Option<Isolation>,
    /// The test that tries to reach another partition's data and fails, relative to the service root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
}

/// What keeps one tenant from the data of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Isolation {
    /// The store's own rules for rows (row-level security).
    Row,
    /// A schema for each.
    Schema,
    /// A database for each.
    Database,
    /// A process for each.
    Process,
}

/// The dividing line between partitions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PartitioningKind {
    /// One partition.
    #[default]
    None,
    /// By region.
    Geographic,
    /// By function.
    Functional,
    /// By tenant.
    Tenant,
}

/// What the service measures of its own business.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// Metrics a business owner would ask for.
    #[serde(default)]
    pub business: Vec<BusinessMetric>,
}

/// A metric a business owner would ask for.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BusinessMetric {
    /// The instrument's name (OpenTelemetry instrument name syntax).
    pub name: String,
    /// The unit (UCUM).
    #[serde(default)]
    pub unit: Option<String>,
    /// What it says about the business.
    #[serde(default)]
    pub description: Option<String>,
}

/// What polity made the service from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateRecord {
    /// The template, as `namespace/name`.
    pub from: String,
    /// Its version.
    pub version: String,
    /// Layers that the service has over those of its template, as `namespace/name`; with `@1.2` behind it, no update takes another version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<String>,
    /// Every input with its value.
    #[serde(default)]
    pub answers: serde_json::Map<String, serde_json::Value>,
}
