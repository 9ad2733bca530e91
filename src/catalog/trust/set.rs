//! The statements of one namespace: a set that only grows. Merging two is union, so replicas that met agree, in whatever order.
//!
//! In a registry each statement is a file `statements/<id>.json`, each signature a file `statements/<id>.<its digest>.sig`:
//! two branches of git never conflict, and `ssh-keygen -Y verify` can check every pair without polity.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::tree::Digest;

use super::judge::Trust;
use super::signature::{Attestor, verify};
use super::signers::is_listed;
use super::statement::{Body, Statement};

/// The folder of a registry that holds its statements.
pub const FOLDER: &str = "statements";
/// The most statements of one namespace that are read.
const MAX_STATEMENTS: usize = 200_000;

/// A statement with its signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// What it says.
    pub statement: Statement,
    /// Its canonical text.
    pub text: Arc<str>,
    /// Its signatures by the digest of their text; every one fits.
    pub signatures: BTreeMap<Digest, Attested>,
}

/// A signature that fits, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attested {
    /// The armored text.
    pub armor: Arc<str>,
    /// Who made it.
    pub attestor: Attestor,
}

impl Signed {
    /// The statement's id.
    #[must_use]
    pub fn id(&self) -> Digest {
        Digest::of(self.text.as_bytes())
    }
}

/// A set of signed statements, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatementSet {
    entries: BTreeMap<Digest, Signed>,
}

impl StatementSet {
    /// Adds one statement, or signatures to one that is there. Says whether anything was new.
    pub fn insert(&mut self, signed: Signed) -> bool {
        self.insert_as(signed.id(), signed)
    }

    /// As [`Self::insert`], for who has found out its [`Signed::id`] already.
    pub fn insert_as(&mut self, id: Digest, signed: Signed) -> bool {
        match self.entries.get_mut(&id) {
            None => {
                self.entries.insert(id, signed);
                true
            }
            Some(known) => {
                let before = known.signatures.len();
                for (digest, signature) in signed.signatures {
                    known.signatures.entry(digest).or_insert(signature);
                }
                known.signatures.len() > before
            }
        }
    }

    /// Adds everything of `other`.
    pub fn merge(&mut self, other: &Self) {
        for signed in other.entries.values() {
            self.insert(signed.clone());
        }
    }

    /// What `self` has that `known` lacks: whole statements, or only further signatures.
    #[must_use]
    pub fn beyond(&self, known: &Self) -> Self {
        let mut news = Self::default();
        for (id, signed) in &self.entries {
            let mut signed = signed.clone();
            if let Some(old) = known.entries.get(id) {
                signed.signatures.retain(|digest, _| !old.signatures.contains_key(digest));
                if signed.signatures.is_empty() {
                    continue;
                }
            }
            news.entries.insert(id.clone(), signed);
        }
        news
    }

    /// The statement with this id.
    #[must_use]
    pub fn get(&self, id: &Digest) -> Option<&Signed> {
        self.entries.get(id)
    }

    /// All statements in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (&Digest, &Signed)> {
        self.entries.iter()
    }

    /// The number of statements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The number for the next statement.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.entries.values().map(|s| s.statement.seq).max().map_or(1, |seq| seq + 1)
    }
}

/// The files that stand for `signed`: names below the registry's root, with their contents.
#[must_use]
pub fn files(signed: &Signed) -> Vec<(String, Arc<str>)> {
    let id = Digest::of(signed.text.as_bytes());
    let signatures = signed.signatures.iter().map(|(digest, s)| (format!("{FOLDER}/{id}.{}.sig", &digest.as_str()[..16]), s.armor.clone()));
    std::iter::once((format!("{FOLDER}/{id}.json"), signed.text.clone())).chain(signatures).collect()
}

/// A file of `statements/` that counts for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// The file's name.
    pub file: String,
    /// Why.
    pub reason: String,
}

/// Reads the files of a folder `statements/`, given by name and content in any order.
///
/// A statement is taken when it belongs to the federation and the namespace, and a listed key signed it; what `known` has already is not
/// verified again. Keys that nobody listed cannot fill the set.
#[must_use]
pub fn gather<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    trust: &Trust,
    known: &StatementSet,
) -> (StatementSet, Vec<Ignored>) {
    let (mut texts, mut armors, mut ignored) = (BTreeMap::new(), Vec::new(), Vec::new());
    for (name, bytes) in files {
        match sort(name, bytes) {
            Ok(Found::Statement(id, text)) if texts.len() < MAX_STATEMENTS => drop(texts.insert(id, text)),
            Ok(Found::Signature(id, armor)) => armors.push((name, id, armor)),
            Ok(Found::Statement(..)) => ignored.push(ignore(name, format!("there are more than {MAX_STATEMENTS} statements"))),
            Err(reason) => ignored.push(ignore(name, reason)),
        }
    }
    let mut set = StatementSet::default();
    let mut parsed = BTreeMap::new();
    for (id, text) in texts {
        match read(text, trust) {
            Ok(statement) => drop(parsed.insert(id, (statement, text))),
            Err(reason) => ignored.push(ignore(&format!("{id}.json"), reason)),
        }
    }
    for (name, id, armor) in armors {
        let Some((statement, text)) = parsed.get(&id) else { continue };
        match attest(armor, text, trust, known.get(&id)) {
            Ok((digest, attested)) => {
                let signatures = BTreeMap::from([(digest, attested)]);
                set.insert(Signed { statement: statement.clone(), text: (*text).into(), signatures });
            }
            Err(reason) => ignored.push(ignore(name, reason)),
        }
    }
    // A checkpoint among them names others, and whoever names it stands for all that it covers.
    loop {
        let orphans = orphans(&set, &parsed, trust);
        if orphans.is_empty() {
            break;
        }
        for orphan in orphans {
            set.insert(orphan);
        }
    }
    for id in parsed.keys().filter(|id| set.get(id).is_none()) {
        ignored.push(ignore(&format!("{id}.json"), "no signature of a listed key fits".to_owned()));
    }
    (set, ignored)
}

/// The statements that a checkpoint names, and whose author has no line among the signers any more. They have no voice and count for
/// nothing, and yet nobody withholds them: a key that was taken away must not make a registry look like one that hides its history.
/// Where the author has a line, only a signature can show that it was not left out.
fn orphans(set: &StatementSet, parsed: &BTreeMap<Digest, (Statement, &str)>, trust: &Trust) -> Vec<Signed> {
    let checkpoints = set.iter().filter_map(|(_, signed)| match &signed.statement.body {
        Body::Checkpoint(checkpoint) => Some(checkpoint),
        _ => None,
    });
    let named = checkpoints.flat_map(|checkpoint| checkpoint.previous.iter().chain(&checkpoint.adds));
    let absent = named.filter(|id| set.get(id).is_none()).filter_map(|id| parsed.get(id));
    let gone = absent.filter(|(statement, _)| !trust.signers.iter().any(|signer| signer.principals.matches(&statement.signer)));
    gone.map(|(statement, text)| Signed { statement: statement.clone(), text: (*text).into(), signatures: BTreeMap::new() }).collect()
}

enum Found<'a> {
    Statement(Digest, &'a str),
    Signature(Digest, &'a str),
}

/// What a file is by its name; a statement's name must be the digest of its content.
fn sort<'a>(name: &str, bytes: &'a [u8]) -> Result<Found<'a>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "the file is not UTF-8".to_owned())?;
    let (stem, extension) = name.rsplit_once('.').ok_or("the name has no extension")?;
    match extension {
        "json" => {
            let id = Digest::parse(stem).map_err(|e| e.to_string())?;
            if Digest::of(bytes) == id {
                Ok(Found::Statement(id, text))
            } else {
                Err("the name is not the digest of the content".to_owned())
            }
        }
        "sig" => {
            let id = stem.split_once('.').map_or(stem, |(id, _)| id);
            Ok(Found::Signature(Digest::parse(id).map_err(|e| e.to_string())?, text))
        }
        _ => Err("neither a statement (.json) nor a signature (.sig)".to_owned()),
    }
}

fn read(text: &str, trust: &Trust) -> Result<Statement, String> {
    let statement = Statement::parse(text).map_err(|e| e.to_string())?;
    if statement.federation != trust.federation {
        return Err(format!("the statement belongs to the federation `{}`, not to `{}`", statement.federation, trust.federation));
    }
    if statement.namespace != trust.namespace {
        return Err(format!("the statement speaks for the namespace `{}`, not for `{}`", statement.namespace, trust.namespace));
    }
    Ok(statement)
}

fn attest(armor: &str, text: &str, trust: &Trust, known: Option<&Signed>) -> Result<(Digest, Attested), String> {
    let digest = Digest::of(armor.as_bytes());
    let attested = match known.and_then(|signed| signed.signatures.get(&digest)) {
        Some(attested) => attested.clone(),
        None => Attested { armor: armor.into(), attestor: verify(armor, text.as_bytes()).map_err(|e| e.to_string())? },
    };
    if !is_listed(&trust.signers, &attested.attestor) {
        return Err(format!("the key {} is not listed among the signers", attested.attestor.key));
    }
    Ok((digest, attested))
}

fn ignore(file: &str, reason: String) -> Ignored {
    Ignored { file: file.to_owned(), reason }
}
