//! `polity.yaml` in a merge: its record from both sides, beside what people wrote, which is merged as any text is.

use crate::config::{Format, Lock, SERVICE_FILE, ServiceFile, TemplateRecord, load};
use crate::disk::update::{Ground, merge_text};
use crate::error::Error;
use crate::finding::SourceText;
use crate::template::life::{Contested, fold, is_torn, reconcile, recorded, unfold};
use crate::template::record_text;
use crate::tree::{BlobId, Digest, Files, Mode, RepoPath};

use super::super::failed;
use super::both;

/// What stands in `polity.yaml`, its record folded, and whether nothing of it is left for a person.
pub(super) struct Described {
    pub(super) folded: String,
    pub(super) record: TemplateRecord,
    pub(super) contested: Vec<Contested>,
    pub(super) is_whole: bool,
}

/// What `polity.yaml` says, once its record is merged. A record that somebody merged by hand is taken as it is.
pub(super) fn described(ground: &Ground, text: String) -> Result<Described, Error> {
    let stages = ground.stages(SERVICE_FILE).map_err(failed)?;
    let Some(stages) = stages.as_ref().filter(|_| is_torn(&text)) else {
        let record = recorded(&text).map(|record| load_record(record.as_bytes())).transpose()?.flatten().ok_or_else(unrecorded)?;
        return Ok(Described { folded: fold(&text), record, contested: Vec::new(), is_whole: stages.is_none() });
    };
    let [ours, theirs] = both(stages, SERVICE_FILE)?;
    let named = |bytes| load_record(bytes).and_then(|record| record.ok_or_else(unrecorded));
    let base = stages[0].as_deref();
    let before = base.map(load_record).transpose()?.flatten();
    let (record, contested) = reconcile(before.as_ref(), &named(ours)?, &named(theirs)?);
    let [base, ours, theirs] = [base.unwrap_or_default(), ours, theirs].map(|bytes| fold(&String::from_utf8_lossy(bytes)));
    let (folded, is_whole) = merge_text(base.as_bytes(), [ours.as_bytes(), theirs.as_bytes()], ["ours", "theirs"]).map_err(failed)?;
    let is_whole = is_whole && contested.is_empty();
    Ok(Described { folded: String::from_utf8_lossy(&folded).into_owned(), record, contested, is_whole })
}

/// What the layers of both sides render for it together, as far as that can be told without them: what each side rendered, merged.
pub(super) fn rendered(ground: &Ground, locks: [Option<&Lock>; 3], record: &TemplateRecord) -> Option<Vec<u8>> {
    let path = RepoPath::found(SERVICE_FILE.to_owned());
    let text = |lock: Option<&Lock>| {
        let file = lock?.files.get(&path)?;
        let bytes = ground.blob(file.blob.as_ref()?, &file.sha256)?;
        Some(fold(&String::from_utf8_lossy(&bytes)))
    };
    let (ours, theirs) = (text(locks[1])?, text(locks[2])?);
    let base = text(locks[0]).unwrap_or_else(|| ours.clone());
    let (folded, is_whole) = merge_text(base.as_bytes(), [ours.as_bytes(), theirs.as_bytes()], ["ours", "theirs"]).ok()?;
    is_whole.then(|| unfold(&String::from_utf8_lossy(&folded), &record_text(record), None).into_bytes())
}

/// Writes what was rendered into the lock.
pub(super) fn name(lock: &mut Lock, rendered: &[u8]) {
    if let Some(file) = lock.files.get_mut(&RepoPath::found(SERVICE_FILE.to_owned())) {
        (file.sha256, file.blob) = (Digest::of(rendered), Some(BlobId::of(rendered)));
    }
}

/// The file alone, to be kept.
pub(super) fn files(rendered: Vec<u8>) -> Files {
    Files::from([(RepoPath::found(SERVICE_FILE.to_owned()), (Mode::File, rendered.into()))])
}

fn load_record(bytes: &[u8]) -> Result<Option<TemplateRecord>, Error> {
    Ok(load::<ServiceFile>(&SourceText::new(SERVICE_FILE, &*String::from_utf8_lossy(bytes)), Format::Yaml)?.0.template)
}

fn unrecorded() -> Error {
    Error::usage(format!("{SERVICE_FILE} does not say what the service was made from")).help("`git checkout --ours` brings one side back")
}
