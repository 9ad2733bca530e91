//! What a result says about its own origin: the `template:` record of `polity.yaml`, and `polity.lock`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::config::{FileClass, Format, LOCK_FILE, Lock, LockedFile, LockedLayer, SERVICE_FILE, ServiceFile, TemplateRecord, load};
use crate::finding::{Diagnostic, Location, SourceText};
use crate::tree::{Digest, Mode, RepoPath};

use super::render::{Rendered, RenderedFile};
use super::{Stack, TemplateError};

/// The version of the lock file's format.
const LOCK_VERSION: u32 = 1;
/// What the lock file says at its top.
const LOCK_HEADER: &str = "# Written by polity: what exactly this service was made from. Commit it, do not edit it.\n";

/// Adds the record and the lock to a result.
pub(super) fn seal(stack: &Stack, rendered: &mut Rendered) -> Result<(), TemplateError> {
    let record =
        TemplateRecord { from: stack.top().name.clone(), version: stack.top().file.version.to_string(), answers: rendered.answers.clone() };
    write_record(stack, rendered, record)?;
    for layer in &stack.layers {
        rendered.layers.push(LockedLayer {
            name: layer.name.clone(),
            version: layer.file.version.to_string(),
            registry: layer.registry.clone(),
            digest: layer.digest()?,
        });
    }
    let path = RepoPath::found(LOCK_FILE.to_owned());
    if let Some(file) = rendered.files.get(&path) {
        let at = Location::file(&file.layers[0], "this layer writes it");
        return Err(TemplateError::template(Diagnostic::new(format!("`{LOCK_FILE}` is written by polity alone")).at(at)));
    }
    let locked = |file: &RenderedFile| LockedFile { class: file.class, sha256: Digest::of(&file.bytes) };
    let lock = Lock {
        version: LOCK_VERSION,
        layers: rendered.layers.clone(),
        answers: answers_digest(&rendered.answers),
        files: rendered.files.iter().map(|(path, file)| (path.clone(), locked(file))).collect(),
    };
    let text = format!("{LOCK_HEADER}{}", yaml(&lock));
    rendered.files.insert(path, own_file(stack, text, FileClass::Managed));
    Ok(())
}

/// Appends the record to the template's own `polity.yaml`, or writes one that has nothing else.
fn write_record(stack: &Stack, rendered: &mut Rendered, record: TemplateRecord) -> Result<(), TemplateError> {
    #[derive(Serialize)]
    struct Tail {
        template: TemplateRecord,
    }
    let tail = yaml(&Tail { template: record });
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
    RenderedFile { mode: Mode::File, class, bytes: text.into_bytes().into(), layers: vec![stack.top().name.clone()] }
}

/// SHA-256 over the answers as JSON with sorted keys and without spaces.
fn answers_digest(answers: &serde_json::Map<String, serde_json::Value>) -> Digest {
    let sorted: BTreeMap<_, _> = answers.iter().collect();
    Digest::of(serde_json::to_string(&sorted).expect("answers are texts, numbers, truth values and lists").as_bytes())
}

fn yaml(value: &impl Serialize) -> String {
    serde_yaml::to_string(value).expect("records hold texts, numbers, truth values, lists and mappings with text keys")
}
