//! Files that people write: spanned documents, typed loading with located errors, and the formats themselves.
//!
//! No file is read here; callers bring the text. Errors always carry file, line and column.

mod address;
mod baseline;
mod comments;
mod date;
mod document;
mod federation;
pub mod formats;
mod json;
mod layer;
mod load;
mod lock;

mod members;
mod node;
mod requirement;
mod service;
mod strict;
#[cfg(test)]
mod tests;
mod toml;
mod waiver;
mod yaml;

pub use address::{Address, AddressError};
pub use baseline::{BaselineFile, KnownFile, KnownFinding, TrendPoint};
pub use comments::comments;
pub use date::{Date, DateError};
pub use document::{Document, Format, parse};
pub use federation::{BreakGlass, Capability, Federation, FederationFile, NamespaceRules, SignerRules, Span, is_name};
pub use layer::{Demand, Grade, LayerFile, Level, PolicyRules, Rollout, Scope};
pub use load::{ConfigError, load};
pub use lock::{FileClass, Lock, LockedCheckpoint, LockedFile, LockedKnowledge, LockedUnit};
pub use members::Members;
pub use node::{Key, Node, Step, Value};
pub use requirement::{Requirement, compatible};
pub use service::{
    BusinessMetric, Consistency, Consumption, ContractKind, Dependency, DependencyKind, Events, Isolation, Lapse, Metrics, Owns,
    Partitioning, PartitioningKind, Provision, Replicated, ServiceFacts, ServiceFile, TemplateRecord, Tier,
};

pub use waiver::{WaiverFile, WaiverReason};

/// The file of known findings.
pub const BASELINE_FILE: &str = ".polity-baseline.yaml";
/// The file that marks the root of a service.
pub const SERVICE_FILE: &str = "polity.yaml";
/// The file that makes a folder a Helm chart.
pub const CHART_FILE: &str = "Chart.yaml";
/// The file that records what exactly a service was made from.
pub const LOCK_FILE: &str = "polity.lock";
/// The file that names a federation's namespaces and whom they trust.
pub const FEDERATION_FILE: &str = "polity.federation.yaml";
