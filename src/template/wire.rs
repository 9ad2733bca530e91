//! A job as bytes, so that another process can do it: one line of JSON, then the contents of files one after another.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::config::{FileClass, LockedUnit};
use crate::tree::{Mode, RepoPath, Tree};

use super::make::Job;
use super::{Layer, Move, Outcome, Question, Rendered, RenderedFile, Stack, TemplateError, make};

/// Bytes that are not what the other process should have sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the other process sent something else than expected: {0}")]
pub struct WireError(String);

#[derive(Serialize, Deserialize)]
struct Request {
    layers: Vec<LayerHead>,
    top: String,
    extras: Vec<String>,
    job: Job,
}

#[derive(Serialize, Deserialize)]
struct LayerHead {
    name: String,
    registry: String,
    folder: String,
    files: Vec<(RepoPathText, bool, usize)>,
}

/// Paths of a template may be unportable; they are only read.
type RepoPathText = String;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Response {
    Ask(Vec<Question>),
    Done(Head),
    Failed(TemplateError),
}

#[derive(Serialize, Deserialize)]
struct Head {
    files: Vec<FileHead>,
    answers: Map<String, Value>,
    layers: Vec<LockedUnit>,
    next_steps: Option<String>,
    moves: Vec<Move>,
}

#[derive(Serialize, Deserialize)]
struct FileHead {
    path: RepoPath,
    executable: bool,
    class: FileClass,
    layers: Vec<String>,
    sources: Vec<String>,
    size: usize,
}

/// A job for another process.
///
/// # Errors
/// [`TemplateError`] when a file of the template cannot be read.
pub fn request(stack: &Stack, job: &Job) -> Result<Vec<u8>, TemplateError> {
    let mut blob = Vec::new();
    let mut layers = Vec::new();
    for layer in &stack.layers {
        let mut files = Vec::new();
        for (path, entry) in layer.tree.iter() {
            let bytes = layer.read(path)?;
            files.push((path.as_str().to_owned(), entry.mode == Mode::Executable, bytes.len()));
            blob.extend_from_slice(&bytes);
        }
        let head = LayerHead { name: layer.name.clone(), registry: layer.registry.clone(), folder: layer.folder.clone(), files };
        layers.push(head);
    }
    Ok(framed(&Request { layers, top: stack.top().name.clone(), extras: stack.extras.clone(), job: job.clone() }, &blob))
}

/// Does the job in `bytes` and returns the response.
///
/// # Errors
/// [`WireError`] when the bytes are no job.
pub fn respond(bytes: &[u8], progress: &mut dyn FnMut(&str)) -> Result<Vec<u8>, WireError> {
    let (request, mut blob): (Request, _) = unframed(bytes)?;
    let mut trees = Vec::new();
    for head in request.layers {
        let mut tree = Tree::new();
        for (path, executable, size) in head.files {
            let mode = if executable { Mode::Executable } else { Mode::File };
            tree.insert(RepoPath::found(path), mode, take(&mut blob, size)?);
        }
        trees.push((head.name, head.registry, head.folder, tree));
    }
    let layers = trees.into_iter().map(|(name, registry, folder, tree)| Layer::load(&name, &registry, &folder, tree));
    let outcome = layers
        .collect::<Result<_, _>>()
        .and_then(Stack::new)
        .map(|stack| stack.with_extras(&request.top, request.extras))
        .and_then(|stack| make(&stack, &request.job, progress));
    Ok(match outcome {
        Err(error) => framed(&Response::Failed(error), b""),
        Ok(Outcome::Ask(questions)) => framed(&Response::Ask(questions), b""),
        Ok(Outcome::Done(rendered)) => done(*rendered),
    })
}

fn done(rendered: Rendered) -> Vec<u8> {
    let mut blob = Vec::new();
    let mut files = Vec::new();
    for (path, file) in rendered.files {
        blob.extend_from_slice(&file.bytes);
        let executable = file.mode == Mode::Executable;
        files.push(FileHead { path, executable, class: file.class, layers: file.layers, sources: file.sources, size: file.bytes.len() });
    }
    let head = Head { files, answers: rendered.answers, layers: rendered.layers, next_steps: rendered.next_steps, moves: rendered.moves };
    framed(&Response::Done(head), &blob)
}

/// Reads a response. Paths are checked again: the other process worked on a template of strangers.
///
/// # Errors
/// [`WireError`] when the bytes are no response; the inner error is the template's.
pub fn outcome(bytes: &[u8]) -> Result<Result<Outcome, TemplateError>, WireError> {
    let (response, mut blob): (Response, _) = unframed(bytes)?;
    let head = match response {
        Response::Failed(error) => return Ok(Err(error)),
        Response::Ask(questions) => return Ok(Ok(Outcome::Ask(questions))),
        Response::Done(head) => head,
    };
    let mut files = BTreeMap::new();
    for file in head.files {
        let mode = if file.executable { Mode::Executable } else { Mode::File };
        let bytes = take(&mut blob, file.size)?.into();
        let rendered = RenderedFile { mode, class: file.class, bytes, layers: file.layers, sources: file.sources };
        files.insert(file.path, rendered);
    }
    let mut rendered = Rendered {
        files,
        answers: head.answers,
        layers: head.layers,
        next_steps: head.next_steps,
        moves: head.moves,
        lock: super::record::nothing(),
    };
    rendered.measure();
    Ok(Ok(Outcome::Done(Box::new(rendered))))
}

fn framed(head: &impl Serialize, blob: &[u8]) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(head).expect("heads hold texts, numbers and lists");
    bytes.push(b'\n');
    bytes.extend_from_slice(blob);
    bytes
}

fn unframed<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<(T, &[u8]), WireError> {
    let end = bytes.iter().position(|b| *b == b'\n').ok_or_else(|| WireError("no line of JSON".to_owned()))?;
    let head = serde_json::from_slice(&bytes[..end]).map_err(|error| WireError(error.to_string()))?;
    Ok((head, &bytes[end + 1..]))
}

fn take<'a>(blob: &mut &'a [u8], size: usize) -> Result<&'a [u8], WireError> {
    let (taken, rest) = blob.split_at_checked(size).ok_or_else(|| WireError("contents are cut off".to_owned()))?;
    *blob = rest;
    Ok(taken)
}
