//! A merge of git's that is not finished: the sides of a path in the index, and a path that is settled.

use std::path::Path;

use git2::{MergeFileInput, MergeFileOptions};

use super::{Ground, UpdateError, ground};

/// What the index holds of a path that git could not merge: ancestor, ours, theirs.
pub type Stages = [Option<Vec<u8>>; 3];

impl Ground {
    /// The sides of a path of the service, if git could not merge it.
    ///
    /// # Errors
    /// [`UpdateError`] when the repository cannot be read.
    pub fn stages(&self, path: &str) -> Result<Option<Stages>, UpdateError> {
        let Some(git) = &self.git else { return Ok(None) };
        let Some(index) = self.index()? else { return Ok(None) };
        let whole = format!("{}{path}", git.prefix);
        let mut stages = Stages::default();
        for (number, side) in (1..).zip(&mut stages) {
            if let Some(entry) = index.get_path(Path::new(&whole), number) {
                *side = Some(git.repository.find_blob(entry.id)?.content().to_vec());
            }
        }
        Ok(stages.iter().any(Option::is_some).then_some(stages))
    }

    /// The paths of the whole repository that git could not merge, sorted.
    ///
    /// # Errors
    /// [`UpdateError`] when the repository cannot be read.
    pub fn unmerged(&self) -> Result<Vec<String>, UpdateError> {
        let Some(index) = self.index()? else { return Ok(Vec::new()) };
        let mut paths = Vec::new();
        for conflict in index.conflicts()? {
            let conflict = conflict?;
            let side = conflict.our.or(conflict.their).or(conflict.ancestor);
            paths.extend(side.map(|side| String::from_utf8_lossy(&side.path).into_owned()));
        }
        Ok(paths)
    }

    /// Writes a file, and tells the index that it is merged unless it is for a person to say.
    ///
    /// # Errors
    /// [`UpdateError`] when it cannot be written, or with what git says.
    pub fn settle(&self, path: &str, bytes: &[u8], is_merged: bool) -> Result<(), UpdateError> {
        let file = self.folder.join(path);
        crate::disk::write_file(&file, &mut |out| out.write_all(bytes)).map_err(UpdateError::io("write", &file))?;
        if !is_merged {
            return Ok(());
        }
        let output = ground::command(&self.folder, &["add", "--", path]).output();
        let output = output.map_err(|error| UpdateError::Command(format!("cannot run it: {error}")))?;
        if output.status.success() {
            return Ok(());
        }
        Err(UpdateError::Command(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }
}

/// Three texts merged as git merges a file, and whether nothing is left for a person; conflicts have markers with these names.
///
/// # Errors
/// [`UpdateError::Git`].
pub fn merge_text(base: &[u8], sides: [&[u8]; 2], names: [&str; 2]) -> Result<(Vec<u8>, bool), UpdateError> {
    // Only these can come out empty, and of an empty result git2 makes a slice without a place.
    if let Some(sure) = trivial(base, sides) {
        return Ok((sure.to_vec(), true));
    }
    let mut options = MergeFileOptions::new();
    options.our_label(names[0]).their_label(names[1]);
    let result = git2::merge_file(&side(base), &side(sides[0]), &side(sides[1]), Some(&mut options))?;
    Ok((result.content().to_vec(), result.is_automergeable()))
}

/// What comes out when one side has changed nothing, or both the same.
fn trivial<'a>(base: &[u8], [ours, theirs]: [&'a [u8]; 2]) -> Option<&'a [u8]> {
    match () {
        () if ours == theirs || theirs == base => Some(ours),
        () if ours == base => Some(theirs),
        () => None,
    }
}

fn side(bytes: &[u8]) -> MergeFileInput<'_> {
    let mut input = MergeFileInput::new();
    input.content(bytes);
    input
}
