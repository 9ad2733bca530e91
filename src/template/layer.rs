//! One template, loaded: its manifest with places, and its files.

use std::sync::OnceLock;

use rayon::prelude::*;

use crate::config::{Format, Node, Step, load};
use crate::finding::{Diagnostic, Location, SourceText};
use crate::tree::{Digest, Mode, RepoPath, Tree, tree_digest};

use super::limits::{MAX_BYTES, MAX_FILES};
use super::{TemplateError, TemplateFile, check};

/// The manifest's name.
const MANIFEST: &str = "template.yaml";

/// A template that takes part in a rendering.
#[derive(Clone, Debug)]
pub struct Layer {
    /// `namespace/name`.
    pub name: String,
    /// Where it came from: `embedded`, or a registry's folder.
    pub registry: String,
    /// The prefix of its paths in diagnostics.
    pub folder: String,
    /// Its files, rooted at its own folder; changed by [`Layer::write`] alone.
    pub tree: Tree,
    /// What `template.yaml` says.
    pub file: TemplateFile,
    source: SourceText,
    root: Node,
    /// Worked out when it is first asked for.
    digest: OnceLock<Digest>,
}

impl Layer {
    /// Reads the manifest of a template's tree and checks everything that can be known from it alone.
    ///
    /// # Errors
    /// [`TemplateError::Template`] with the place of each mistake.
    pub fn load(name: &str, registry: &str, folder: &str, tree: Tree) -> Result<Self, TemplateError> {
        let path = RepoPath::found(MANIFEST.to_owned());
        let shown = format!("{folder}/{MANIFEST}");
        let bytes = tree.read(&path).map_err(|error| {
            let at = at_name(folder, MANIFEST, error.to_string());
            let diagnostic = Diagnostic::new(format!("`{folder}` is not a template")).at(at);
            TemplateError::template(diagnostic.help("a template is a folder with a `template.yaml`"))
        })?;
        let text = text_of(&shown, &bytes)?;
        let source = SourceText::new(shown, text);
        let (file, root) = load::<TemplateFile>(&source, Format::Yaml)?;
        let layer = Self {
            name: name.to_owned(),
            registry: registry.to_owned(),
            folder: folder.to_owned(),
            tree,
            file,
            source,
            root,
            digest: OnceLock::new(),
        };
        check::manifest(&layer)?;
        layer.check_tree()?;
        Ok(layer)
    }

    /// The place of a part of the manifest.
    #[must_use]
    pub fn at(&self, steps: &[Step], label: impl Into<String>) -> Location {
        self.source.location(self.root.span_of(steps), label)
    }

    /// The place of a value in the manifest, and inside it of the byte range `inside` of its text, if the text stands there as it is.
    pub(super) fn at_value(&self, steps: &[Step], text: &str, inside: Option<std::ops::Range<usize>>, label: &str) -> Location {
        let Some(node) = self.root.at(steps) else { return self.at(steps, label) };
        let written = &self.source.text()[node.span.clone()];
        match (inside, written.find(text)) {
            (Some(range), Some(start)) if !text.is_empty() => {
                let base = node.span.start + start;
                self.source.location(base + range.start..base + range.end, label)
            }
            _ => self.source.location(node.span.clone(), label),
        }
    }

    /// The place of a file whose name, kind or size is the matter: the text shown is the name.
    #[must_use]
    pub fn at_name(&self, path: &str, label: impl Into<String>) -> Location {
        at_name(&self.folder, path, label)
    }

    /// The path of one of its files as diagnostics show it.
    #[must_use]
    pub fn shown(&self, path: &str) -> String {
        format!("{}/{path}", self.folder)
    }

    /// The bytes of one of its files.
    ///
    /// # Errors
    /// [`TemplateError::Template`] that points at the file.
    pub fn read(&self, path: &RepoPath) -> Result<std::sync::Arc<[u8]>, TemplateError> {
        self.tree.read(path).map_err(|error| {
            let diagnostic = Diagnostic::new("a file of the template cannot be read");
            TemplateError::template(diagnostic.at(self.at_name(path.as_str(), error.to_string())))
        })
    }

    /// The digest of the whole template.
    ///
    /// # Errors
    /// [`TemplateError::Template`] when a file cannot be read.
    pub fn digest(&self) -> Result<Digest, TemplateError> {
        if let Some(digest) = self.digest.get() {
            return Ok(digest.clone());
        }
        let files: Vec<_> = self.tree.iter().collect();
        let rows = files.into_par_iter().map(|(path, entry)| Ok((path, entry.mode, Digest::of(&self.read(path)?))));
        let rows: Vec<_> = rows.collect::<Result<_, TemplateError>>()?;
        let digest = tree_digest(rows.iter().map(|(path, mode, digest)| (*path, *mode, digest)));
        Ok(self.digest.get_or_init(|| digest).clone())
    }

    /// Gives one of its files other bytes.
    pub fn write(&mut self, path: RepoPath, mode: Mode, bytes: Vec<u8>) {
        self.tree.insert(path, mode, bytes);
        self.digest = OnceLock::new();
    }

    /// Refuses what no template needs: links, and more than a person would write.
    fn check_tree(&self) -> Result<(), TemplateError> {
        let fail =
            |title: &str, path: &str, label: String| Err(TemplateError::template(Diagnostic::new(title).at(self.at_name(path, label))));
        if self.tree.len() > MAX_FILES {
            return fail(
                "template has too many files",
                MANIFEST,
                format!("{} files stand beside it, more than {MAX_FILES}", self.tree.len()),
            );
        }
        let mut bytes = 0;
        for (path, entry) in self.tree.iter() {
            if entry.mode == Mode::Symlink {
                return fail("template holds a link", path.as_str(), "a link; copy the file instead".to_owned());
            }
            bytes += entry.size.unwrap_or(0);
            if bytes > MAX_BYTES as u64 {
                return fail("template is too large", path.as_str(), format!("more than {MAX_BYTES} bytes up to here"));
            }
        }
        Ok(())
    }
}

/// The place of a file of a template by its name.
#[must_use]
pub fn at_name(folder: &str, path: &str, label: impl Into<String>) -> Location {
    SourceText::new(format!("{folder}/{path}"), path).location(0..path.len(), label)
}

/// The text of a file, or the place of the first byte that is no UTF-8.
pub(super) fn text_of(shown: &str, bytes: &[u8]) -> Result<String, TemplateError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let good = String::from_utf8_lossy(bytes);
            let source = SourceText::new(shown, &*good);
            let at = error.valid_up_to();
            let diagnostic = Diagnostic::new("file is not UTF-8").at(source.location(at..at + 1, "this byte starts no character"));
            Err(TemplateError::template(
                diagnostic.help("save the file as UTF-8; a binary file is copied when its name does not end in `.tera`"),
            ))
        }
    }
}
