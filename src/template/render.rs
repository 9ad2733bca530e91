//! Layers over one another: every file rendered, classed, merged where layers share it, and counted against the limits.

use std::collections::BTreeMap;
use std::sync::Arc;

use globset::{GlobBuilder, GlobSet};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tera::{Context, Tera};

use crate::config::{FileClass, Lock, LockedUnit, SERVICE_FILE, Step};
use crate::finding::{Diagnostic, SourceText};
use crate::tree::{Mode, Plan, RepoPath};

use super::check::key;
use super::engine::{self, Fault, Place};
use super::filters::shell_word;
use super::layer::text_of;
use super::limits::{MAX_BYTES, MAX_FILES, MAX_TEXT};
use super::manifest::{FileRule, Merge};
use super::paths::{self, Origin};
use super::stack::expression_fault;
use super::{Layer, Stack, TemplateError, merge, record};

/// The suffix of files that are rendered.
pub(super) const SUFFIX: &str = ".tera";

/// One file of the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedFile {
    /// Its kind.
    pub mode: Mode,
    /// Whose it is.
    pub class: FileClass,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// The layers that made it, lowest first.
    pub layers: Vec<String>,
    /// The files of those layers that it was rendered from, as `namespace/name:path`.
    pub sources: Vec<String>,
}

/// Everything that a template makes of its answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// The files by path, `polity.yaml` and `polity.lock` among them.
    pub files: BTreeMap<RepoPath, RenderedFile>,
    /// The value of every input that applies, in the order of asking.
    pub answers: Map<String, Value>,
    /// The layers, lowest first.
    pub layers: Vec<LockedUnit>,
    /// What to do next.
    pub next_steps: Option<String>,
    /// Files that had another path in an older version.
    pub moves: Vec<Move>,
    /// What `polity.lock` says.
    pub(super) lock: Lock,
}

/// A file that a version of a layer gave another path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The layer.
    pub layer: String,
    /// The version that moved it.
    pub version: String,
    /// The path before.
    pub from: RepoPath,
    /// The path since.
    pub to: RepoPath,
}

impl Rendered {
    /// The files as a plan.
    #[must_use]
    pub fn plan(&self) -> Plan {
        let mut plan = Plan::new();
        for (path, file) in &self.files {
            plan.write(path.clone(), file.mode, file.bytes.clone());
        }
        plan
    }
}

/// What one layer says about one path.
struct Contribution {
    origin: Origin,
    file: RenderedFile,
    merge: Option<Merge>,
    class: Option<FileClass>,
}

/// Renders all layers.
pub(super) fn render(
    stack: &Stack,
    answers: Map<String, Value>,
    values: &Map<String, Value>,
    dir: &str,
    progress: &mut dyn FnMut(&str),
) -> Result<Rendered, TemplateError> {
    let context = engine::context(values);
    let mut found: BTreeMap<RepoPath, Vec<Contribution>> = BTreeMap::new();
    let mut bytes = 0;
    let mut count = 0;
    // Most of the time goes into reading the templates, and layers do not see each other's.
    let painters: Vec<_> = stack.layers.par_iter().map(|layer| Painter::new(stack, layer, &context)).collect();
    for (layer, painter) in stack.layers.iter().zip(painters) {
        let painter = painter?;
        for (origin, _) in layer.tree.iter().filter(|(path, _)| path.as_str().starts_with("files/")) {
            let shown = layer.shown(origin.as_str());
            progress(&shown);
            let Some((path, contribution)) = painter.paint(origin)? else { continue };
            bytes += contribution.file.bytes.len();
            count += 1;
            if bytes > MAX_BYTES || count > MAX_FILES {
                let label = format!("more than {MAX_FILES} files or {MAX_BYTES} bytes with this file");
                return Err(TemplateError::template(Diagnostic::new("template makes too much").at(layer.at_name(origin.as_str(), label))));
            }
            found.entry(path).or_default().push(contribution);
        }
    }
    for (path, all) in &found {
        paths::unclaimed(path, &all[0].origin)?;
    }
    paths::distinct(found.iter().flat_map(|(path, all)| all.iter().map(move |c| (path, &c.origin))))?;
    let files = found.into_iter().map(|(path, all)| Ok((path.clone(), combine(&path, all)?))).collect::<Result<_, TemplateError>>()?;
    let next_steps = next_steps(stack.top(), values, dir)?;
    let moves = moves(stack, &context)?;
    let mut rendered = Rendered { files, answers, layers: Vec::new(), next_steps, moves, lock: record::nothing() };
    record::seal(stack, &mut rendered)?;
    Ok(rendered)
}

/// One layer, ready to render its files.
struct Painter<'a> {
    stack: &'a Stack,
    layer: &'a Layer,
    context: &'a Context,
    tera: Tera,
    globs: GlobSet,
    /// The rules, and whether their conditions hold, in the order of their globs.
    rules: Vec<(&'a FileRule, bool)>,
}

impl<'a> Painter<'a> {
    fn new(stack: &'a Stack, layer: &'a Layer, context: &'a Context) -> Result<Self, TemplateError> {
        let (mut globs, mut rules) = (GlobSet::builder(), Vec::new());
        for (index, rule) in layer.file.files.iter().enumerate() {
            let steps = [key("files"), Step::Index(index)];
            let holds = match &rule.when {
                None => true,
                Some(when) => engine::holds(engine::expressions(), when, context).map_err(|fault| {
                    let steps = [&steps[..], &[key("when")]].concat();
                    expression_fault(layer, &steps, when, &fault, when)
                })?,
            };
            let glob = GlobBuilder::new(&rule.path).literal_separator(true).build().map_err(|error| {
                let at = layer.at(&[&steps[..], &[key("path")]].concat(), error.kind().to_string());
                TemplateError::template(Diagnostic::new("path is not a glob").at(at))
            })?;
            globs.add(glob);
            rules.push((rule, holds));
        }
        let globs = globs.build().map_err(|error| {
            let at = layer.at(&[key("files")], error.kind().to_string());
            TemplateError::template(Diagnostic::new("paths are too much to match").at(at))
        })?;
        let mut painter = Self { stack, layer, context, tera: engine::tera(layer.file.delimiters), globs, rules };
        painter.parse()?;
        Ok(painter)
    }

    /// Parses all templates of the layer at once: they may include each other.
    fn parse(&mut self) -> Result<(), TemplateError> {
        let is_template = |path: &str| path.ends_with(SUFFIX) && (path.starts_with("files/") || path.starts_with("partials/"));
        let mut texts = Vec::new();
        for (path, _) in self.layer.tree.iter().filter(|(path, _)| is_template(path.as_str())) {
            texts.push((path.as_str(), text_of(&self.layer.shown(path.as_str()), &self.layer.read(path)?)?));
        }
        engine::add(&mut self.tera, texts).map_err(|fault| self.blame(&fault, None))
    }

    /// Renders one file; `None` when the answers leave it out.
    fn paint(&self, origin: &RepoPath) -> Result<Option<(RepoPath, Contribution)>, TemplateError> {
        let name = origin.as_str().trim_start_matches("files/");
        let target = |name: &str| paths::target(self.stack, self.layer, &self.tera, self.context, origin, name);
        let (path, is_template) = match name.strip_suffix(SUFFIX) {
            None => (target(name)?, false),
            Some(stem) => match target(name)? {
                Some(whole) if self.rules_of(&whole).find_map(|(rule, _)| rule.verbatim) == Some(true) => (Some(whole), false),
                _ => (target(stem)?, true),
            },
        };
        let Some(path) = path else { return Ok(None) };
        let rules: Vec<_> = self.rules_of(&path).collect();
        if rules.iter().find(|(rule, _)| rule.when.is_some()).is_some_and(|(_, holds)| !holds) {
            return Ok(None);
        }
        let bytes: Arc<[u8]> = if is_template {
            let rendered = engine::render(&self.tera, origin.as_str(), self.context, MAX_BYTES);
            rendered.map_err(|fault| self.blame(&fault, Some(origin)))?.into()
        } else {
            self.layer.read(origin)?
        };
        let mode = self.layer.tree.get(origin).map_or(Mode::File, |entry| entry.mode);
        let class = rules.iter().find_map(|(rule, _)| rule.class);
        let merge = rules.iter().find_map(|(rule, _)| rule.merge);
        let (layers, sources) = (vec![self.layer.name.clone()], vec![format!("{}:{origin}", self.layer.name)]);
        let file = RenderedFile { mode, class: FileClass::Managed, bytes, layers, sources };
        let origin = Origin { folder: self.layer.folder.clone(), path: origin.as_str().to_owned(), layer: self.layer.name.clone() };
        Ok(Some((path, Contribution { origin, file, merge, class })))
    }

    /// The rules for a path, in order: of each key the first that has it counts.
    fn rules_of(&self, path: &RepoPath) -> impl Iterator<Item = (&'a FileRule, bool)> {
        self.globs.matches(path.as_str()).into_iter().map(|index| self.rules[index])
    }

    /// A fault in a file of the layer, with its place.
    fn blame(&self, fault: &Fault, rendering: Option<&RepoPath>) -> TemplateError {
        let named = fault.template.clone().map(RepoPath::found).filter(|path| self.layer.tree.contains(path));
        let path = named.or_else(|| rendering.cloned());
        let Some(path) = path else {
            let at = self.layer.at(&[], &fault.message);
            return TemplateError::template(Diagnostic::new("templates cannot be read together").at(at));
        };
        let bytes = self.layer.tree.read(&path).unwrap_or_else(|_| Arc::from(&b""[..]));
        let source = SourceText::new(self.layer.shown(path.as_str()), &*String::from_utf8_lossy(&bytes));
        let range = match &fault.place {
            Place::Bytes(range) => range.clone(),
            Place::Line(line, column) => {
                let start = source.offset(crate::finding::Position { line: *line, column: *column });
                start..start + 1
            }
            Place::Unknown => 0..0,
        };
        let undefined = self.undefined(source.text().get(range.clone()).unwrap_or_default(), fault);
        let message = undefined.map_or_else(|| fault.message.clone(), |name| format!("variable `{name}` is not defined"));
        let mut diagnostic = Diagnostic::new("file cannot be rendered").at(source.location(range.clone(), message));
        diagnostic.notes.clone_from(&fault.notes);
        let near = undefined.and_then(|name| self.stack.near_variable(name));
        diagnostic.helps.extend(near.map(|near| format!("did you mean `{near}`?")));
        TemplateError::template(diagnostic)
    }

    /// The variable that the engine stumbles over, if nothing has its name: of one in front of a filter it names only the type.
    fn undefined<'t>(&self, written: &'t str, fault: &Fault) -> Option<&'t str> {
        let is_about = ["`undefined`", "is not defined"].iter().any(|words| fault.message.contains(words));
        let is_name = !written.is_empty() && written.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        (is_about && is_name && !self.context.contains_key(written)).then_some(written)
    }
}

/// One file from the contributions of several layers.
fn combine(path: &RepoPath, contributions: Vec<Contribution>) -> Result<RenderedFile, TemplateError> {
    let usual = if path.as_str() == SERVICE_FILE { FileClass::Merged } else { FileClass::Managed };
    let class = contributions.iter().rev().find_map(|c| c.class).unwrap_or(usual);
    let mut all = contributions.into_iter();
    let Some(mut base) = all.next() else { unreachable!("a path has at least one contribution") };
    for upper in all {
        let Some(kind) = base.merge.filter(|kind| upper.merge == Some(*kind)) else { return Err(contested(path, &base, &upper)) };
        let bytes = merge::merge(kind, &base.file.bytes, &upper.file.bytes).map_err(|fault| {
            let contribution = if fault.in_upper { &upper } else { &base };
            let text = String::from_utf8_lossy(&contribution.file.bytes);
            let source = SourceText::new(format!("{}/{}", contribution.origin.folder, contribution.origin.path), &*text);
            let title = format!("contributions to `{path}` cannot be merged");
            let diagnostic = Diagnostic::new(title).at(source.location(fault.span, fault.message));
            let help = "what stands at one key is a single value, a list or a table in every layer that has it";
            TemplateError::template(diagnostic.note("the lines shown are those of the rendered file").help(help))
        })?;
        base.file.bytes = bytes.into();
        base.file.mode = base.file.mode.max(upper.file.mode);
        base.file.layers.extend(upper.file.layers);
        base.file.sources.extend(upper.file.sources);
        base.origin = upper.origin;
    }
    base.file.class = class;
    Ok(base.file)
}

fn contested(path: &RepoPath, lower: &Contribution, upper: &Contribution) -> TemplateError {
    let label = |c: &Contribution| match c.merge {
        None => format!("written by `{}`, without `merge`", c.origin.layer),
        Some(kind) => format!("written by `{}`, with `merge: {}`", c.origin.layer, format!("{kind:?}").to_lowercase()),
    };
    let diagnostic = Diagnostic::new(format!("two layers write `{path}`"));
    let diagnostic = diagnostic.at(upper.origin.at(label(upper))).at(lower.origin.at(label(lower)));
    TemplateError::template(diagnostic.help("give the path the same `merge` in the `files` rules of every layer that writes it"))
}

/// The moves of all layers, in the order of versions.
fn moves(stack: &Stack, context: &Context) -> Result<Vec<Move>, TemplateError> {
    let mut moves = Vec::new();
    for layer in &stack.layers {
        let mut order: Vec<_> = layer.file.migrations.iter().enumerate().collect();
        order.sort_by(|(_, a), (_, b)| a.version.cmp(&b.version));
        for (index, migration) in order {
            for (from, to) in migration.files.iter() {
                let steps = [key("migrations"), Step::Index(index), key("files"), key(from)];
                let path = |template: &str| {
                    let text = engine::render_text(engine::expressions(), template, context, MAX_TEXT)
                        .map_err(|fault| expression_fault(layer, &steps, template, &fault, template))?;
                    RepoPath::new(text).map_err(|error| {
                        TemplateError::template(Diagnostic::new("file cannot be moved").at(layer.at(&steps, error.to_string())))
                    })
                };
                let (from, to) = (path(from)?, path(to)?);
                moves.push(Move { layer: layer.name.clone(), version: migration.version.to_string(), from, to });
            }
        }
    }
    Ok(moves)
}

fn next_steps(layer: &Layer, values: &Map<String, Value>, dir: &str) -> Result<Option<String>, TemplateError> {
    let Some(template) = &layer.file.next_steps else { return Ok(None) };
    let mut context = engine::context(values);
    context.insert("dir", &shell_word(dir));
    let text = engine::render_text(engine::expressions(), template, &context, MAX_TEXT);
    text.map(Some).map_err(|fault| expression_fault(layer, &[key("next_steps")], template, &fault, template))
}
