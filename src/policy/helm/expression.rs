//! The expressions of Go's templates: pipelines of commands, read once and evaluated elsewhere.

use super::value::Value;

/// The deepest nesting of parentheses that is looked into.
const MAX_DEPTH: usize = 16;

/// A pipeline: each command gets what the one before it made as its last argument.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expression(pub Vec<Command>);

/// Something with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Command {
    pub head: Operand,
    pub arguments: Vec<Operand>,
}

/// One word of a command.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    /// A number, a text, a truth value, nil.
    Literal(Value),
    /// `.a.b`
    Dot(String),
    /// `$name.a.b`, where `$` alone has the name ``.
    Variable(String, String),
    /// `(…).a.b`
    Inner(Expression, String),
    /// A function.
    Function(String),
    /// Anything else.
    Odd,
}

impl Expression {
    /// Reads the text of a pipeline.
    pub fn new(text: &str) -> Self {
        Self::read(text, 0)
    }

    fn read(text: &str, depth: usize) -> Self {
        let command = |part: &str| {
            let mut words = parts(part.trim(), ' ').into_iter().map(str::trim).filter(|word| !word.is_empty());
            let head = words.next().map_or(Operand::Odd, |word| Operand::read(word, depth));
            Command { head, arguments: words.map(|word| Operand::read(word, depth)).collect() }
        };
        Self(parts(text, '|').into_iter().map(command).collect())
    }

    /// The column at which `nindent` or `indent` puts the text.
    pub fn indent(&self) -> Option<usize> {
        let last = self.0.last()?;
        match (&last.head, &last.arguments[..]) {
            (Operand::Function(name), [Operand::Literal(Value::Number(column)), ..]) if name.ends_with("indent") => {
                usize::try_from(column.as_u64()?).ok()
            }
            _ => None,
        }
    }
}

impl Operand {
    fn read(word: &str, depth: usize) -> Self {
        if let Some(rest) = word.strip_prefix('(') {
            let Some((inner, path)) = rest.rsplit_once(')').filter(|(_, path)| path.is_empty() || path.starts_with('.')) else {
                return Self::Odd;
            };
            return if depth < MAX_DEPTH { Self::Inner(Expression::read(inner, depth + 1), path.to_owned()) } else { Self::Odd };
        }
        if let Some(text) = word.strip_prefix('"').and_then(|w| w.strip_suffix('"')) {
            return serde_json::from_str::<String>(&format!("\"{text}\"")).map_or(Self::Odd, |text| Self::Literal(Value::text(text)));
        }
        if let Some(text) = word.strip_prefix('`').and_then(|w| w.strip_suffix('`')) {
            return Self::Literal(Value::text(text));
        }
        if let Some(path) = word.strip_prefix('$') {
            let (name, rest) = path.split_once('.').unwrap_or((path, ""));
            return Self::Variable(name.to_owned(), rest.to_owned());
        }
        if let Some(path) = word.strip_prefix('.') {
            return Self::Dot(path.to_owned());
        }
        match word {
            "nil" => Self::Literal(Value::Null),
            "true" | "false" => Self::Literal(Value::Bool(word == "true")),
            _ if word.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
                serde_json::from_str(word).map_or(Self::Odd, |number| Self::Literal(Value::Number(number)))
            }
            _ => Self::Function(word.to_owned()),
        }
    }
}

/// The parts between separators that stand outside of quotes and parentheses.
fn parts(text: &str, separator: char) -> Vec<&str> {
    let (mut found, mut start, mut depth, mut quote) = (Vec::new(), 0, 0usize, None);
    let mut skip = false;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if skip => skip = false,
            (Some('"' | '\''), '\\') => skip = true,
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`' | '\'') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 && (c == separator || separator == ' ' && c.is_whitespace()) => {
                found.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    found.push(&text[start..]);
    found
}
