//! `.polity-baseline.yaml` as a file: read, also when a merge left it with both sides, and written.

use std::path::Path;

use crate::cli::{BaselineVerb, CheckArgs};
use crate::config::{BASELINE_FILE, BaselineFile};
use crate::disk::{self, Descent};
use crate::error::{Error, Kind};
use crate::finding::{Diagnostic, SourceText};
use crate::policy::Repository;
use crate::policy::ratchet::settled;
use crate::tree::{RepoPath, Tree};

use super::elsewhere::gone;
use super::ratchet::past;

/// The baseline, and whether it comes from the two sides of a merge that git could not join: whoever writes it anew settles that.
pub(super) fn read(args: &CheckArgs, repository: &Repository, folder: &Path) -> Result<(Option<BaselineFile>, bool), Error> {
    let (path, verb) = (RepoPath::found(BASELINE_FILE.to_owned()), args.baseline);
    let is_here = repository.tree().contains(&path);
    if (is_here || verb == Some(BaselineVerb::Write))
        && let Some(first) = first(args, folder)
    {
        return Err(second(&first, is_here));
    }
    if is_here && folder.join(BASELINE_FILE).is_symlink() {
        let error = Error::config(format!("`{BASELINE_FILE}` is a link, and no commit tells whether what it leads to grew"));
        return Err(error.help("put the file itself there; `--baseline ignore` checks without one"));
    }
    if !is_here {
        let is_read = !matches!(verb, Some(BaselineVerb::Write | BaselineVerb::Ignore));
        return missing(repository).filter(|_| is_read).map_or(Ok((None, false)), Err);
    }
    let bytes = repository.tree().read(&path).map_err(|error| Error::io(format!("read `{BASELINE_FILE}`"), error))?;
    let text = std::str::from_utf8(&bytes).map_err(|error| Error::config(format!("`{BASELINE_FILE}` is not UTF-8 text: {error}")))?;
    let source = SourceText::new(BASELINE_FILE, text);
    let Some(line) = text.lines().position(|line| line.starts_with("<<<<<<< ")) else {
        return Ok((Some(BaselineFile::load(&source)?), false));
    };
    match disk::sides(folder, BASELINE_FILE) {
        Some([ours, theirs]) if matches!(verb, Some(BaselineVerb::Write | BaselineVerb::Shrink)) => {
            let is_gone = gone(folder, repository.tree());
            let is_moved = |old: &str, new: &str| [old, new].iter().any(|path| is_gone(path));
            Ok((Some(settled(&parse(&ours)?, &parse(&theirs)?, &is_moved)), true))
        }
        sides => Err(Error::new(Kind::Config, conflict(&source, line + 1, sides.is_some()))),
    }
}

/// Whether a file of a folder may have moved from its first name to its second.
pub(super) fn moved<'a>(folder: &Path, tree: &'a Tree) -> impl Fn(&str, &str) -> bool + use<'a> {
    let (is_gone, descent) = (gone(folder, tree), Descent::of(folder));
    move |old, new| is_gone(old) && !descent.came_later(old, new)
}

/// What stands in the place of the baseline and is none: it must not pass for no baseline.
fn missing(repository: &Repository) -> Option<Error> {
    let left_out = repository.lacks().iter().find(|item| item.path == BASELINE_FILE).map(|item| item.reason.as_str());
    let folder = || (!repository.tree().below(BASELINE_FILE).is_empty()).then_some("it is a folder");
    let why = left_out.or_else(folder)?;
    let error = Error::config(format!("`{BASELINE_FILE}` cannot be read: {why}"));
    Some(error.help("`polity check --baseline write` writes one; `--baseline ignore` checks without one"))
}

/// The list of a folder above, as far up as the repository goes, which is there or was.
fn first(args: &CheckArgs, folder: &Path) -> Option<String> {
    let real = folder.canonicalize().ok()?;
    let root = disk::root_around(&real)?;
    let mut above = real.ancestors().skip(1).take_while(|above| above.starts_with(&root)).zip(1..);
    let is_first = |above: &Path| above.join(BASELINE_FILE).is_file() || past(above, args).ratchet.has_begun();
    above.find(|(above, _)| is_first(above)).map(|(_, count)| format!("{}{BASELINE_FILE}", "../".repeat(count)))
}

/// A second list would know of a file what the first one does not.
fn second(first: &str, is_here: bool) -> Error {
    let what = format!("the repository has a baseline, `{first}`, and it holds for this folder too");
    let error = if is_here { Error::config(format!("`{BASELINE_FILE}` is a second list: {what}")) } else { Error::usage(what) };
    let help = "repair what is new, or waive it with a reason and an end; `polity check --baseline shrink` beside the first one drops what is gone";
    error.help(if is_here { format!("remove it; {help}") } else { help.to_owned() })
}

/// A baseline from its bytes.
pub(super) fn parse(bytes: &[u8]) -> Result<BaselineFile, Error> {
    Ok(BaselineFile::load(&SourceText::new(BASELINE_FILE, String::from_utf8_lossy(bytes)))?)
}

/// Puts a baseline in the place of the one that is there.
pub(super) fn write(folder: &Path, baseline: &BaselineFile) -> Result<(), Error> {
    let text = baseline.text();
    let written = disk::write_file(&folder.join(BASELINE_FILE), &mut |out| out.write_all(text.as_bytes()));
    written.map_err(|error| Error::io(format!("write `{BASELINE_FILE}`"), error))
}

fn conflict(source: &SourceText, line: usize, has_sides: bool) -> Diagnostic {
    let at = source.line(line).unwrap_or_default();
    let help = if has_sides {
        "`polity check --baseline shrink` keeps what both sides know and findings still show"
    } else {
        "take one side of the merge, such as `git checkout HEAD -- .polity-baseline.yaml`, then run `polity check --baseline shrink`"
    };
    Diagnostic::new("baseline holds both sides of a merge").at(source.location(at, "git could not join them")).help(help)
}
