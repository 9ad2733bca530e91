//! The federation that a verb stands in. Nothing here waits for the network.

use std::path::{Path, PathBuf};

use crate::catalog::trust::{Trust, trust_of};
use crate::config::{Address, FEDERATION_FILE, Federation};
use crate::disk::{Space, enclosing_repository, own_file};
use crate::error::{Error, Kind};
use crate::finding::{Diagnostic, Location, SourceText};

pub(super) use super::judged::Known;
pub(super) use super::user::{cache, now, org};

use super::outermost::{governing, misnamed};
use super::{Env, own};

/// A federation file and where it stands.
pub(super) struct Federated {
    pub(super) federation: Federation,
    pub(super) file: PathBuf,
}

/// The federation file that was named, or the one that holds for the folder that the verb is about, or else for the working directory, or
/// else that of the user's organisation.
pub(super) fn find(env: &Env<'_>) -> Result<Option<Federated>, Error> {
    if let Some(named) = &env.federation {
        let file = env.cwd.join(named);
        let shown = shown(env, &file);
        return Ok(Some(Federated { federation: Federation::read(own::named(env, named, shown)?)?, file }));
    }
    let starts = || env.subject.iter().chain([&env.cwd]);
    starts().find_map(|start| misnamed(start)).map_or(Ok(()), |file| Err(unread(env, &file)))?;
    let near = starts().find_map(|start| governing(env, start).transpose()).transpose()?.map(|folder| folder.join(FEDERATION_FILE));
    let file = if near.is_some() { near } else { org().map_or(Ok(None), |org| org.file())? };
    file.map(|file| open(env, file)).transpose()
}

/// As [`find`], for verbs that are about nothing else.
pub(super) fn expect(env: &Env<'_>) -> Result<Federated, Error> {
    let help = "`polity registry add NAMESPACE URL --signer LINE` makes one; `--federation FILE` names one";
    find(env)?.ok_or_else(|| Error::config(format!("there is no {FEDERATION_FILE} here or above")).help(help))
}

/// Whether something in a folder is to be a federation file. A link that leads nowhere, or a folder, is not passed over for the next one.
pub(super) fn stands_in(folder: &Path) -> bool {
    own::stands(&folder.join(FEDERATION_FILE))
}

/// What nobody reads must not switch off what it demands.
fn unread(env: &Env<'_>, file: &Path) -> Error {
    let error = Error::config(format!("`{}` is not read: a federation file has to be called `{FEDERATION_FILE}`", shown(env, file)));
    error.help(format!("rename it to `{FEDERATION_FILE}`, or remove it when no federation is meant"))
}

pub(super) fn shown(env: &Env<'_>, file: &Path) -> String {
    file.strip_prefix(&env.cwd).unwrap_or(file).to_string_lossy().into_owned()
}

fn open(env: &Env<'_>, file: PathBuf) -> Result<Federated, Error> {
    let shown = shown(env, &file);
    let text = own::read(&file, &*shown)?.ok_or_else(|| Error::io(format!("read `{shown}`"), "it is gone"))?;
    Ok(Federated { federation: Federation::read(text)?, file })
}

impl Federated {
    /// A path that the file names: relative to the file.
    fn beside(&self, path: &str) -> PathBuf {
        self.file.with_file_name("").join(path)
    }

    /// What is wrong with a file of signers that lies outside of the repository, without what stands there: a change to the federation file
    /// could name any file of this machine.
    fn discreet(&self, diagnostic: Diagnostic) -> Diagnostic {
        let Some(root) = self.beside("").canonicalize().ok().and_then(|folder| enclosing_repository(&folder)) else { return diagnostic };
        let is_shown = |file: &Path| file.canonicalize().is_ok_and(|real| real.starts_with(&root));
        let is_foreign = |at: &&Location| at.path != self.federation.source.path() && !is_shown(&self.beside(&at.path));
        let Some(Location { path, start, .. }) = diagnostic.locations.iter().find(is_foreign) else { return diagnostic };
        Diagnostic::new(format!("`{path}` is no list of signers"))
            .at(Location::file(path, ""))
            .note(format!("line {} is none of its format; it is not shown, since the file lies outside of the repository", start.line))
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
        let read = |name: &str| match own_file(&self.beside(name)) {
            Ok(Some(bytes)) => {
                String::from_utf8(bytes).map_or(Err("it is not UTF-8 text".to_owned()), |text| Ok(SourceText::new(name, text)))
            }
            Ok(None) => Err("no such file".to_owned()),
            Err(error) => Err(error.cause.to_string()),
        };
        trust_of(&self.federation, namespace, read).map_err(|diagnostic| Error::new(Kind::Config, self.discreet(*diagnostic)))
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
