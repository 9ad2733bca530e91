//! What rules are told beyond the repository, if their manifest asks for it. Callers find it out; for a rule it is part of `input`, so
//! that a verdict still depends on nothing else, and what was kept of one holds only while the facts are the same.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// Something that a rule may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Fact {
    /// The releases above each locked layer that this machine knows: `{NAME: {"newer": [{"version", "days"}]}}`, lowest first. A layer of
    /// whose releases nothing is known is left out; `days` since a release was signed are `null` where nobody signed it.
    Releases,
    /// How many files that git keeps each pattern of a `.polityignore` hides, by the file that holds it: `{FILE: {PATTERN: FILES}}`, with paths from the
    /// root of the subject. A pattern that hides nothing, and a file above the checked folder, are left out.
    Hidden,
}

/// Facts by the root of the service that they are about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(BTreeMap<(Fact, String), Json>);

impl Fact {
    /// The key in `input`, and in the facts of a case.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Releases => "releases",
            Self::Hidden => "hidden",
        }
    }
}

impl Facts {
    /// Adds what is known of a service.
    pub fn tell(&mut self, fact: Fact, root: &str, value: Json) {
        self.0.insert((fact, root.to_owned()), value);
    }

    /// What is known of a service; an empty object when that is nothing.
    pub(super) fn of(&self, fact: Fact, root: &str) -> Json {
        self.0.get(&(fact, root.to_owned())).cloned().unwrap_or_else(|| Json::Object(serde_json::Map::new()))
    }
}
