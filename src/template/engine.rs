//! Tera, set up for files: no escaping, our filters and delimiters, bounded output, and errors with byte ranges.

use std::borrow::Cow;
use std::io;
use std::ops::Range;
use std::sync::LazyLock;

use serde_json::{Map, Value};
use tera::{Context, ErrorKind, Tera};

use super::filters;
use super::limits::Limited;
use super::manifest::Delimiters;

/// What the engine objects to.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// The template that the engine was in, when it says so.
    pub(super) template: Option<String>,
    /// What is wrong, on one line, in lower case.
    pub(super) message: String,
    /// Where, in bytes of the template.
    pub(super) place: Place,
    /// Further lines of the message.
    pub(super) notes: Vec<String>,
}

/// How exactly a fault is located.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// Bytes of the template's text.
    Bytes(Range<usize>),
    /// Line and column, from 1.
    Line(usize, usize),
    /// Somewhere in the template.
    Unknown,
}

/// An engine for texts with these delimiters.
pub(super) fn tera(delimiters: Delimiters) -> Tera {
    let mut tera = Tera::default();
    tera.autoescape_on(Vec::<Cow<'static, str>>::new());
    tera.set_delimiters(marks(delimiters)).expect("the three sets of delimiters are distinct and two bytes long");
    filters::register(&mut tera);
    tera
}

/// The engine for expressions in manifests; it holds no templates.
pub(super) fn expressions() -> &'static Tera {
    static ENGINE: LazyLock<Tera> = LazyLock::new(|| tera(Delimiters::Curly));
    &ENGINE
}

/// The openings of expressions, statements and comments.
pub(super) fn openings(delimiters: Delimiters) -> [&'static str; 3] {
    match delimiters {
        Delimiters::Curly => ["{{", "{%", "{#"],
        Delimiters::Square => ["[[", "[%", "[#"],
        Delimiters::Angle => ["<<", "<%", "<#"],
    }
}

/// The ends of expressions, statements and comments.
pub(super) fn closings(delimiters: Delimiters) -> [&'static str; 3] {
    match delimiters {
        Delimiters::Curly => ["}}", "%}", "#}"],
        Delimiters::Square => ["]]", "%]", "#]"],
        Delimiters::Angle => [">>", "%>", "#>"],
    }
}

fn marks(delimiters: Delimiters) -> tera::Delimiters {
    let [variable, block, comment] = openings(delimiters);
    let [variable_end, block_end, comment_end] = closings(delimiters);
    tera::Delimiters {
        block_start: block.into(),
        block_end: block_end.into(),
        variable_start: variable.into(),
        variable_end: variable_end.into(),
        comment_start: comment.into(),
        comment_end: comment_end.into(),
    }
}

/// Names and values as the engine sees them.
pub(super) fn context(values: &Map<String, Value>) -> Context {
    let mut context = Context::new();
    for (name, value) in values {
        context.insert(name.clone(), value);
    }
    context
}

/// What the engine shows all variables by, in an order that is another one in each run.
const DUMP: &str = "__tera_context";

/// What is wrong with a text that shows all variables.
fn dumps(text: &str) -> Option<Fault> {
    let start = text.find(DUMP)?;
    let place = Place::Bytes(start..start + DUMP.len());
    let message = format!("`{DUMP}` has no order, and the same answers are to give the same bytes");
    Some(Fault { template: None, message, place, notes: vec!["name the variables that you want to see".to_owned()] })
}

/// Adds the templates that may include each other, by name.
pub(super) fn add(tera: &mut Tera, texts: Vec<(&str, String)>) -> Result<(), Fault> {
    if let Some((name, dump)) = texts.iter().find_map(|(name, text)| Some((name, dumps(text)?))) {
        return Err(Fault { template: Some((*name).to_owned()), ..dump });
    }
    tera.add_raw_templates(texts).map_err(|error| fault(&error))
}

/// Renders a template that was added before.
pub(super) fn render(tera: &Tera, name: &str, context: &Context, limit: usize) -> Result<Vec<u8>, Fault> {
    let mut output = Limited::new(limit);
    match tera.render_to(name, context, &mut output) {
        _ if output.is_full() => Err(too_large(Some(name), limit)),
        Ok(()) => Ok(output.into_bytes()),
        Err(error) => Err(fault(&error)),
    }
}

/// Renders a text that is a template itself.
pub(super) fn render_text(tera: &Tera, text: &str, context: &Context, limit: usize) -> Result<String, Fault> {
    if let Some(fault) = dumps(text) {
        return Err(fault);
    }
    let mut output = Limited::new(limit);
    match tera.render_str_to(text, context, false, &mut output) {
        _ if output.is_full() => Err(too_large(None, limit)),
        Ok(()) => Ok(String::from_utf8_lossy(&output.into_bytes()).into_owned()),
        Err(error) => Err(fault(&error)),
    }
}

/// Whether an expression is true.
pub(super) fn holds(tera: &Tera, expression: &str, context: &Context) -> Result<bool, Fault> {
    const BEFORE: &str = "{% if ";
    let text = format!("{BEFORE}{expression} %}}1{{% endif %}}");
    match render_text(tera, &text, context, 1) {
        Ok(output) => Ok(output == "1"),
        Err(mut fault) => {
            if let Place::Bytes(range) = &mut fault.place {
                *range = range.start.saturating_sub(BEFORE.len())..range.end.saturating_sub(BEFORE.len()).min(expression.len());
                range.start = range.start.min(range.end);
            }
            Err(fault)
        }
    }
}

/// The variables that a template mentions.
pub(super) fn variables(text: &str) -> Result<Vec<String>, Fault> {
    if !openings(Delimiters::Curly).iter().any(|opening| text.contains(opening)) {
        return Ok(Vec::new());
    }
    let mut tera = expressions().clone();
    tera.add_raw_template("text", text).map_err(|error| fault(&error))?;
    let mut names: Vec<_> = tera.get_template_variables("text").map_err(|error| fault(&error))?.into_iter().map(str::to_owned).collect();
    names.sort();
    Ok(names)
}

fn too_large(name: Option<&str>, limit: usize) -> Fault {
    let message = format!("the output has more than {limit} bytes");
    Fault { template: name.map(str::to_owned), message, place: Place::Unknown, notes: Vec::new() }
}

/// Takes an error of the engine apart.
pub(super) fn fault(error: &tera::Error) -> Fault {
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
            let (message, notes) = split(report.message());
            let template = Some(report.filename().to_owned()).filter(|name| !name.is_empty());
            Fault { template, message, place: Place::Bytes(report.span().range.clone()), notes }
        }
        ErrorKind::Msg(text) => reported(text),
        ErrorKind::CircularInclude { tpl, .. } => Fault { template: Some(tpl.clone()), ..plain("the template includes itself") },
        ErrorKind::CircularExtend { tpl, .. } => Fault { template: Some(tpl.clone()), ..plain("the template extends itself") },
        ErrorKind::MissingParent { current, parent } => {
            Fault { template: Some(current.clone()), ..plain(&format!("there is no template `{parent}` to extend")) }
        }
        ErrorKind::Io(io::ErrorKind::FileTooLarge) => plain("the output is too large"),
        other => plain(&other.to_string()),
    }
}

fn plain(text: &str) -> Fault {
    let (message, notes) = split(text);
    Fault { template: None, message, place: Place::Unknown, notes }
}

/// Some errors come only as a report: `error: message`, then ` --> template:line:column`.
fn reported(text: &str) -> Fault {
    let mut lines = text.lines();
    let (Some(title), Some(place)) = (lines.next().and_then(|l| l.strip_prefix("error: ")), lines.next()) else { return plain(text) };
    let mut parts = place.trim_start().trim_start_matches("--> ").rsplitn(3, ':');
    let column = parts.next().and_then(|n| n.parse().ok());
    let line = parts.next().and_then(|n| n.parse().ok());
    let (message, notes) = split(title);
    match (line, column, parts.next()) {
        (Some(line), Some(column), Some(name)) => {
            Fault { template: Some(name.to_owned()), message, place: Place::Line(line, column), notes }
        }
        _ => Fault { template: None, message, place: Place::Unknown, notes },
    }
}

/// The house's grammar: one line in lower case without a final period; what follows becomes notes.
fn split(text: &str) -> (String, Vec<String>) {
    let sentences = text.lines().flat_map(|line| line.split(". ")).map(|part| part.trim().trim_end_matches('.'));
    let mut sentences = sentences.filter(|part| !part.is_empty()).map(lowered);
    (sentences.next().unwrap_or_default(), sentences.collect())
}

fn lowered(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
