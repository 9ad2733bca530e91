//! The functions of templates that make texts. A part that is not known stays a hole in what only puts texts together.

use regex::Regex;
use ssh_encoding::base64::{Base64, Encoding as _};

use crate::config::{Document, Format, parse};
use crate::finding::SourceText;

use super::TEMPLATED;
use super::value::{HOLE, Value};

/// The longest text that is repeated to.
const MAX_TEXT: usize = 1 << 16;

/// What a function comes to; `None` where it is none of these, or nobody knows.
pub(super) fn text(name: &str, arguments: &[Value]) -> Option<Value> {
    kept(name, arguments).or_else(|| cut(name, arguments)).or_else(|| asked(name, arguments)).or_else(|| converted(name, arguments))
}

/// Functions that keep all of what they get, holes too.
fn kept(name: &str, arguments: &[Value]) -> Option<Value> {
    let of = |text: String| Some(Value::text(text));
    match (name, arguments) {
        ("printf", [format, values @ ..]) => of(printf(format.as_text()?, values)?),
        ("print", values) => of(values.iter().map(Value::print).collect()),
        ("cat", values) => of(values.iter().filter(|value| **value != Value::Null).map(Value::print).collect::<Vec<_>>().join(" ")),
        ("quote" | "squote", [value @ (Value::Unknown | Value::Something)]) => {
            let quote = if name == "quote" { '"' } else { '\'' };
            of(format!("{quote}{}{quote}", value.print()))
        }
        ("quote", values) => {
            let quoted = values.iter().filter(|value| **value != Value::Null).map(|value| quote(&value.print()));
            of(quoted.collect::<Vec<_>>().join(" "))
        }
        ("squote", values) => {
            let quoted = values.iter().filter(|value| **value != Value::Null).map(|value| format!("'{}'", value.print()));
            of(quoted.collect::<Vec<_>>().join(" "))
        }
        (_, [.., Value::Unknown | Value::Something]) => None,
        ("toString" | "toStrings", [value]) => of(value.print()),
        ("lower", [value]) => of(value.print().to_lowercase()),
        ("upper", [value]) => of(value.print().to_uppercase()),
        ("indent" | "nindent", [column, text]) => {
            let pad = " ".repeat(usize::try_from(whole(column)?).ok().filter(|column| *column < 100)?);
            let start = if name == "nindent" { "\n" } else { "" };
            of(format!("{start}{pad}{}", text.print().replace('\n', &format!("\n{pad}"))))
        }
        ("toYaml" | "mustToYaml" | "toYamlPretty", [value]) => of(value.to_yaml()),
        ("toJson" | "mustToJson" | "toRawJson" | "mustToRawJson" | "toPrettyJson", [value]) => of(value.to_json().to_string()),
        ("urlquery", [value]) => of(value.print().split(HOLE).map(escaped).collect::<Vec<_>>().join(&HOLE.to_string())),
        ("b64enc", [Value::Text(text)]) if !text.chars().all(|c| c == HOLE) => {
            of(Base64::encode_string(text.replace(HOLE, TEMPLATED).as_bytes()))
        }
        ("b64dec", [Value::Text(text)]) if !text.contains(HOLE) => of(plain(text)?.replace(TEMPLATED, &HOLE.to_string())),
        ("join", [separator, list]) => of(list.as_list()?.iter().map(Value::print).collect::<Vec<_>>().join(separator.as_text()?)),
        _ => None,
    }
}

/// Functions that take something away, which must not be a hole.
fn cut(name: &str, arguments: &[Value]) -> Option<Value> {
    let Some(Value::Text(text)) = arguments.last() else { return None };
    let borders = text.starts_with(HOLE) || text.ends_with(HOLE);
    let (part, is_sure) = match (name, arguments) {
        ("trim", [_]) => (text.trim(), !borders),
        ("trimAll", [cut, _]) => (text.trim_matches(|c| cut.print().contains(c)), !borders),
        ("trimPrefix", [prefix, _]) => (text.strip_prefix(prefix.as_text()?).unwrap_or(text), !text.starts_with(HOLE)),
        ("trimSuffix", [suffix, _]) => (text.strip_suffix(suffix.as_text()?).unwrap_or(text), !text.ends_with(HOLE)),
        ("trunc", [most, _]) => {
            let most = whole(most)?;
            let count = usize::try_from(most.unsigned_abs()).ok()?;
            let from_end = text.len().saturating_sub(count);
            let part = if most < 0 { text.get(from_end..) } else { text.get(..count.min(text.len())) };
            (part?, !text.contains(HOLE))
        }
        _ => return None,
    };
    // What goes with a hole is not known: a mere hole stands for it.
    Some(if is_sure { Value::text(part) } else { Value::Unknown })
}

/// Functions about texts that are known.
fn asked(name: &str, arguments: &[Value]) -> Option<Value> {
    let texts: Vec<_> = arguments.iter().map(|value| value.as_text().unwrap_or_default()).collect();
    let are_texts = arguments.iter().all(|value| value.as_text().is_some());
    Some(match (name, &texts[..]) {
        _ if !are_texts => return None,
        ("contains", [part, whole]) => Value::Bool(whole.contains(part)),
        ("hasPrefix", [part, whole]) => Value::Bool(whole.starts_with(part)),
        ("hasSuffix", [part, whole]) => Value::Bool(whole.ends_with(part)),
        ("regexMatch" | "mustRegexMatch", [pattern, text]) => Value::Bool(Regex::new(pattern).ok()?.is_match(text)),
        ("regexFind", [pattern, text]) => Value::text(Regex::new(pattern).ok()?.find(text).map(|found| found.as_str()).unwrap_or_default()),
        ("regexReplaceAll" | "mustRegexReplaceAll", [pattern, text, with]) => {
            Value::text(Regex::new(pattern).ok()?.replace_all(text, *with))
        }
        ("regexReplaceAllLiteral", [pattern, text, with]) => {
            Value::text(Regex::new(pattern).ok()?.replace_all(text, regex::NoExpand(with)))
        }
        ("replace", [old, new, text]) => Value::text(text.replace(old, new)),
        ("splitList", [separator, text]) => Value::list(text.split(separator).map(Value::text)),
        ("split", [separator, text]) => {
            Value::map(text.split(separator).enumerate().map(|(at, part)| (format!("_{at}"), Value::text(part))).collect())
        }
        ("nospace", [text]) => Value::text(text.split_whitespace().collect::<String>()),
        ("title", [text]) => {
            let mut start = true;
            let capital = |c: char| if std::mem::replace(&mut start, c.is_whitespace()) { c.to_ascii_uppercase() } else { c };
            Value::text(text.chars().map(capital).collect::<String>())
        }
        ("fromYaml" | "mustFromYaml" | "fromYamlArray" | "fromJson" | "mustFromJson" | "fromJsonArray", [text]) => from_yaml(text)?,
        // What these make is known to nobody who does not look for it; it holds.
        ("sha256sum" | "sha1sum" | "adler32sum", [text]) if !text.is_empty() => Value::Something,
        _ => return None,
    })
}

/// Functions of texts and numbers.
fn converted(name: &str, arguments: &[Value]) -> Option<Value> {
    match (name, arguments) {
        ("repeat", [times, text]) => {
            let (times, text) = (usize::try_from(whole(times)?).ok()?, text.as_text()?);
            (text.len().saturating_mul(times) < MAX_TEXT).then(|| Value::text(text.repeat(times)))
        }
        ("substr", [from, to, text]) => {
            let (from, text) = (usize::try_from(whole(from)?).ok()?, text.as_text()?);
            let to = usize::try_from(whole(to)?).map_or(text.len(), |to| to.min(text.len()));
            text.get(from..to).map(Value::text)
        }
        // These have arguments that are not known, and a text that is not known.
        ("fromYaml" | "fromYamlArray" | "fromJson" | "fromJsonArray", [Value::Text(text)]) => from_yaml(text),
        ("randAlphaNum" | "randAlpha" | "randNumeric" | "randAscii" | "uuidv4" | "now" | "genCA", _) => Some(Value::Something),
        _ => None,
    }
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|float| float as i64)),
        _ => None,
    }
}

/// The first document of a text; nothing is an empty mapping.
fn from_yaml(text: &str) -> Option<Value> {
    let documents = parse(&SourceText::new("text", text), Format::Yaml).ok()?;
    match documents.first().map(Document::to_json) {
        None | Some(serde_json::Value::Null) => Some(Value::map(Default::default())),
        Some(value) => Some(Value::from(&value)),
    }
}

/// The text behind base64 (RFC 4648, section 4); `None` for what is none.
fn plain(text: &str) -> Option<String> {
    String::from_utf8(Base64::decode_vec(text).ok()?).ok()
}

/// A text as a part of an address: Go's `url.QueryEscape`.
fn escaped(text: &str) -> String {
    let one = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

/// A text in Go's quotes.
fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Go's formats, as far as charts use them.
fn printf(format: &str, values: &[Value]) -> Option<String> {
    let mut out = String::new();
    let (mut values, mut rest) = (values.iter(), format.chars());
    while let Some(c) = rest.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match rest.next()? {
            '%' => out.push('%'),
            verb @ ('s' | 'd' | 'v' | 'q' | 't') => match (verb, values.next()?) {
                (_, Value::Unknown | Value::Something) => out.push(HOLE),
                ('q', Value::Text(text)) => out.push_str(&quote(text)),
                ('v', value) => out.push_str(&value.print()),
                ('s', value @ Value::Text(_)) | ('d', value @ Value::Number(_)) | ('t', value @ Value::Bool(_)) => {
                    out.push_str(&value.print());
                }
                _ => return None,
            },
            _ => return None,
        }
    }
    values.next().is_none().then_some(out)
}
