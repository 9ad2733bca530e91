//! The repository of an organisation as the source of the federation file: named once, used wherever no other file is nearer, brought up to
//! date by each sync. Whoever can write to it decides whom this user trusts.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::{Address, FEDERATION_FILE, Federation, SignerRules};
use crate::disk::{Cache, Snapshot};
use crate::error::{Error, Exit};
use crate::finding::SourceText;
use crate::report::human::count;
use crate::tree::RepoPath;

use super::federation::{self, Federated, cache};
use super::{Env, fetch, print};

/// What became of the federation file in a sync.
pub(super) struct Refreshed {
    pub(super) address: String,
    /// Whether it is another one than before, or why that is not known.
    pub(super) outcome: Result<bool, String>,
}

/// `polity registry add --org`: fetches the file and keeps where it came from.
pub(super) fn add(address: &str, timeout: u64, env: &mut Env<'_>) -> Result<Exit, Error> {
    if env.offline {
        return Err(Error::usage("`add --org` needs the network, and `--offline` forbids it"));
    }
    let found = Address::parse(address).map_err(|e| Error::usage(e.to_string()).help(e.help()))?;
    // What is relative stands where the user stands now, and must be found from elsewhere later.
    let (address, found) = match found {
        Address::Folder(path) => {
            let full = env.cwd.join(path).to_string_lossy().into_owned();
            (full.clone(), Address::Folder(full))
        }
        other => (address.to_owned(), other),
    };
    let files = files(&found, &cache()?, timeout).map_err(|why| Error::io(format!("take the federation from `{address}`"), why))?;
    let federation = read(&files)?;
    federation::org()?.keep(&address, &files)?;
    let (name, namespaces) = (&federation.file.federation, count(federation.file.namespaces.len(), "namespace", "namespaces"));
    print(
        env,
        &format!("the federation `{name}` with {namespaces} comes from {address}; `polity registry sync` fetches what they have\n"),
    )?;
    Ok(Exit::Clean)
}

/// Brings the file up to date when `federated` is the organisation's. One that cannot be had or read leaves the one before.
pub(super) fn refresh(federated: &Federated, timeout: u64) -> Result<Option<Refreshed>, Error> {
    // Where there is no place for settings, nobody has chosen an organisation.
    let Ok(org) = federation::org() else { return Ok(None) };
    let is_it = org.file()?.as_ref() == Some(&federated.file);
    let Some(address) = org.address()?.filter(|_| is_it) else { return Ok(None) };
    let found = Address::parse(&address).map_err(|e| Error::config(e.to_string()).help(e.help()))?;
    let outcome = files(&found, &cache()?, timeout).and_then(|files| match read(&files) {
        Ok(_) => org.keep(&address, &files).map_err(|e| e.to_string()),
        Err(error) => Err(error.diagnostics.iter().map(|d| d.title.clone()).collect::<Vec<_>>().join("; ")),
    });
    Ok(Some(Refreshed { address, outcome }))
}

/// The federation file of a repository, and the files of signers that it names.
fn files(address: &Address, cache: &Cache, timeout: u64) -> Result<BTreeMap<RepoPath, Vec<u8>>, String> {
    if matches!(address, Address::Static { .. }) {
        return Err("plain files have no federation file: name a git repository or a folder".to_owned());
    }
    let fetched = fetch::fetch(address, cache, Duration::from_secs(timeout)).map_err(|failure| failure.why)?;
    let mut files = BTreeMap::new();
    take(&fetched.snapshot, FEDERATION_FILE, &mut files)?;
    let text = String::from_utf8_lossy(files.values().next().map_or(&[][..], |bytes| bytes)).into_owned();
    let federation = Federation::read(SourceText::new(FEDERATION_FILE, text)).map_err(|e| e.0.title.clone())?;
    for rules in federation.file.namespaces.values() {
        if let SignerRules::File { file } = &rules.signers {
            take(&fetched.snapshot, file, &mut files)?;
        }
    }
    Ok(files)
}

fn take(snapshot: &Snapshot, name: &str, files: &mut BTreeMap<RepoPath, Vec<u8>>) -> Result<(), String> {
    let path = RepoPath::new(name).map_err(|e| format!("`{name}`: {e}"))?;
    let bytes = snapshot.file(path.as_str()).ok_or_else(|| format!("it has no `{name}`"))?;
    files.insert(path, bytes);
    Ok(())
}

/// The federation, whose addresses must mean the same on every machine.
fn read(files: &BTreeMap<RepoPath, Vec<u8>>) -> Result<Federation, Error> {
    let text = String::from_utf8_lossy(&files[&RepoPath::found(FEDERATION_FILE.to_owned())]).into_owned();
    let federation = Federation::read(SourceText::new(FEDERATION_FILE, text))?;
    let is_relative =
        |text: &&String| matches!(Address::parse(text), Ok(Address::Folder(path)) if !std::path::Path::new(&path).is_absolute());
    let mut addresses = federation.file.namespaces.values().flat_map(|rules| std::iter::once(&rules.url).chain(&rules.mirrors));
    match addresses.find(is_relative) {
        Some(relative) => Err(Error::config(format!("`{relative}` in the federation file of an organisation leads nowhere from here"))
            .help("its file must name URLs, or folders from the root")),
        None => Ok(federation),
    }
}
