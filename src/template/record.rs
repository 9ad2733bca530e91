//! What a result says about its own origin: the `template:` record of `polity.yaml`, and `polity.lock`.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde_json::Value;

use crate::config::{FileClass, Format, LOCK_FILE, Lock, LockedFile, LockedUnit, SERVICE_FILE, ServiceFile, TemplateRecord, load, parse};
use crate::finding::{Diagnostic, SourceText};
use crate::tree::{BlobId, Digest, Mode, RepoPath};

use super::filters::literal;
use super::render::{Rendered, RenderedFile};
use super::{Stack, TemplateError};

/// Adds the record and the lock to a result.
pub(super) fn seal(stack: &Stack, rendered: &mut Rendered) -> Result<(), TemplateError> {
    let record = TemplateRecord {
        from: stack.top().name.clone(),
        version: stack.top().file.version.to_string(),
        layers: stack.extras.clone(),
        answers: rendered.answers.clone(),
    };
    write_record(stack, rendered, &record)?;
    for layer in &stack.layers {
        rendered.layers.push(LockedUnit {
            name: layer.name.clone(),
            version: layer.file.version.to_string(),
            registry: layer.registry.clone(),
            digest: layer.digest()?,
            known: None,
        });
    }
    rendered.files.insert(lock_path(), own_file(stack, String::new(), FileClass::Managed));
    rendered.measure();
    Ok(())
}

impl Rendered {
    /// The lock of this result: what its `polity.lock` says.
    #[must_use]
    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    /// Works the lock out from the files. Every file is hashed, so this is done once.
    pub(super) fn measure(&mut self) {
        let locked = |file: &RenderedFile| LockedFile {
            class: file.class,
            sha256: Digest::of(&file.bytes),
            blob: Some(BlobId::of(&file.bytes)),
            executable: file.mode == Mode::Executable,
            from: file.sources.clone(),
        };
        let files = self.files.par_iter().filter(|(path, _)| path.as_str() != LOCK_FILE);
        let files = files.map(|(path, file)| (path.clone(), locked(file))).collect();
        self.lock = Lock::new(answers_digest(&self.answers), self.layers.clone(), files);
        self.lock.sort();
        self.write_lock();
    }

    /// Writes `polity.lock` again, with what is known of the layers by now and what the caller adds to it.
    pub fn relock(&mut self, edit: impl FnOnce(&mut Lock)) {
        let before = self.lock.clone();
        self.lock.layers.clone_from(&self.layers);
        edit(&mut self.lock);
        self.lock.sort();
        if self.lock != before {
            self.write_lock();
        }
    }

    fn write_lock(&mut self) {
        if let Some(file) = self.files.get_mut(&lock_path()) {
            file.bytes = self.lock.to_text().into_bytes().into();
        }
    }
}

/// The lock of a result before it is worked out.
pub(super) fn nothing() -> Lock {
    Lock::new(Digest::of(b""), Vec::new(), BTreeMap::new())
}

fn lock_path() -> RepoPath {
    RepoPath::found(LOCK_FILE.to_owned())
}

/// Appends the record to the template's own `polity.yaml`, or writes one that has nothing else.
fn write_record(stack: &Stack, rendered: &mut Rendered, record: &TemplateRecord) -> Result<(), TemplateError> {
    let tail = record_text(record);
    let path = RepoPath::found(SERVICE_FILE.to_owned());
    let Some(file) = rendered.files.get_mut(&path) else {
        rendered.files.insert(path, own_file(stack, tail, FileClass::Merged));
        return Ok(());
    };
    let text = String::from_utf8_lossy(&file.bytes).into_owned();
    let shown = format!("{SERVICE_FILE} (rendered by {})", file.layers.join(", "));
    let source = SourceText::new(shown, text.clone());
    let (service, root) = load::<ServiceFile>(&source, Format::Yaml)?;
    if service.template.is_some() {
        let span = root.entry("template").map_or(0..0, |(key, _)| key.span.clone());
        let at = source.location(span, "leave this key to polity");
        return Err(TemplateError::template(Diagnostic::new("key `template` is written by polity alone").at(at)));
    }
    let gap = if text.ends_with('\n') { "" } else { "\n" };
    let whole = format!("{text}{gap}\n{tail}");
    // The record must land in the mapping that the template wrote, not in a flow mapping or another document.
    let (read, _) = load::<ServiceFile>(&SourceText::new(source.path(), whole.clone()), Format::Yaml)?;
    debug_assert!(read.template.is_some(), "the record was appended");
    file.bytes = whole.into_bytes().into();
    Ok(())
}

fn own_file(stack: &Stack, text: String, class: FileClass) -> RenderedFile {
    RenderedFile { mode: Mode::File, class, bytes: text.into_bytes().into(), layers: vec![stack.top().name.clone()], sources: Vec::new() }
}

/// SHA-256 over the answers as JSON with sorted keys and without spaces.
#[must_use]
pub fn answers_digest(answers: &serde_json::Map<String, Value>) -> Digest {
    let sorted: BTreeMap<_, _> = answers.iter().collect();
    Digest::of(serde_json::to_string(&sorted).expect("answers are texts, numbers, truth values and lists").as_bytes())
}

/// The record as block YAML. Texts that are not plain words are JSON literals: those mean the same to every YAML reader.
#[must_use]
pub fn record_text(record: &TemplateRecord) -> String {
    let mut text = format!("template:\n  from: {}\n  version: {}\n", record.from, scalar(&Value::from(record.version.as_str())));
    if !record.layers.is_empty() {
        text.push_str("  layers:\n");
    }
    for layer in &record.layers {
        text.push_str(&format!("  - {layer}\n"));
    }
    text.push_str(if record.answers.is_empty() { "  answers: {}\n" } else { "  answers:\n" });
    for (name, value) in &record.answers {
        text.push_str(&format!("    {name}: {}\n", scalar(value)));
    }
    text
}

fn scalar(value: &Value) -> String {
    let is_plain = |text: &str| {
        text.starts_with(|c: char| c.is_alphanumeric())
            && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/'))
            && parse(&SourceText::new("answer", text), Format::Yaml).is_ok_and(|nodes| nodes.len() == 1 && nodes[0].as_str() == Some(text))
    };
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        other => literal(other).expect("answers are texts, numbers, truth values and lists"),
    }
}
