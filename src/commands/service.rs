//! A generated service on the disk: where it lies, what made it, and what was rendered then.

mod absent;
mod now;

use std::cell::OnceCell;
use std::path::Path;

use crate::config::{FileClass, Format, LOCK_FILE, Lock, SERVICE_FILE, ServiceFile, TemplateRecord, load};
use crate::disk::update::{Ground, Recall};
use crate::error::Error;
use crate::finding::SourceText;
use crate::template::{Job, Outcome, Stack, Unanswered, Unwanted};
use crate::tree::{Digest, Files, Mode, RepoPath};

use super::update::failed;
use super::{Env, contain, own};

/// A generated service.
pub(super) struct Service {
    pub(super) ground: Ground,
    pub(super) record: TemplateRecord,
    pub(super) lock: Lock,
    recall: OnceCell<Recall>,
}

/// The folder of a service.
pub(super) fn ground(env: &Env<'_>, dir: &Path) -> Result<Ground, Error> {
    let path = env.cwd.join(dir);
    if !path.is_dir() {
        return Err(Error::usage(format!("`{}` is not a folder", dir.display())));
    }
    Ground::open(&path).map_err(failed)
}

/// The folder of a service of which only the files are wanted.
pub(super) fn looked_at(env: &Env<'_>, dir: &Path) -> Result<Ground, Error> {
    ground(env, dir).or_else(|error| {
        let ground = Ground::look(&env.cwd.join(dir)).map_err(|_| error)?;
        env.notice("git names objects by another digest than SHA-1 here: files are compared as they lie there".to_owned());
        Ok(ground)
    })
}

/// What was made there.
pub(super) fn open(ground: Ground, dir: &Path) -> Result<Service, Error> {
    let shown = |name: &str| if dir == Path::new(".") { name.to_owned() } else { dir.join(name).display().to_string() };
    let text = |name: &str| -> Result<SourceText, Error> {
        let missing = || Error::usage(format!("there is no {}", shown(name))).help(absent::help(&ground, dir));
        own::itself(&ground.folder().join(name), shown(name))?.ok_or_else(missing)
    };
    let (service, _) = load::<ServiceFile>(&text(SERVICE_FILE)?, Format::Yaml)?;
    let record = service.template.ok_or_else(|| {
        Error::usage(format!("{} does not say what the service was made from", shown(SERVICE_FILE)))
            .help("`polity adopt TEMPLATE` makes a repository that was born without polity a service of a template")
    })?;
    let lock = Lock::read(&text(LOCK_FILE)?)?;
    Ok(Service { ground, record, lock, recall: OnceCell::new() })
}

impl Service {
    /// The folder's own name.
    pub(super) fn name(&self) -> String {
        self.ground.name()
    }

    /// A file of the working tree, with the line ends that git keeps unless the others are those that were rendered.
    pub(super) fn file(&self, path: &RepoPath) -> Option<(Mode, Vec<u8>)> {
        let (mode, bytes) = self.ground.file(path).or_else(|| self.ground.left_out(path))?;
        let is_rendered = |bytes: &[u8]| self.lock.files.get(path).is_some_and(|locked| Digest::of(bytes) == locked.sha256);
        let kept = if is_rendered(&bytes) { None } else { self.ground.kept(path, &bytes) };
        Some((mode, kept.unwrap_or(bytes)))
    }

    /// The bytes that were rendered for a locked file, from the working tree, from git, or worked out from its history; proven by digest.
    pub(super) fn rendered(&self, path: &RepoPath) -> Option<Vec<u8>> {
        let locked = self.lock.files.get(path)?;
        let is_same = |bytes: &Vec<u8>| Digest::of(bytes) == locked.sha256;
        let kept = |service: &Self| service.ground.blob(locked.blob.as_ref()?, &locked.sha256);
        let recalled = || self.recall.get_or_init(|| Recall::of(&self.ground)).file(&self.ground, path, &locked.sha256);
        self.ground.read(path.as_str()).filter(is_same).or_else(|| kept(self)).or_else(recalled)
    }

    /// Everything that was rendered, from what is at hand; what is not is rendered again by the locked versions, if `stack` can bring those.
    pub(super) fn base(&self, stack: &dyn Fn() -> Option<Stack>) -> Result<Files, Error> {
        let mut files = Files::new();
        let mut lost = Vec::new();
        for (path, locked) in &self.lock.files {
            let mode = if locked.executable { Mode::Executable } else { Mode::File };
            match self.rendered(path) {
                Some(bytes) => drop(files.insert(path.clone(), (mode, bytes.into()))),
                None if locked.class == FileClass::Seeded => {}
                None => lost.push(path.clone()),
            }
        }
        if !lost.is_empty() {
            let again = stack().map(|stack| self.again(&stack)).transpose()?.unwrap_or_default();
            lost.retain(|path| {
                let proven = again.get(path).filter(|(_, bytes)| Digest::of(bytes) == self.lock.files[path].sha256);
                proven.map(|file| files.insert(path.clone(), file.clone())).is_none()
            });
        }
        if lost.is_empty() { Ok(files) } else { Err(absent::lost(self, &lost)) }
    }

    /// Renders by these layers with the recorded answers.
    fn again(&self, stack: &Stack) -> Result<Files, Error> {
        let job = Job {
            given: self.record.answers.clone(),
            unanswered: Unanswered::Default,
            unwanted: Unwanted::Drop,
            folder: self.name(),
            dir: self.name(),
        };
        let Outcome::Done(rendered) = contain::perform(stack, &job)? else { return Ok(Files::new()) };
        Ok(rendered.files.iter().map(|(path, file)| (path.clone(), (file.mode, file.bytes.clone()))).collect())
    }
}
