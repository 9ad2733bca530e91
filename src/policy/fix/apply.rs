//! A repair on texts: all of its edits or none, each proven by parsing the result.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::formats::INSTRUCTIONS;
use crate::config::{Format, Step, parse};
use crate::finding::{At, Edit, Fix, SourceText};
use crate::policy::dockerfile;
use crate::tree::{Mode, ReadError, RepoPath, Tree};

use super::{comments, lines, structured, toml};

/// Files as repairs leave them.
#[derive(Clone, Default)]
pub(super) struct Files {
    pub texts: BTreeMap<RepoPath, (Mode, String)>,
    /// What was put into lines, by file, in the lines of the text before any edit: the line, and the lines that came on top.
    moved: BTreeMap<RepoPath, Vec<(usize, usize)>>,
}

/// Why a repair is not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It cannot be made.
    Cannot(String),
    /// Another one changes the same lines: the next round may make it.
    Later,
}

impl Refusal {
    fn cannot(why: impl Into<String>) -> Self {
        Self::Cannot(why.into())
    }
}

/// Makes all edits of a repair on top of `files`.
///
/// # Errors
/// [`Refusal`]; the files stay as they were.
pub(super) fn apply(fix: &Fix, files: &mut Files, tree: &Tree) -> Result<(), Refusal> {
    let mut trial = files.clone();
    let mut meant = Vec::new();
    for edit in &fix.edits {
        make(edit, &mut trial, tree, &mut meant)?;
    }
    let paths: BTreeSet<_> = fix.edits.iter().filter_map(|edit| RepoPath::new(edit.path()).ok()).collect();
    for path in paths {
        let Some((_, text)) = trial.texts.get(&path) else { continue };
        let before = files.texts.get(&path).map(|(_, text)| text.clone());
        // What a repair makes has nothing to lose.
        let Some(before) = before.or_else(|| read(&path, tree).ok().map(|(_, text)| text)) else { continue };
        harmless(&path, &before, text, &meant).map_err(Refusal::Cannot)?;
    }
    *files = trial;
    Ok(())
}

/// Whether a text that could be parsed still can be, and has kept its comments.
fn harmless(path: &RepoPath, before: &str, after: &str, meant: &[String]) -> Result<(), String> {
    let parses = |text: &str, format| parse(&SourceText::new(path.as_str(), text), format).is_ok();
    if let Some(format) = Format::of_path(path.as_str())
        && parses(before, format)
        && !parses(after, format)
    {
        return Err("the file could not be parsed any more".to_owned());
    }
    if comments::is_dockerfile(path.as_str()) {
        builds(before, after)?;
    }
    comments::kept(path.as_str(), before, after, meant)
}

/// Whether a Dockerfile still is one: what is left of an instruction over several lines is none.
fn builds(before: &str, after: &str) -> Result<(), String> {
    let Ok(old) = dockerfile::parse(before) else { return Ok(()) };
    let new = dockerfile::parse(after).map_err(|_| "the file could not be parsed any more".to_owned())?;
    let is_known = |name: &str| INSTRUCTIONS.contains(&name) || old.iter().any(|one| one.name == name);
    match new.iter().find(|one| !is_known(&one.name)) {
        Some(one) => Err(format!("line {} would begin with `{}`, which is no instruction", one.line, one.name)),
        None => Ok(()),
    }
}

/// `meant` gets the comments that an edit points at.
fn make(edit: &Edit, files: &mut Files, tree: &Tree, meant: &mut Vec<String>) -> Result<(), Refusal> {
    let path = RepoPath::new(edit.path()).map_err(|error| Refusal::cannot(error.to_string()))?;
    if let Edit::Create { text, .. } = edit {
        return create(path, text, files, tree);
    }
    let (mode, text) = match files.texts.get(&path) {
        Some(file) => file.clone(),
        None => read(&path, tree)?,
    };
    let is_structured = matches!(edit, Edit::Set { .. } | Edit::Remove { .. });
    // Lines that a structured edit added are not counted: both kinds in one file take turns.
    if files.texts.contains_key(&path) && is_structured == files.moved.contains_key(&path) {
        return Err(Refusal::Later);
    }
    let changed = match edit {
        Edit::Set { document, at, to, .. } => structure(&path, &text, &structured::Change::set(*document, steps(at), to.clone())),
        Edit::Remove { document, at, .. } => structure(&path, &text, &structured::Change::remove(*document, steps(at))),
        Edit::Replace { line, columns, text: new, .. } => {
            let moved = files.moved.entry(path.clone()).or_default();
            let at = shifted(moved, *line)?;
            moved.push((*line, new.matches('\n').count()));
            lines::replace(&path, &text, (at, *columns), new, meant)
        }
        Edit::Insert { after, text: new, .. } => {
            let moved = files.moved.entry(path.clone()).or_default();
            let at = shifted(moved, *after)?;
            moved.push((*after, new.matches('\n').count() + 1));
            lines::insert(&path, &text, at, new)
        }
        Edit::Create { .. } => unreachable!("made above"),
    };
    let changed = changed.map_err(Refusal::Cannot)?;
    files.texts.insert(path, (mode, changed));
    Ok(())
}

fn read(path: &RepoPath, tree: &Tree) -> Result<(Mode, String), Refusal> {
    let bytes = tree.read(path).map_err(|error| Refusal::cannot(format!("`{path}`: {error}")))?;
    let mode = tree.get(path).map_or(Mode::File, |entry| entry.mode);
    if mode == Mode::Symlink {
        return Err(Refusal::cannot(format!("`{path}` is a link")));
    }
    let text = String::from_utf8(bytes.to_vec()).map_err(|_| Refusal::cannot(format!("`{path}` is not UTF-8 text")))?;
    Ok((mode, text))
}

fn create(path: RepoPath, text: &str, files: &mut Files, tree: &Tree) -> Result<(), Refusal> {
    let taken = !matches!(tree.read(&path), Err(ReadError::Missing));
    // Two findings may ask for one file; what they ask for must be the same.
    match files.texts.get(&path) {
        Some((_, other)) if other == text => return Ok(()),
        Some(_) => return Err(Refusal::Later),
        None if taken => return Err(Refusal::cannot(format!("`{path}` exists already"))),
        None => {}
    }
    let mut above: Vec<&str> = path.as_str().match_indices('/').map(|(end, _)| &path.as_str()[..end]).collect();
    above.retain(|folder| tree.contains(&RepoPath::found((*folder).to_owned())));
    if let Some(file) = above.first() {
        return Err(Refusal::cannot(format!("`{file}` is a file, not a folder")));
    }
    files.texts.insert(path, (Mode::File, text.to_owned()));
    Ok(())
}

fn structure(path: &RepoPath, text: &str, change: &structured::Change) -> Result<String, String> {
    match Format::of_path(path.as_str()) {
        Some(Format::Toml) => toml::edit(text, change),
        Some(format) => structured::edit(text, format, change),
        None => Err(format!("`{path}` is no YAML, JSON or TOML by its name")),
    }
}

fn steps(at: &[At]) -> Vec<Step> {
    let step = |at: &At| match at {
        At::Index(index) => Step::Index(*index),
        At::Key(name) => Step::Key(name.clone()),
    };
    at.iter().map(step).collect()
}

/// Where a line of the first text stands now; a line that was changed already waits for the next round.
fn shifted(moved: &[(usize, usize)], line: usize) -> Result<usize, Refusal> {
    if moved.iter().any(|(other, _)| *other == line) {
        return Err(Refusal::Later);
    }
    Ok(line + moved.iter().filter(|(other, _)| *other < line).map(|(_, more)| more).sum::<usize>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Safety;

    fn fix(edits: Vec<Edit>) -> Fix {
        Fix { does: "d".to_owned(), safety: Safety::Safe, edits, layer: None }
    }

    fn tree(files: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::new();
        for (path, text) in files {
            tree.insert(RepoPath::new(*path).unwrap(), Mode::File, text.as_bytes());
        }
        tree
    }

    fn after(path: &str, line: usize, text: &str) -> Edit {
        Edit::Insert { path: path.to_owned(), after: line, text: text.to_owned() }
    }

    #[track_caller]
    fn text(files: &Files, path: &str) -> String {
        files.texts[&RepoPath::new(path).unwrap()].1.clone()
    }

    #[test]
    fn line_edits_of_several_repairs_combine_in_any_order() {
        let tree = tree(&[("f", "a\r\nb\r\nc\r\n")]);
        let edits = [after("f", 1, "x\ny"), after("f", 0, "top"), after("f", 3, "end")];
        let replace = Edit::Replace { path: "f".to_owned(), line: 2, columns: Some((1, 2)), text: "B".to_owned() };
        let mut results = Vec::new();
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]] {
            let mut files = Files::default();
            for index in order {
                let edit = edits.get(index).unwrap_or(&replace).clone();
                apply(&fix(vec![edit]), &mut files, &tree).unwrap();
            }
            results.push(text(&files, "f"));
        }
        assert_eq!(results[0], "top\r\na\r\nx\r\ny\r\nB\r\nc\r\nend\r\n");
        assert!(results.iter().all(|one| *one == results[0]), "{results:?}");
    }

    #[test]
    fn a_repair_is_made_whole_or_not_at_all() {
        let tree = tree(&[("f", "a\n"), ("d", "x")]);
        let create = |path: &str| Edit::Create { path: path.to_owned(), text: "t".to_owned() };
        let mut files = Files::default();
        for (wrong, why) in
            [(create("d/x"), "not a folder"), (create("f"), "exists already"), (create("../x"), ".."), (after("f", 9, "x"), "no line 9")]
        {
            let refused = apply(&fix(vec![create("new"), wrong]), &mut files, &tree);
            assert!(matches!(&refused, Err(Refusal::Cannot(said)) if said.contains(why)), "{refused:?}");
            assert!(files.texts.is_empty());
        }
        apply(&fix(vec![create("sub/new")]), &mut files, &tree).unwrap();
        apply(&fix(vec![create("sub/new")]), &mut files, &tree).unwrap();
        assert_eq!(text(&files, "sub/new"), "t");
    }

    #[test]
    fn what_is_left_of_an_instruction_is_no_instruction() {
        let replace = |line| Edit::Replace { path: "a/Dockerfile".to_owned(), line, columns: None, text: "USER 1".to_owned() };
        let tree = tree(&[("a/Dockerfile", "FROM a\nUSER \\\n  root\nXRUN b\n")]);
        let refused = apply(&fix(vec![replace(2)]), &mut Files::default(), &tree);
        assert_eq!(refused, Err(Refusal::cannot("line 3 would begin with `ROOT`, which is no instruction")));
        apply(&fix(vec![replace(4)]), &mut Files::default(), &tree).unwrap();
    }

    #[test]
    fn two_repairs_of_one_line_take_turns() {
        let tree = tree(&[("f.yaml", "a: 1\n")]);
        let mut files = Files::default();
        let set = Edit::Set { path: "f.yaml".to_owned(), document: 0, at: vec![At::Key("b".to_owned())], to: 2.into() };
        apply(&fix(vec![after("f.yaml", 1, "x: 1")]), &mut files, &tree).unwrap();
        assert_eq!(apply(&fix(vec![after("f.yaml", 1, "y: 1")]), &mut files, &tree), Err(Refusal::Later));
        assert_eq!(apply(&fix(vec![set]), &mut files, &tree), Err(Refusal::Later));
    }
}
