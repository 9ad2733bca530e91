//! The filters that polity adds to Tera's own: words, identifiers, and literals of the languages that templates write.
//!
//! All are pure. A literal filter writes its quotes too, so that a template cannot forget them.

use heck::{ToKebabCase as _, ToLowerCamelCase as _, ToPascalCase as _, ToShoutySnakeCase as _, ToSnakeCase as _, ToTitleCase as _};
use tera::{Error, Kwargs, State, Tera, TeraResult, Value};

use super::cargo;
use super::limits::MAX_TEXT;
use super::words::{plural, rust_ident, singular};

/// A filter that takes a text and gives a text.
type TextFilter = (&'static str, fn(&str) -> String);

/// The filters on texts; `reference/templates.md` says what each does.
const TEXT_FILTERS: [TextFilter; 14] = [
    ("kebab", |t| t.to_kebab_case()),
    ("snake", |t| t.to_snake_case()),
    ("screaming_snake", |t| t.to_shouty_snake_case()),
    ("pascal", |t| t.to_pascal_case()),
    ("camel", |t| t.to_lower_camel_case()),
    ("title", |t| t.to_title_case()),
    ("plural", plural),
    ("singular", singular),
    ("slug", slug),
    ("rust_ident", rust_ident),
    ("rust", rust),
    ("sh", sh),
    ("markdown", markdown),
    ("cargo_lock", cargo::lock),
];

/// Adds the filters, and bounded versions of those of Tera that can multiply a text.
pub(super) fn register(tera: &mut Tera) {
    for (name, apply) in TEXT_FILTERS {
        tera.register_filter(name, move |text: &str, _: Kwargs, _: &State<'_>| apply(text));
    }
    for name in ["json", "yaml", "toml"] {
        tera.register_filter(name, |value: &Value, _: Kwargs, _: &State<'_>| json(value));
    }
    tera.register_filter("replace", replace);
    tera.register_filter("indent", indent);
}

/// Tera's `replace`, which could make a text of 10 GB from two of 64 KB, with a bound.
fn replace(text: &str, kwargs: Kwargs, _: &State<'_>) -> TeraResult<String> {
    let (from, to) = (kwargs.must_get::<&str>("from")?, kwargs.must_get::<&str>("to")?);
    let size = text.len() + text.matches(from).count().saturating_mul(to.len());
    if size > 16 * MAX_TEXT {
        return Err(Error::message("`replace` would make a text of more than 1 MiB"));
    }
    Ok(text.replace(from, to))
}

/// Tera's `indent` with a bound on the width.
fn indent(text: &str, kwargs: Kwargs, _: &State<'_>) -> TeraResult<String> {
    let width = kwargs.get::<usize>("width")?.unwrap_or(4);
    let (first, blank) = (kwargs.get::<bool>("first")?.unwrap_or(false), kwargs.get::<bool>("blank")?.unwrap_or(false));
    if width > 200 {
        return Err(Error::message("`indent` takes a `width` of at most 200"));
    }
    let margin = " ".repeat(width);
    let mut indented = String::with_capacity(text.len() + width);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let is_blank = line.trim_end_matches(['\n', '\r']).is_empty();
        if (number > 0 || first) && (!is_blank || blank) {
            indented.push_str(&margin);
        }
        indented.push_str(line);
    }
    Ok(indented)
}

fn json(value: &Value) -> TeraResult<String> {
    literal(value).map_err(|error| Error::message(error.to_string()))
}

/// JSON on one line; also a valid YAML flow value, and for texts a valid TOML basic string.
pub(super) fn literal(value: &impl serde::Serialize) -> Result<String, serde_json::Error> {
    let text = serde_json::to_string(value)?;
    // TOML refuses DEL and YAML the C1 controls and the two separators; JSON reads the escapes as well as the characters.
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => escaped.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => escaped.push(c),
        }
    }
    Ok(escaped)
}

fn rust(text: &str) -> String {
    let mut literal = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            c if c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}') =>
            {
                literal.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
            }
            c => literal.push(c),
        }
    }
    literal + "\""
}

fn sh(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// One word of a POSIX shell, in quotes only where it needs them; no option, whatever it begins with.
#[must_use]
pub fn shell_word(text: &str) -> String {
    let is_safe = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '/' | '@' | '%' | '+' | '=' | ':' | ',' | '-');
    let word = if text.starts_with('-') { format!("./{text}") } else { text.to_owned() };
    if !word.is_empty() && word.chars().all(is_safe) { word } else { sh(&word) }
}

fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (index, c) in text.char_indices() {
        let starts_line =
            text[..index].trim_end_matches([' ', '\t']).is_empty() || text[..index].trim_end_matches([' ', '\t']).ends_with('\n');
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '$' | '{' | '}' => escaped.push('\\'),
            '#' | '+' | '-' | '=' if starts_line => escaped.push('\\'),
            '.' | ')' if text[..index].rsplit('\n').next().is_some_and(is_number) => escaped.push('\\'),
            _ => {}
        }
        escaped.push(c);
    }
    escaped
}

/// `1.` and `1)` at the start of a line would begin a list.
fn is_number(text: &str) -> bool {
    let text = text.trim_start();
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn slug(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    let mut slug = String::new();
    for c in text.nfkd().filter(|c| !unicode_normalization::char::is_combining_mark(*c)) {
        match c {
            'ß' => slug.push_str("ss"),
            'æ' | 'Æ' => slug.push_str("ae"),
            'ø' | 'Ø' => slug.push('o'),
            'ł' | 'Ł' => slug.push('l'),
            c if c.is_ascii_alphanumeric() => slug.push(c.to_ascii_lowercase()),
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_change_their_case() {
        let apply = |name: &str, text: &str| TEXT_FILTERS.iter().find(|f| f.0 == name).unwrap().1(text);
        for (name, expected) in [
            ("kebab", "credit-note"),
            ("snake", "credit_note"),
            ("screaming_snake", "CREDIT_NOTE"),
            ("pascal", "CreditNote"),
            ("camel", "creditNote"),
            ("title", "Credit Note"),
        ] {
            assert_eq!(apply(name, "credit-note"), expected);
        }
        assert_eq!((slug("Équipe Ñandú & Söhne!"), slug("Отдел")), ("equipe-nandu-sohne".to_owned(), String::new()));
    }

    #[test]
    fn a_shell_word_has_quotes_where_it_needs_them() {
        for (text, expected) in [("orders", "orders"), ("./a/b-c", "./a/b-c"), ("a b", "'a b'"), ("-x", "./-x"), ("", "''"), ("$x", "'$x'")]
        {
            assert_eq!(shell_word(text), expected);
        }
    }

    #[test]
    fn markup_is_escaped() {
        assert_eq!(markdown("# a *b* [c](d)\n1. <x>"), "\\# a \\*b\\* \\[c\\](d)\n1\\. \\<x\\>");
    }

    proptest! {
        #[test]
        fn a_json_literal_means_the_text_in_json_yaml_and_toml(text in "(\\PC|[\u{0}-\u{9f}\u{2028}\u{feff}]){0,40}") {
            let literal = json(&Value::from(text.as_str())).unwrap();
            prop_assert_eq!(&serde_json::from_str::<String>(&literal).unwrap(), &text);
            prop_assert_eq!(&serde_yaml::from_str::<String>(&literal).unwrap(), &text);
            let toml = format!("a = {literal}\n").parse::<toml_edit::DocumentMut>().unwrap();
            prop_assert_eq!(toml["a"].as_str().unwrap(), &text);
        }

        #[test]
        fn a_shell_word_means_the_text(text in "[^\u{0}]{0,40}") {
            let output = std::process::Command::new("sh").args(["-c", &format!("printf %s {}", sh(&text))]).output().unwrap();
            prop_assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
        }
    }
}
