//! `repo.dockerfiles()`: every Dockerfile that is of something that runs, whether it is a file or stands in a Compose file.

use std::sync::Arc;

use regorus::Value as Rego;

use crate::config::{Document, Node, Value};
use crate::finding::SourceText;

use super::dockerfile::{self, Instruction, Unclosed};
use super::embedded::Block;
use super::evidence::{Evidence, Problem};
use super::host::{Answer, Session, joined};
use super::purpose::is_source;
use super::repository::lock;
use super::value;

const DOCKERFILES: &str = "repo.dockerfiles";

/// What may be a Dockerfile by its name.
const FILES: &str = "**/*{[Dd]ocker,[Cc]ontainer,DOCKER,CONTAINER}{[Ff]ile,FILE}*";
/// What Compose reads.
const COMPOSE: &str = "**/{{docker-compose,compose}*,*.compose}.{yaml,yml}";
/// The key below `build` of a service whose text is a Dockerfile.
const KEY: &str = "dockerfile_inline";

/// A Dockerfile that stands in a Compose file.
pub(super) struct Inline {
    document: usize,
    service: String,
    /// What each of its lines begins with in the file; nothing where it has no lines of its own there.
    indent: Option<String>,
    instructions: Rego,
}

/// `repo.dockerfiles()`: each with its place and its instructions, files first.
pub(super) fn dockerfiles(session: &Session, _: &[Rego]) -> Answer {
    let key = (DOCKERFILES, String::new(), String::new());
    if let Some(known) = lock(&session.answers).get(&key) {
        return Ok(known.clone());
    }
    let tree = session.repository.tree();
    let files = session.files(DOCKERFILES, FILES, |_| true)?;
    let whole = joined(&files, |file| {
        let read = |evidence: &Evidence| Ok(Rego::from(vec![row(file, None, (*evidence.dockerfile(tree)?).clone())]));
        (is_dockerfile(file) && session.asks_runs(file)).then(|| session.with_file(file, None, read))
    })?;
    let composed = session.files(DOCKERFILES, COMPOSE, |_| true)?;
    let inline = joined(&composed, |file| {
        let read = |evidence: &Evidence| {
            let found = evidence.inline_dockerfiles(tree)?;
            if found.is_empty() || !session.asks_runs(file) {
                return Ok(Rego::Undefined);
            }
            Ok(found.iter().map(|one| row(file, Some(one), one.instructions.clone())).collect::<Vec<_>>().into())
        };
        Some(session.with_file(file, None, read))
    })?;
    let rows = [whole, inline].iter().filter_map(|rows| rows.as_array().ok()).flat_map(|rows| rows.iter().cloned()).collect::<Vec<_>>();
    let found = Rego::from(rows);
    lock(&session.answers).insert(key, found.clone());
    Ok(found)
}

fn row(path: &str, inline: Option<&Inline>, instructions: Rego) -> Rego {
    let place = match inline {
        None => value::object([("path", Rego::from(path))]),
        Some(one) => value::object([
            ("path", Rego::from(path)),
            ("document", Rego::from(one.document)),
            ("at", value::texts(["services", &one.service, "build", KEY])),
        ]),
    };
    let indent = inline.map_or(Some(""), |one| one.indent.as_deref());
    value::object([("place", place), ("indent", indent.map_or(Rego::Null, Rego::from)), ("instructions", instructions)])
}

/// `Dockerfile`, `Dockerfile.web`, `dockerfile-prod`, `web.Dockerfile`; `dockerfile_lint.py` and `dockerfile.rs` are none, and what is left out of a build
/// is a list. `Dockerfile.go` may well build something in that language.
fn is_dockerfile(path: &str) -> bool {
    let written = path.rsplit('/').next().unwrap_or(path);
    let name = written.to_ascii_lowercase();
    if name.ends_with(".dockerignore") || (written.starts_with(char::is_lowercase) && is_source(path)) {
        return false;
    }
    let is_ending = |stem: &str| stem.is_empty() || stem.ends_with('.');
    ["dockerfile", "containerfile"].iter().any(|word| {
        let variant = name.strip_prefix(word);
        let is_variant = |rest: &str| rest.is_empty() || rest.starts_with('.') || (rest.starts_with(['-', '_']) && !rest.contains('.'));
        variant.is_some_and(is_variant) || name.strip_suffix(word).is_some_and(is_ending)
    })
}

/// Whether Compose may find a Dockerfile in a text: most of its files have none, and are not parsed for it.
pub(super) fn speaks_of_inline(text: &str) -> bool {
    text.contains(KEY)
}

/// The Dockerfiles in a Compose file. Services that share a text by an alias or a merge key have it once.
///
/// # Errors
/// What keeps one of them from being read.
pub(super) fn inline(
    source: &SourceText,
    documents: &[Document],
    read: impl Fn(Result<Vec<Instruction>, Unclosed>) -> Result<Rego, Problem>,
) -> Result<Arc<Vec<Inline>>, Problem> {
    let (mut found, mut known) = (Vec::new(), Vec::new());
    for (document, root) in documents.iter().enumerate() {
        let Some(Value::Mapping(services)) = root.get("services").map(|services| &services.value) else { continue };
        for (name, service) in services {
            let Some(node) = service.get("build").and_then(|build| build.get(KEY)) else { continue };
            let Some(text) = node.as_str() else { continue };
            let block = Block::of(source, node);
            // An alias leads to the same place, and a merge key to a place without lines.
            let is_known = |(span, other): &(_, &str)| *span == node.span || (block.is_none() && *other == text);
            if known.iter().any(is_known) {
                continue;
            }
            known.push((node.span.clone(), text));
            let instructions = read(placed(source, node, block.as_ref(), text))?;
            found.push(Inline { document, service: name.name.clone(), indent: block.map(|block| block.indent), instructions });
        }
    }
    Ok(Arc::new(found))
}

/// The instructions with the lines that they have in the file.
fn placed(source: &SourceText, node: &Node, block: Option<&Block>, text: &str) -> Result<Vec<Instruction>, Unclosed> {
    let scalar = source.position(node.span.start).line..=source.position(node.span.end.max(node.span.start + 1) - 1).line;
    let line = |line: usize| block.map_or(*scalar.start(), |block| block.first + line - 1);
    let end = |line: usize| block.map_or(*scalar.end(), |block| block.first + line - 1);
    // Compose puts variables into the text first; two signs stand for one that is the builder's.
    let read = dockerfile::parse(&text.replace("$$", "$")).map_err(|open| Unclosed { line: line(open.line), ..open })?;
    Ok(read.into_iter().map(|one| Instruction { line: line(one.line), end_line: end(one.end_line), ..one }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dockerfile_is_told_by_its_name() {
        for path in [
            "Dockerfile",
            "a/Dockerfile.web",
            "dockerfile-prod",
            "DOCKERFILE",
            "a.b/web.Dockerfile",
            "Containerfile_x",
            "x.containerfile",
            "Dockerfile.a.b",
            "Dockerfile.go",
            ".dockerfile",
        ] {
            assert!(is_dockerfile(path), "{path}");
        }
        for path in [
            "dockerfile_lint.py",
            "src/dockerfile.rs",
            "a/Dockerfile.dockerignore",
            "Dockerfile/x",
            "mydockerfile",
            "dockerfiles",
            "Dockerfile-web.md",
            "a-containerfile",
        ] {
            assert!(!is_dockerfile(path), "{path}");
        }
    }
}
