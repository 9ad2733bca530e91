//! Jsonnet: programs whose value is the config.
//!
//! Nothing here bounds the time and the memory of an evaluation, and no file is opened: whoever evaluates does it in a process that may
//! end, and brings what programs import.

mod mistakes;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use rsjsonnet_lang::arena::Arena;
use rsjsonnet_lang::interner::InternedStr;
use rsjsonnet_lang::program::{
    Callbacks, EvalError, EvalErrorKind, EvalStackTraceItem, ImportError, LoadError, NativeError, Program, Thunk, Value, ValueKind,
};
use rsjsonnet_lang::span::{SourceId, SpanContext, SpanId, SpanManager};

/// A file that a program imports.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Its path, as messages show it: another one for each file.
    pub path: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Finds a file that a program imports; gets the path of the importing file and the path that stands there. The error says why it cannot.
pub type Import<'a> = &'a mut dyn FnMut(&str, &str) -> Result<Imported, String>;

/// Evaluates a program to its value, as the text of its JSON.
///
/// # Errors
/// One line with the path, the line and the column of the mistake.
pub fn evaluate(path: &str, text: &str, import: Import<'_>) -> Result<String, String> {
    let arena = Arena::new();
    let mut program = Program::new(&arena);
    let mut files = Files { import, sources: HashMap::new(), loaded: HashMap::new(), failed: None };
    let file = Imported { path: path.to_owned(), bytes: text.as_bytes().to_vec() };
    // conftest evaluates a text without a name, so that `std.thisFile` is empty.
    let thunk = files.load(&mut program, file, "")?;
    let mut value = program.eval_value(&thunk, &mut files).map_err(|error| files.explain(&program, path, &error))?;
    if matches!(value.kind(), ValueKind::Function) {
        let thunk = program.value_to_thunk(&value);
        value = program.eval_call(&thunk, &[], &[], &mut files).map_err(|error| files.explain(&program, path, &error))?;
    }
    program.manifest_json(&value, false).map_err(|error| files.explain(&program, path, &error))
}

/// The files of a program.
struct Files<'p, 'a> {
    import: Import<'a>,
    sources: HashMap<SourceId, Imported>,
    loaded: HashMap<String, Thunk<'p>>,
    /// Why the last import failed.
    failed: Option<String>,
}

impl<'p> Files<'p, '_> {
    fn load(&mut self, program: &mut Program<'p>, file: Imported, this_file: &str) -> Result<Thunk<'p>, String> {
        let (context, source) = program.span_manager_mut().insert_source_context(file.bytes.len());
        let loaded = program.load_source(context, &file.bytes, true, this_file);
        let path = file.path.clone();
        self.sources.insert(source, file);
        let thunk = loaded.map_err(|error| self.refused(program, &path, &error))?;
        self.loaded.insert(path, thunk.clone());
        Ok(thunk)
    }

    /// Finds what an expression at `from` imports, and notes why it cannot.
    fn find(&mut self, program: &Program<'p>, from: SpanId, path: &str) -> Result<Imported, ImportError> {
        let importing = self.place(program.span_manager(), from).map(|(file, _)| file.path.clone()).unwrap_or_default();
        (self.import)(&importing, path).map_err(|why| {
            self.failed = Some(why);
            ImportError
        })
    }

    /// The file and the offset of a span; nothing for the standard library.
    fn place(&self, spans: &SpanManager, span: SpanId) -> Option<(&Imported, std::ops::Range<usize>)> {
        let (context, start, end) = spans.get_span(span);
        let SpanContext::Source(source) = *spans.get_context(context);
        Some((self.sources.get(&source)?, start..end))
    }

    /// What is wrong with a file's text.
    fn refused(&self, program: &Program<'p>, path: &str, error: &LoadError) -> String {
        let (span, message) = mistakes::in_text(error);
        let found = span.and_then(|span| self.place(program.span_manager(), span));
        let Some((file, range)) = found else { return format!("{path}: {message}") };
        let message = if message.is_empty() { unexpected(file, range.clone()) } else { message };
        located(file, range.start, &message)
    }

    /// What went wrong when a program was evaluated.
    fn explain(&mut self, program: &Program<'p>, path: &str, error: &EvalError) -> String {
        let (span, message) = mistakes::in_evaluation(&error.kind);
        let failed = self.failed.take().filter(|_| matches!(error.kind, EvalErrorKind::ImportFailed { .. }));
        let message = failed.map_or(message.clone(), |why| format!("{message}: {why}"));
        // The innermost place that is not in the standard library.
        let spans = span.into_iter().chain(error.stack_trace.iter().rev().filter_map(stands));
        let found = spans.filter_map(|span| self.place(program.span_manager(), span)).next();
        found.map_or_else(|| format!("{path}: {message}"), |(file, range)| located(file, range.start, &message))
    }
}

impl<'p> Callbacks<'p> for Files<'p, '_> {
    fn import(&mut self, program: &mut Program<'p>, from: SpanId, path: &str) -> Result<Thunk<'p>, ImportError> {
        let file = self.find(program, from, path)?;
        if let Some(thunk) = self.loaded.get(&file.path) {
            return Ok(thunk.clone());
        }
        let name = file.path.clone();
        self.load(program, file, &name).map_err(|why| {
            self.failed = Some(why);
            ImportError
        })
    }

    fn import_str(&mut self, program: &mut Program<'p>, from: SpanId, path: &str) -> Result<String, ImportError> {
        let file = self.find(program, from, path)?;
        Ok(String::from_utf8_lossy(&file.bytes).into_owned())
    }

    fn import_bin(&mut self, program: &mut Program<'p>, from: SpanId, path: &str) -> Result<Vec<u8>, ImportError> {
        self.find(program, from, path).map(|file| file.bytes)
    }

    /// What `std.trace` says changes no value.
    fn trace(&mut self, _: &mut Program<'p>, _: &str, _: &[EvalStackTraceItem]) {}

    fn native_call(&mut self, _: &mut Program<'p>, _: InternedStr<'p>, _: &[Value<'p>]) -> Result<Value<'p>, NativeError> {
        Err(NativeError)
    }
}

fn stands(item: &EvalStackTraceItem) -> Option<SpanId> {
    match *item {
        EvalStackTraceItem::Expr { span } | EvalStackTraceItem::Variable { span, .. } | EvalStackTraceItem::Import { span } => Some(span),
        EvalStackTraceItem::Call { span, .. }
        | EvalStackTraceItem::ArrayItem { span, .. }
        | EvalStackTraceItem::ObjectField { span, .. } => span,
        EvalStackTraceItem::CompareArrayItem { .. }
        | EvalStackTraceItem::CompareObjectField { .. }
        | EvalStackTraceItem::ManifestArrayItem { .. }
        | EvalStackTraceItem::ManifestObjectField { .. } => None,
    }
}

fn unexpected(file: &Imported, range: std::ops::Range<usize>) -> String {
    match file.bytes.get(range).filter(|token| !token.is_empty()) {
        Some(token) => format!("unexpected `{}`", String::from_utf8_lossy(token)),
        None => "unexpected end of the file".to_owned(),
    }
}

/// A message behind its place; columns count characters.
fn located(file: &Imported, offset: usize, message: &str) -> String {
    let before = &file.bytes[..offset.min(file.bytes.len())];
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
    format!("{}:{line}:{column}: {message}", file.path)
}
