//! Where the lines of a rendered file come from: the template at hand, rendered with marks, held against what was rendered then.

mod owners;
mod renamed;

use std::path::{Path, PathBuf};

use crate::config::LOCK_FILE;
use crate::error::Error;
use crate::template::life::{Origin, marked, trace};
use crate::template::{Job, Outcome, Stack, Unanswered, Unwanted};
use crate::tree::{Mode, RepoPath};

use super::marks::Marks;
use super::service::{self, Service};
use super::{Env, contain, locked};

/// A file of a service and what made it.
pub(super) struct Traced {
    pub(super) service: Service,
    pub(super) path: RepoPath,
    /// What it was called when it was rendered.
    pub(super) origin: RepoPath,
    /// The file as it is.
    pub(super) now: Vec<u8>,
    /// The file as it was rendered, if that is at hand.
    pub(super) rendered: Option<Vec<u8>>,
    /// The origin of every line that was rendered; empty when the template is not at hand.
    pub(super) origins: Vec<Option<Origin>>,
    /// The layers as they were locked: all of them, or those that made the file.
    pub(super) stack: Option<Stack>,
    /// What has become of the layers.
    pub(super) marks: Marks,
    /// What is not at hand, if something is not: `pay/go 1.0.0 is not at hand`.
    pub(super) lost: Option<String>,
}

impl Traced {
    /// The layers and their files that the file was rendered from.
    pub(super) fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.service.lock.files.get(&self.origin).into_iter().flat_map(|file| &file.from).filter_map(|source| source.split_once(':'))
    }

    /// Why the line of the template behind a line is not known.
    pub(super) fn doubt(&self) -> &str {
        self.lost.as_deref().filter(|_| self.origins.is_empty()).unwrap_or("it is not certain which")
    }

    /// A layer with the version that is locked.
    pub(super) fn versioned(&self, layer: &str) -> String {
        self.service.lock.layer(layer).map_or_else(|| layer.to_owned(), |unit| format!("{layer} {}", unit.version))
    }
}

/// Finds the service that a file belongs to and traces its lines.
pub(super) fn look(env: &Env<'_>, file: &Path) -> Result<Traced, Error> {
    let shown = file.display();
    let real = env.cwd.join(file);
    let real = real.parent().and_then(|parent| Some(parent.canonicalize().ok()?.join(real.file_name()?)));
    let real = real.ok_or_else(|| Error::usage(format!("there is no file `{shown}`")))?;
    let Some(root) = real.ancestors().skip(1).find(|folder| folder.join(LOCK_FILE).is_file()) else {
        return Err(Error::usage(format!("`{shown}` lies in no service: there is no {LOCK_FILE} above it")));
    };
    let inside = real.strip_prefix(root).unwrap_or(&real).to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
    let path = RepoPath::found(inside);
    let root = root.strip_prefix(&env.cwd).map_or_else(|_| root.to_owned(), Path::to_owned);
    let root = if root.as_os_str().is_empty() { PathBuf::from(".") } else { root };
    let service = service::open(service::ground(env, &root)?, &root)?;
    let now = service.file(&path).filter(|(mode, _)| *mode != Mode::Symlink).map(|(_, bytes)| bytes);
    let now = now.ok_or_else(|| Error::usage(format!("there is no file `{shown}`")))?;
    let origin = renamed::renamed(&service, &path).unwrap_or_else(|| path.clone());
    let rendered = service.rendered(&origin);
    let (stack, lost) = match opened(env, &service, &service.record.layers) {
        Ok(stack) => (Some(stack), None),
        Err(error) => (None, Some(locked::lost(env, &service.lock).unwrap_or_else(|| error.to_string()))),
    };
    let stack = stack.or_else(|| owners::alone(env, &service, &origin));
    let origins = match (&stack, &rendered) {
        (Some(stack), Some(rendered)) => origins(&service, stack, &origin, rendered),
        _ => Vec::new(),
    };
    let marks = Marks::of(env, &service.lock);
    Ok(Traced { service, path, origin, now, rendered, origins, stack, marks, lost })
}

/// The layers that were locked, if each is at hand with its digest.
pub(super) fn layers(env: &Env<'_>, service: &Service) -> Option<Stack> {
    opened(env, service, &service.record.layers).ok()
}

fn opened(env: &Env<'_>, service: &Service, extras: &[String]) -> Result<Stack, Error> {
    locked::open(env, &service.lock, &service.record.from, extras).map(|(_, resolved)| resolved.stack)
}

fn origins(service: &Service, stack: &Stack, path: &RepoPath, rendered: &[u8]) -> Vec<Option<Origin>> {
    let sources = &service.lock.files[path].from;
    let result = marked(stack, sources).and_then(|marked| render(service, &marked, path));
    trace(stack, sources, rendered, result.as_deref())
}

/// One file as these layers render it with the recorded answers.
pub(super) fn render(service: &Service, stack: &Stack, path: &RepoPath) -> Option<Vec<u8>> {
    let (given, folder) = (service.record.answers.clone(), service.name());
    let job = Job { given, unanswered: Unanswered::Default, unwanted: Unwanted::Drop, dir: folder.clone(), folder };
    let Ok(Outcome::Done(rendered)) = contain::perform(stack, &job) else { return None };
    rendered.files.get(path).map(|file| file.bytes.to_vec())
}
