//! `waivers/*.yaml`: one exception to one policy, for one subject, with an owner and an end.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::Subject;

use super::Date;

/// One waiver: a file of the folder `waivers/` of a repository or service.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiverFile {
    /// The policy: its id, or `namespace/id`.
    pub policy: String,
    /// What is waived; the path is relative to the folder that `waivers/` stands in.
    pub subject: Subject,
    /// What the policy says of the subject: messages, whose numbers do not matter, or keys. Where it is left out, all that it says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub says: Vec<String>,
    /// Why, in one word.
    pub reason: WaiverReason,
    /// Why, in a sentence.
    pub because: String,
    /// The team that answers for it.
    #[serde(default)]
    pub owner: Option<String>,
    /// Where it is followed up.
    pub ticket: String,
    /// The last day on which it holds (UTC).
    pub expires: Date,
}

/// Why something is let be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WaiverReason {
    /// The policy is wrong here.
    FalsePositive,
    /// The risk is known and taken.
    AcceptedRisk,
    /// Something else keeps what the policy keeps.
    CompensatingControl,
    /// It goes away with a migration under way.
    Migration,
    /// It is code of others that is not changed here.
    ThirdParty,
    /// It is used in tests only.
    TestOnly,
}

impl WaiverReason {
    /// Every reason.
    pub const ALL: [Self; 6] =
        [Self::FalsePositive, Self::AcceptedRisk, Self::CompensatingControl, Self::Migration, Self::ThirdParty, Self::TestOnly];

    /// The word in the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FalsePositive => "false-positive",
            Self::AcceptedRisk => "accepted-risk",
            Self::CompensatingControl => "compensating-control",
            Self::Migration => "migration",
            Self::ThirdParty => "third-party",
            Self::TestOnly => "test-only",
        }
    }

    /// The reason that a word stands for.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}
