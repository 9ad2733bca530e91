//! The files of `waivers/`, beside a repository's root or a service's.

use std::collections::BTreeMap;

use crate::config::{Format, Step, WaiverFile, load};
use crate::finding::{Diagnostic, Finding, Location, Severity, SourceText, SuppressionKind};
use crate::policy::repository::join;
use crate::policy::{LeftOut, Repository};
use crate::tree::{Lack, RepoPath, Tree};

use super::{Covers, Waiver, complaint};

/// The folder that holds waivers.
const FOLDER: &str = "waivers";

/// Every waiver file of a repository, and findings about those that cannot be read.
#[must_use]
pub fn read(repository: &Repository) -> (Vec<Waiver>, Vec<Finding>) {
    let (mut waivers, mut wrong) = (above(repository), Vec::new());
    for (path, _) in repository.tree().iter() {
        let Some(root) = home(path, repository) else {
            wrong.extend(misplaced(path, repository));
            continue;
        };
        match one(repository.tree(), path, &root) {
            Ok(waiver) => waivers.push(waiver),
            Err(mut diagnostic) => {
                diagnostic.notes.push("it waives nothing until it can be read".to_owned());
                wrong.push(complaint("invalid-waiver", Severity::Error, &root, *diagnostic));
            }
        }
    }
    for (root, path) in roots(repository).map(|root| (root, join(root, FOLDER))).collect::<BTreeMap<_, _>>() {
        if repository.tree().contains(&RepoPath::found(path.clone())) {
            let place = Location::file(&path, "a folder is to be there, and not a file");
            let diagnostic = Diagnostic::new("waivers cannot be read").at(place).note("what stands there waives nothing");
            wrong.push(complaint("invalid-waiver", Severity::Error, root, diagnostic));
        }
    }
    for item in repository.lacks() {
        let Some(root) = roots(repository).filter(|root| is_meant(item, root)).max_by_key(|root| root.len()) else { continue };
        let diagnostic = Diagnostic::new("waivers cannot be read").at(Location::file(&item.path, &item.reason));
        wrong.push(complaint("invalid-waiver", Severity::Error, root, diagnostic.note("what stands there waives nothing")));
    }
    (waivers, wrong)
}

/// The waivers of the folders above that are about a file of the checked folder.
fn above(repository: &Repository) -> Vec<Waiver> {
    let above = repository.above();
    let about = |path: &RepoPath| {
        let home = innermost(path, above.homes.iter().map(String::as_str))?;
        let mut waiver = one(&above.files, path, home).ok()?;
        let Covers::Subject(subject) = &mut waiver.covers else { return None };
        subject.path = above.here(&subject.path)?.to_owned();
        for place in [&mut waiver.place, &mut waiver.expires_place] {
            place.path = above.shown(&place.path);
        }
        Some(Waiver { root: String::new(), is_above: true, ..waiver })
    };
    above.files.iter().filter_map(|(path, _)| about(path)).collect()
}

/// A finding about a waiver that stands where none counts.
fn misplaced(path: &RepoPath, repository: &Repository) -> Option<Finding> {
    let is_inside = |folders: &str| folders.split('/').any(|name| name == FOLDER);
    path.as_str().rsplit_once('/').filter(|(folders, name)| is_yaml(name) && is_inside(folders))?;
    let waiver = one(repository.tree(), path, "").ok()?;
    let diagnostic = Diagnostic::new("waiver stands where none counts, and waives nothing").at(waiver.place);
    let help =
        "move it to the folder `waivers` of the service, or of the root of the repository; its path is relative to what that stands in";
    Some(complaint("unused-waiver", Severity::Warning, repository.service_of(path.as_str()), diagnostic.help(help)))
}

/// Where `waivers/` may stand: in services and the root of the repository, whichever folder is checked.
fn roots(repository: &Repository) -> impl Iterator<Item = &str> {
    let root = repository.above().prefix.is_empty().then_some("");
    repository.roots().iter().map(String::as_str).chain(root)
}

/// Whether what the tree lacks is the `waivers/` of a root, or is or holds files of it.
fn is_meant(item: &LeftOut, root: &str) -> bool {
    let rest = item.path.strip_prefix(&join(root, FOLDER));
    rest.is_some_and(|rest| rest.is_empty() || (rest.starts_with('/') && (is_yaml(rest) || !matches!(item.lack, Lack::File | Lack::Link))))
}

fn is_yaml(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ["yaml", "yml"].iter().any(|one| ending.eq_ignore_ascii_case(one)))
}

/// The root whose `waivers/` a file stands in, itself or in a folder of it; the innermost one.
fn home(path: &RepoPath, repository: &Repository) -> Option<String> {
    innermost(path, roots(repository)).map(str::to_owned)
}

fn innermost<'a>(path: &RepoPath, roots: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = path.as_str();
    let inside = |root: &str| name.strip_prefix(&join(root, FOLDER)).is_some_and(|rest| rest.starts_with('/'));
    roots.filter(|root| is_yaml(name) && inside(root)).max_by_key(|root| root.len())
}

fn one(tree: &Tree, path: &RepoPath, root: &str) -> Result<Waiver, Box<Diagnostic>> {
    let unreadable = |reason: String| Box::new(Diagnostic::new("waiver cannot be read").at(Location::file(path.as_str(), reason)));
    let bytes = tree.read(path).map_err(|error| unreadable(error.to_string()))?;
    let text = std::str::from_utf8(&bytes).map_err(|error| unreadable(error.to_string()))?;
    let source = SourceText::new(path.as_str(), text);
    let (file, node) = load::<WaiverFile>(&source, Format::Yaml).map_err(|error| error.0)?;
    let place = |key: &str, label: &str| source.location(node.span_of(&[Step::Key(key.to_owned())]), label);
    let empty = |key: &str| Box::new(Diagnostic::new(format!("`{key}` is empty")).at(place(key, "write something here")));
    for (key, text) in [("policy", &file.policy), ("because", &file.because), ("ticket", &file.ticket)] {
        if text.trim().is_empty() {
            return Err(empty(key));
        }
    }
    let mut subject = file.subject;
    if RepoPath::new(&subject.path).is_err() {
        let diagnostic = Diagnostic::new(format!("`{}` is no path in this repository", subject.path)).at(place("subject", "this path"));
        return Err(Box::new(diagnostic.help("name one file, relative to the folder that `waivers/` stands in")));
    }
    if subject.times.is_some() && (subject.at.is_some() || subject.text.is_none()) {
        return Err(Box::new(Diagnostic::new("`times` counts the lines of a `text`").at(place("subject", "leave it out"))));
    }
    subject.path = join(root, &subject.path);
    Ok(Waiver {
        kind: SuppressionKind::Waiver,
        policy: file.policy,
        covers: Covers::Subject(subject),
        says: file.says,
        reason: file.reason.as_str().to_owned(),
        because: file.because,
        owner: file.owner.unwrap_or_default(),
        ticket: Some(file.ticket),
        expires: file.expires,
        root: root.to_owned(),
        is_above: false,
        place: place("policy", ""),
        expires_place: place("expires", ""),
    })
}
