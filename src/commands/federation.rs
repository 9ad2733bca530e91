//! The federation that a verb stands in. Nothing here waits for the network.

use std::io;
use std::path::{Path, PathBuf};

use crate::catalog::trust::{Trust, trust_of};
use crate::config::{Address, FEDERATION_FILE, Federation};
use crate::disk::Space;
use crate::error::{Error, Kind};
use crate::finding::{Diagnostic, SourceText};

pub(super) use super::judged::Known;
pub(super) use super::user::{cache, now, org};

use super::Env;
use super::outermost::{governing, misnamed};

/// A federation file and where it stands.
pub(super) struct Federated {
    pub(super) federation: Federation,
    pub(super) file: PathBuf,
}

/// The federation file that was named, or the one that holds for the folder that the verb is about, or else for the working directory, or
/// else that of the user's organisation.
pub(super) fn find(env: &Env<'_>) -> Result<Option<Federated>, Error> {
    let found = match &env.federation {
        Some(named) => Some(env.cwd.join(named)),
        None => {
            let starts = || env.subject.iter().chain([&env.cwd]);
            starts().find_map(|start| misnamed(start)).map_or(Ok(()), |file| Err(unread(env, &file)))?;
            let near = starts().find_map(|start| governing(env, start));
            near.map(|folder| regular(env, folder.join(FEDERATION_FILE))).transpose()?.or_else(|| org().ok()?.file())
        }
    };
    found.map(|file| open(env, file)).transpose()
}

/// As [`find`], for verbs that are about nothing else.
pub(super) fn expect(env: &Env<'_>) -> Result<Federated, Error> {
    let help = "`polity registry add NAMESPACE URL --signer LINE` makes one; `--federation FILE` names one";
    find(env)?.ok_or_else(|| Error::config(format!("there is no {FEDERATION_FILE} here or above")).help(help))
}

/// Whether something in a folder is to be a federation file. A link that leads nowhere, or a folder, is not passed over for the next one.
pub(super) fn stands_in(folder: &Path) -> bool {
    let absent = |error: &io::Error| matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
    folder.join(FEDERATION_FILE).symlink_metadata().map_or_else(|error| !absent(&error), |_| true)
}

/// What nobody reads must not switch off what it demands.
fn unread(env: &Env<'_>, file: &Path) -> Error {
    let error = Error::config(format!("`{}` is not read: a federation file has to be called `{FEDERATION_FILE}`", shown(env, file)));
    error.help(format!("rename it to `{FEDERATION_FILE}`, or remove it when no federation is meant"))
}

fn regular(env: &Env<'_>, file: PathBuf) -> Result<PathBuf, Error> {
    let why = match file.metadata() {
        Ok(metadata) if metadata.is_file() => return Ok(file),
        Ok(_) => "it is no file".to_owned(),
        Err(error) => error.to_string(),
    };
    let error = Error::config(format!("`{}` cannot be read: {why}", shown(env, &file)));
    Err(error.help("put a federation file there, or remove what stands there when no federation is meant"))
}

pub(super) fn shown(env: &Env<'_>, file: &Path) -> String {
    file.strip_prefix(&env.cwd).unwrap_or(file).to_string_lossy().into_owned()
}

fn open(env: &Env<'_>, file: PathBuf) -> Result<Federated, Error> {
    let shown = shown(env, &file);
    let text = std::fs::read_to_string(&file).map_err(|e| Error::io(format!("read `{shown}`"), e))?;
    Ok(Federated { federation: Federation::read(SourceText::new(shown, text))?, file })
}

impl Federated {
    /// A path that the file names: relative to the file.
    fn beside(&self, path: &str) -> PathBuf {
        self.file.with_file_name("").join(path)
    }

    /// The namespaces that were named, or all of them.
    pub(super) fn chosen(&self, named: &[String]) -> Result<Vec<String>, Error> {
        let all = &self.federation.file.namespaces;
        if let Some(name) = named.iter().find(|name| !all.contains_key(*name)) {
            let near = crate::finding::nearest(name, all.keys().map(String::as_str));
            let error = Error::usage(format!("the federation has no namespace `{name}`"));
            return Err(near.map_or(error.clone(), |near| error.help(format!("did you mean `{near}`?"))));
        }
        Ok(if named.is_empty() { all.keys().cloned().collect() } else { named.to_vec() })
    }

    /// Whom the federation trusts to speak for a namespace; `None` for an unsigned one.
    pub(super) fn trust(&self, namespace: &str) -> Result<Option<Trust>, Error> {
        let read = |name: &str| match std::fs::read_to_string(self.beside(name)) {
            Ok(text) => Ok(SourceText::new(name, text)),
            Err(error) => Err(error.to_string()),
        };
        trust_of(&self.federation, namespace, read).map_err(|diagnostic: Box<Diagnostic>| Error::new(Kind::Config, *diagnostic))
    }

    /// Where a namespace is kept in the cache.
    pub(super) fn space(&self, namespace: &str) -> Space {
        Space { federation: self.federation.file.federation.clone(), namespace: namespace.to_owned() }
    }

    /// An address of the file, folders made absolute.
    pub(super) fn address(&self, text: &str) -> Result<Address, Error> {
        let address = Address::parse(text).map_err(|e| Error::config(e.to_string()).help(e.help()))?;
        Ok(match address {
            Address::Folder(path) => Address::Folder(self.beside(&path).to_string_lossy().into_owned()),
            other => other,
        })
    }
}
