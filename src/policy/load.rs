//! A policy from its folder: manifest, rule and documentation.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::ConfigError;
use crate::finding::{Diagnostic, Location, SourceText};
use crate::tree::{ReadError, RepoPath, Tree};

use super::PolicyFile;
use super::rule::Rule;
use super::unheard;

/// A policy that is ready to be evaluated.
pub struct Policy {
    /// The namespace of the registry that it came from.
    pub namespace: String,
    /// The id: the name of its folder.
    pub id: String,
    /// The name that findings carry: the id, or `namespace/id` where another policy has the same id.
    pub shown: String,
    /// The prefix of its paths in diagnostics.
    pub folder: String,
    /// The manifest.
    pub file: PolicyFile,
    /// The documentation; empty when there is none.
    pub readme: String,
    /// The files of its folder `fix/`, from which repairs make new files.
    pub(super) blanks: BTreeMap<String, String>,
    pub(super) rule: Rule,
}

/// Why a policy cannot be used. All of it counts as a bad policy: exit code 3.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PolicyError {
    /// `policy.yaml` is not what it should be.
    #[error(transparent)]
    Manifest(#[from] ConfigError),
    /// The folder lacks a file, or the rule does not compile.
    #[error("{}", .0.title)]
    Rule(Box<Diagnostic>),
    /// The rule failed, took too long, or said something that is no finding.
    #[error("policy `{policy}`: {}", diagnostic.title)]
    Evaluation {
        /// The policy.
        policy: String,
        /// What and where.
        diagnostic: Box<Diagnostic>,
    },
    /// The rule did not end in time.
    #[error("policy `{policy}`: {}", diagnostic.title)]
    TooSlow {
        /// The policy.
        policy: String,
        /// What and where.
        diagnostic: Box<Diagnostic>,
    },
}

impl PolicyError {
    /// What to tell the user.
    #[must_use]
    pub fn into_diagnostic(self) -> Diagnostic {
        match self {
            Self::Manifest(ConfigError(diagnostic)) | Self::Rule(diagnostic) => *diagnostic,
            Self::Evaluation { policy, mut diagnostic } | Self::TooSlow { policy, mut diagnostic } => {
                diagnostic.title = format!("policy `{policy}`: {}", diagnostic.title);
                *diagnostic
            }
        }
    }
}

impl Policy {
    /// Reads the policy `id` in `tree`; `folder` is the prefix of its paths in diagnostics. Its rule is compiled when it is first
    /// needed, or by [`Policy::compile`].
    ///
    /// # Errors
    /// [`PolicyError`] with a place when the manifest is wrong or there is no rule.
    pub fn load(namespace: &str, id: &str, folder: &str, tree: &Tree) -> Result<Self, PolicyError> {
        let file = PolicyFile::load(&source(folder, tree, "policy.yaml")?)?;
        let rule = Rule::new(source(folder, tree, "policy.rego")?);
        let readme = source(folder, tree, "README.md").map_or_else(|_| String::new(), |text| text.text().to_owned());
        let (namespace, id, folder) = (namespace.to_owned(), id.to_owned(), folder.to_owned());
        Ok(Self { namespace, shown: id.clone(), id, folder, file, readme, blanks: blanks(tree), rule })
    }

    /// Compiles the rule now. Whoever cannot be sure that it does so asks for this, even when no subject is the rule's business.
    ///
    /// # Errors
    /// [`PolicyError`] with a place when the rule is wrong.
    pub fn compile(&self) -> Result<(), PolicyError> {
        self.rule.compile().map(drop).map_err(PolicyError::Rule)
    }

    /// Finds what of the policy can never say anything, and compiles its rule: whoever takes a policy from people asks for this. `tree` is its folder.
    ///
    /// # Errors
    /// [`PolicyError`] with a place when the rule is wrong, or when there is something that nobody reads, asks or defines.
    pub fn prove(&self, tree: &Tree) -> Result<(), PolicyError> {
        self.compile()?;
        let lost = unheard::beside(&self.folder, tree).or_else(|| unheard::inside(self.rego(), &self.file));
        lost.map_or(Ok(()), |diagnostic| Err(PolicyError::Rule(Box::new(diagnostic))))
    }

    /// The same policy, whose rule means to the engine what it means to OPA as it stands: for the policies of the binary, of which tests show it.
    #[must_use]
    pub fn verbatim(self) -> Self {
        Self { rule: self.rule.verbatim(), ..self }
    }

    /// The same policy with another rule, which may take no longer than `limit` on a subject.
    #[must_use]
    pub(super) fn with_rule(&self, source: SourceText, limit: Duration) -> Self {
        Self {
            namespace: self.namespace.clone(),
            id: self.id.clone(),
            shown: self.shown.clone(),
            folder: self.folder.clone(),
            file: self.file.clone(),
            readme: self.readme.clone(),
            blanks: self.blanks.clone(),
            rule: self.rule.with_text(source).within(limit),
        }
    }

    /// `namespace/id`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.namespace, self.id)
    }

    /// The rule's text.
    #[must_use]
    pub fn rego(&self) -> &SourceText {
        self.rule.source()
    }
}

fn blanks(tree: &Tree) -> BTreeMap<String, String> {
    // Most of a policy's folder are its cases, which a check does not spread out.
    let below = tree.subtree("fix");
    let text = |path: &RepoPath| String::from_utf8(below.read(path).ok()?.to_vec()).ok();
    below.iter().filter_map(|(path, _)| Some((path.as_str().to_owned(), text(path)?))).collect()
}

/// Gives policies that share a name the names that tell them apart.
pub fn tell_apart(policies: &mut [Policy]) {
    for index in 0..policies.len() {
        if policies.iter().filter(|other| other.id == policies[index].id).count() > 1 {
            policies[index].shown = policies[index].name();
        }
    }
}

fn source(folder: &str, tree: &Tree, name: &str) -> Result<SourceText, PolicyError> {
    let shown = format!("{folder}/{name}");
    let failed = |title: String, reason: String| PolicyError::Rule(Box::new(Diagnostic::new(title).at(Location::file(&shown, reason))));
    let bytes = tree.read(&RepoPath::found(name.to_owned())).map_err(|error| match error {
        ReadError::Missing => failed(format!("policy has no `{name}`"), error.to_string()),
        _ => failed(format!("`{name}` of a policy cannot be read"), error.to_string()),
    })?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(SourceText::new(shown, text)),
        Err(error) => Err(failed(format!("`{name}` is not UTF-8 text"), error.to_string())),
    }
}
