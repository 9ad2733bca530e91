//! `polity.lock`: the exact releases, answers and files of a generated service. Written by polity, read by people and by git.
//!
//! One entry a block, sorted, and what was known of a namespace stands in each entry: two branches that touch different entries merge.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::{Diagnostic, SourceText};
use crate::tree::{BlobId, Digest, RepoPath};

use super::{ConfigError, Format, Step, load};

/// The version of the lock file's format.
const VERSION: u32 = 1;
/// What to do where nobody but polity should have written.
const RESTORE: &str = "restore the file from git; polity writes it, and nobody edits it";
/// What the lock file says at its top.
const HEADER: &str = "# Written by polity: what exactly this service was made from. Commit it, do not edit it.\n";

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// The version of this format.
    pub version: u32,
    /// SHA-256 over the canonical JSON of the answers.
    pub answers: Digest,
    /// The templates that took part, by name.
    pub layers: Vec<LockedUnit>,
    /// The policies of the federation that were the newest when this was written, by name: a memory of what was seen, not a choice.
    /// `polity check` always uses the newest ones, since a service must not freeze its own rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<LockedUnit>,
    /// The policy layers of the federation and of the service that were used when this was written, by name. `polity check --locked` goes by
    /// these and by `policies`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policy_layers: Vec<LockedUnit>,
    /// Every rendered file by path.
    #[schemars(with = "BTreeMap<String, LockedFile>")]
    pub files: BTreeMap<RepoPath, LockedFile>,
}

/// A template or policy in one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockedUnit {
    /// `namespace/name`.
    pub name: String,
    /// The release.
    pub version: String,
    /// Where it came from: `embedded`, or the registry's folder or URL.
    pub registry: String,
    /// The digest of its tree.
    pub digest: Digest,
    /// What was known of its namespace when it was locked; absent for what came from no federation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<LockedKnowledge>,
}

/// What was known of a namespace when a release of it was locked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockedKnowledge {
    /// Who signed the release; absent when the namespace has no signers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// The statement that released it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<Digest>,
    /// The number of that statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// The newest checkpoint of the namespace. A machine that is shown an older one refuses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<LockedCheckpoint>,
    /// How old the knowledge was: `fresh`, `cached 3h`, `STALE 21d`, `EXPIRED 100d` or `STALE, clock went back 5d`.
    pub freshness: String,
    /// Why expired knowledge was used all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_stale: Option<String>,
}

/// A checkpoint that was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockedCheckpoint {
    /// Its number.
    pub seq: u64,
    /// Its id.
    pub id: Digest,
}

/// One rendered file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockedFile {
    /// Whose file it is.
    pub class: FileClass,
    /// SHA-256 of the rendered bytes.
    pub sha256: Digest,
    /// The name of the rendered bytes as a git blob: while git has it, an update needs no old release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<BlobId>,
    /// Whether the file is executable.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
    /// The files of templates that it was rendered from, as `namespace/name:path`, lowest layer first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
}

/// Whose a file is after generation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileClass {
    /// The template's: a difference is drift.
    #[default]
    Managed,
    /// Both edit: updates merge.
    Merged,
    /// Given once, then the user's.
    Seeded,
}

impl FileClass {
    /// The word for it in files and on the terminal.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Managed => "managed",
            Self::Merged => "merged",
            Self::Seeded => "seeded",
        }
    }
}

impl Lock {
    /// A lock of this format's version; entries are put in order.
    #[must_use]
    pub fn new(answers: Digest, layers: Vec<LockedUnit>, files: BTreeMap<RepoPath, LockedFile>) -> Self {
        let mut lock = Self { version: VERSION, answers, layers, policies: Vec::new(), policy_layers: Vec::new(), files };
        lock.sort();
        lock
    }

    /// Reads a lock file.
    ///
    /// # Errors
    /// [`ConfigError`] when it is not one, is of another version, or names a unit twice, as a merge by hand may leave it.
    pub fn read(source: &SourceText) -> Result<Self, ConfigError> {
        let (mut lock, root) = load::<Self>(source, Format::Yaml)?;
        let wrong = |steps: &[Step], title: String, label: &str, help: &str| {
            let at = source.location(root.span_of(steps), label);
            Err(ConfigError(Box::new(Diagnostic::new(title).at(at).help(help))))
        };
        if lock.version != VERSION {
            let title = format!("{} has version {} of its format, and this polity knows {VERSION}", source.path(), lock.version);
            return wrong(&[Step::Key("version".to_owned())], title, "another version", "use the polity that wrote it, or a newer one");
        }
        for (key, units) in [("layers", &lock.layers), ("policies", &lock.policies), ("policy_layers", &lock.policy_layers)] {
            for (index, unit) in units.iter().enumerate() {
                if units[..index].iter().any(|other| other.name == unit.name) {
                    let steps = [Step::Key(key.to_owned()), Step::Index(index)];
                    let title = format!("{} names `{}` twice", source.path(), unit.name);
                    return wrong(&steps, title, "named above already", "keep one of the two entries");
                }
                let inside = |name: &str| [Step::Key(key.to_owned()), Step::Index(index), Step::Key(name.to_owned())];
                if !unit.name.split_once('/').is_some_and(|(namespace, id)| !namespace.is_empty() && !id.is_empty()) {
                    let title = format!("`{}` is no name of a release", unit.name);
                    return wrong(&inside("name"), title, "not `namespace/name`", RESTORE);
                }
                // Of an unsigned namespace a policy may have none.
                if key == "layers" && semver::Version::parse(&unit.version).is_err() {
                    let title = format!("`{}` is no version", unit.version);
                    return wrong(&inside("version"), title, "not a version such as 1.2.0", RESTORE);
                }
            }
        }
        lock.sort();
        Ok(lock)
    }

    /// The text of the file.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{HEADER}{}", text::text(self))
    }

    /// Puts entries in the order of their names.
    pub fn sort(&mut self) {
        self.layers.sort_by(|a, b| a.name.cmp(&b.name));
        self.policies.sort_by(|a, b| a.name.cmp(&b.name));
        self.policy_layers.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// The layer with this name.
    #[must_use]
    pub fn layer(&self, name: &str) -> Option<&LockedUnit> {
        self.layers.iter().find(|layer| layer.name == name)
    }

    /// The layer that `text` names as a user does: with its namespace, or without when there is one such, and with its version or not.
    #[must_use]
    pub fn named(&self, text: &str) -> Option<&LockedUnit> {
        let (name, version) = text.split_once('@').map_or((text, None), |(name, version)| (name, Some(version)));
        let is = |unit: &&LockedUnit| unit.name == name || unit.name.split_once('/').is_some_and(|(_, id)| id == name);
        let mut found = self.layers.iter().filter(is);
        let unit = found.next().filter(|_| found.next().is_none())?;
        let begins = |version: &str| unit.version.strip_prefix(version).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        version.is_none_or(begins).then_some(unit)
    }

    /// The newest checkpoint of a namespace that any entry has seen.
    #[must_use]
    pub fn checkpoint(&self, namespace: &str) -> Option<&LockedCheckpoint> {
        let units = self.units().filter(|unit| unit.namespace() == namespace);
        units.filter_map(|unit| unit.known.as_ref()?.checkpoint.as_ref()).max()
    }

    /// Takes over from `old`, the lock before, what this one has no reason to say otherwise, so that branches which touch different releases
    /// merge: the entry of a release that stays is kept to the byte. A machine that was shown an older history does not lower the newest
    /// checkpoint that was seen, and the policies and policy layers of a namespace that could not be
    /// read now (`is_read`) stay.
    pub fn remember(&mut self, old: &Self, is_read: impl Fn(&str) -> bool) {
        for (units, before) in [(&mut self.policies, &old.policies), (&mut self.policy_layers, &old.policy_layers)] {
            let kept = before.iter().filter(|unit| !is_read(unit.namespace())).cloned().collect::<Vec<_>>();
            units.retain(|unit| kept.iter().all(|kept| kept.name != unit.name));
            units.extend(kept);
        }
        let policies = [(&mut self.policies, &old.policies), (&mut self.policy_layers, &old.policy_layers)];
        for (units, before) in [(&mut self.layers, &old.layers)].into_iter().chain(policies) {
            for unit in units {
                match before.iter().find(|before| before.is_release_of(unit)) {
                    Some(before) if before.known.is_some() || unit.known.is_none() => unit.clone_from(before),
                    _ => unit.witness(old.checkpoint(unit.namespace())),
                }
            }
        }
        // What has seen most of a namespace may be gone from the lock.
        for namespace in old.units().map(LockedUnit::namespace) {
            let (now, seen) = (self.checkpoint(namespace).cloned(), old.checkpoint(namespace));
            if now.as_ref() < seen
                && let Some(unit) = self.units_mut().find(|unit| unit.namespace() == namespace && unit.known.is_some())
            {
                unit.witness(seen);
            }
        }
        self.sort();
    }

    /// Everything that came from a registry.
    pub fn units(&self) -> impl Iterator<Item = &LockedUnit> {
        self.layers.iter().chain(&self.policies).chain(&self.policy_layers)
    }

    fn units_mut(&mut self) -> impl Iterator<Item = &mut LockedUnit> {
        self.layers.iter_mut().chain(&mut self.policies).chain(&mut self.policy_layers)
    }

    /// What `other` has otherwise: one line each. How fresh the knowledge was is no difference.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut lines = units(&self.layers, &other.layers);
        lines.extend(units(&self.policies, &other.policies));
        lines.extend(units(&self.policy_layers, &other.policy_layers));
        if self.answers != other.answers {
            lines.push("the answers are others".to_owned());
        }
        let paths: std::collections::BTreeSet<_> = self.files.keys().chain(other.files.keys()).collect();
        for path in paths {
            match (self.files.get(path), other.files.get(path)) {
                (Some(old), Some(new)) if (old.class, &old.sha256, old.executable) == (new.class, &new.sha256, new.executable) => {}
                (Some(_), Some(_)) => lines.push(format!("{path} is rendered otherwise")),
                (Some(_), None) => lines.push(format!("{path} is not rendered any more")),
                (None, _) => lines.push(format!("{path} is new")),
            }
        }
        lines
    }
}

fn units(old: &[LockedUnit], new: &[LockedUnit]) -> Vec<String> {
    let names: std::collections::BTreeSet<_> = old.iter().chain(new).map(|unit| &unit.name).collect();
    let find = |units: &[LockedUnit], name: &String| units.iter().find(|unit| unit.name == *name).cloned();
    let line = |name: &String| match (find(old, name), find(new, name)) {
        (Some(a), Some(b)) if a.version != b.version => Some(format!("{name} is locked at {}, not {}", a.version, b.version)),
        (Some(a), Some(b)) if a.digest != b.digest => Some(format!("{name} {} has another digest than the locked one", a.version)),
        (Some(_), Some(_)) => None,
        (Some(a), None) => Some(format!("{name} {} is locked and not needed", a.version)),
        (None, b) => Some(format!("{name} {} is not locked", b.map(|unit| unit.version).unwrap_or_default())),
    };
    names.into_iter().filter_map(line).collect()
}

impl LockedUnit {
    /// The namespace of its name.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.name.split_once('/').map_or("", |(namespace, _)| namespace)
    }

    /// Whether both are the same bytes under the same version.
    fn is_release_of(&self, other: &Self) -> bool {
        (&self.name, &self.version, &self.digest) == (&other.name, &other.version, &other.digest)
    }

    /// Records a checkpoint that was seen, unless a newer one is recorded.
    fn witness(&mut self, seen: Option<&LockedCheckpoint>) {
        if let Some(known) = &mut self.known {
            known.checkpoint = known.checkpoint.take().max(seen.cloned());
        }
    }
}

mod merge;
mod text;

#[cfg(test)]
mod tests;
