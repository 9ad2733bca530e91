//! JSON (RFC 8259) with places, on the syntax tree of `jsonc-parser` with every extension switched off; files `*.jsonc` may have comments
//! and a comma behind the last member.

use std::borrow::Cow;

use jsonc_parser::ast::{ObjectProp, Value as Ast};
use jsonc_parser::common::{Range as AstRange, Ranged as _};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use crate::finding::{Diagnostic, SourceText};

use super::document::MAX_DEPTH;
use super::{Key, Node, Value};

const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

const WITH_COMMENTS: ParseOptions = ParseOptions { allow_comments: true, allow_trailing_commas: true, ..STRICT };

/// The byte order mark.
const MARK: char = '\u{feff}';

/// Parses one JSON text.
pub(super) fn parse(source: &SourceText) -> Result<Node, Box<Diagnostic>> {
    let may_comment = source.path().rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("jsonc"));
    let options = if may_comment { &WITH_COMMENTS } else { &STRICT };
    let text = without_mark(source.text());
    let result = parse_to_ast(&text, &CollectOptions::default(), options).map_err(|error| {
        let range = error.range();
        Box::new(Diagnostic::new("file is not valid JSON").at(source.location(range.start..range.end, error.kind().to_string())))
    })?;
    let Some(value) = result.value else {
        return Err(Box::new(Diagnostic::new("file is not valid JSON").at(source.location(0..0, "the file is empty"))));
    };
    convert(source, value, 0)
}

/// The text with blanks in the place of a byte order mark, which RFC 8259 (section 8.1) lets a parser ignore: every place stays where it is.
pub(super) fn without_mark(text: &str) -> Cow<'_, str> {
    text.strip_prefix(MARK).map_or(Cow::Borrowed(text), |body| Cow::Owned(format!("{:1$}{body}", "", MARK.len_utf8())))
}

fn convert(source: &SourceText, ast: Ast<'_>, depth: usize) -> Result<Node, Box<Diagnostic>> {
    let span = span(ast.range());
    if depth > MAX_DEPTH {
        let label = format!("more than {MAX_DEPTH} levels");
        return Err(Box::new(Diagnostic::new("file is nested too deeply").at(source.location(span.start..span.start + 1, label))));
    }
    let value = match ast {
        Ast::NullKeyword(_) => Value::Null,
        Ast::BooleanLit(literal) => Value::Bool(literal.value),
        Ast::StringLit(literal) => Value::String(literal.value.into_owned()),
        Ast::NumberLit(literal) => match serde_json::from_str(literal.value) {
            Ok(number) => Value::Number(number),
            Err(_) => return Err(Box::new(Diagnostic::new("file is not valid JSON").at(source.location(span, "not a number")))),
        },
        Ast::Array(array) => {
            Value::Sequence(array.elements.into_iter().map(|item| convert(source, item, depth + 1)).collect::<Result<_, _>>()?)
        }
        Ast::Object(object) => Value::Mapping(members(source, object.properties, depth)?.into()),
    };
    Ok(Node { value, span })
}

fn members(source: &SourceText, properties: Vec<ObjectProp<'_>>, depth: usize) -> Result<Vec<(Key, Node)>, Box<Diagnostic>> {
    let mut seen = std::collections::HashMap::new();
    let mut entries = Vec::with_capacity(properties.len());
    for property in properties {
        let key_span = span(property.name.range());
        let name = property.name.into_string();
        if let Some(first) = seen.insert(name.clone(), key_span.clone()) {
            let diagnostic = Diagnostic::new(format!("key `{name}` is set twice"));
            let second = source.location(key_span, "set again here");
            return Err(Box::new(diagnostic.at(second).at(source.location(first, "first set here"))));
        }
        entries.push((Key { name, span: key_span }, convert(source, property.value, depth + 1)?));
    }
    Ok(entries)
}

fn span(range: AstRange) -> std::ops::Range<usize> {
    range.start..range.end
}
