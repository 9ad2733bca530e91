//! English plurals and identifiers: enough for the names of resources, and no more than a page of rules.

use heck::ToSnakeCase as _;

/// Nouns whose plural follows no rule.
const IRREGULAR: [(&str, &str); 12] = [
    ("person", "people"),
    ("child", "children"),
    ("man", "men"),
    ("woman", "women"),
    ("foot", "feet"),
    ("tooth", "teeth"),
    ("goose", "geese"),
    ("mouse", "mice"),
    ("datum", "data"),
    ("medium", "media"),
    ("criterion", "criteria"),
    ("index", "indices"),
];
/// Nouns that are their own plural.
const UNCOUNTED: [&str; 8] = ["series", "species", "news", "equipment", "information", "sheep", "fish", "feedback"];
/// Singulars that end like a plural.
const SINGULAR_IN_S: [&str; 6] = ["ss", "us", "is", "as", "os", "ous"];
/// Rust's keywords, strict and reserved, of the 2024 edition.
const KEYWORDS: [&str; 53] = [
    "abstract",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "struct",
    "super",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "union",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
    "macro_rules",
];

/// The plural of the last word of `text`; the words before it stay.
pub(super) fn plural(text: &str) -> String {
    on_last_word(text, plural_word)
}

/// The singular of the last word of `text`; the words before it stay.
pub(super) fn singular(text: &str) -> String {
    on_last_word(text, singular_word)
}

/// A Rust identifier in snake case: a keyword gets a trailing `_`, a leading digit a leading `_`.
pub(super) fn rust_ident(text: &str) -> String {
    let snake = text.to_snake_case();
    if KEYWORDS.contains(&snake.as_str()) {
        format!("{snake}_")
    } else if snake.is_empty() || snake.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{snake}")
    } else {
        snake
    }
}

fn on_last_word(text: &str, change: fn(&str) -> String) -> String {
    let start = text.rfind(|c: char| !c.is_alphanumeric()).map_or(0, |i| i + text[i..].chars().next().map_or(1, char::len_utf8));
    let (before, word) = text.split_at(start);
    if word.is_empty() { text.to_owned() } else { format!("{before}{}", change(word)) }
}

fn plural_word(word: &str) -> String {
    if UNCOUNTED.contains(&word) || IRREGULAR.iter().any(|(_, many)| *many == word) {
        return word.to_owned();
    }
    if let Some((_, many)) = IRREGULAR.iter().find(|(one, _)| *one == word) {
        return (*many).to_owned();
    }
    if let Some(stem) = word.strip_suffix("sis") {
        return format!("{stem}ses");
    }
    if let Some(stem) = word.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u'])) {
        return format!("{stem}ies");
    }
    if word.ends_with('z') && !word.ends_with("zz") {
        return format!("{word}zes");
    }
    if ["s", "x", "z", "ch", "sh"].iter().any(|end| word.ends_with(end)) {
        return format!("{word}es");
    }
    format!("{word}s")
}

fn singular_word(word: &str) -> String {
    if UNCOUNTED.contains(&word) || IRREGULAR.iter().any(|(one, _)| *one == word) {
        return word.to_owned();
    }
    if let Some((one, _)) = IRREGULAR.iter().find(|(_, many)| *many == word) {
        return (*one).to_owned();
    }
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        return format!("{stem}y");
    }
    for (end, keep) in [("sses", 2), ("shes", 2), ("ches", 2), ("xes", 1), ("zzes", 2), ("uses", 2), ("yses", 1), ("eses", 1)] {
        if word.ends_with(end) && word.len() > end.len() {
            let stem = &word[..word.len() - end.len() + keep];
            return if keep == 1 && end != "xes" { format!("{stem}sis") } else { stem.to_owned() };
        }
    }
    if SINGULAR_IN_S.iter().any(|end| word.ends_with(end)) {
        return word.to_owned();
    }
    word.strip_suffix('s').filter(|stem| !stem.is_empty()).unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_and_singulars_are_inverse_for_the_names_of_resources() {
        let pairs = [
            ("order", "orders"),
            ("status", "statuses"),
            ("type", "types"),
            ("category", "categories"),
            ("day", "days"),
            ("box", "boxes"),
            ("branch", "branches"),
            ("address", "addresses"),
            ("person", "people"),
            ("analysis", "analyses"),
            ("credit-note", "credit-notes"),
            ("line_item", "line_items"),
            ("series", "series"),
            ("invoice", "invoices"),
            ("index", "indices"),
            ("wish", "wishes"),
        ];
        for (one, many) in pairs {
            assert_eq!((plural(one).as_str(), singular(many).as_str()), (many, one));
            assert_eq!(singular(one), one, "a singular stays as it is");
        }
        assert_eq!((plural(""), singular("s"), plural("a-")), (String::new(), "s".to_owned(), "a-".to_owned()));
    }

    #[test]
    fn identifiers_are_never_keywords() {
        for (text, expected) in
            [("order", "order"), ("credit-note", "credit_note"), ("type", "type_"), ("self", "self_"), ("3d", "_3d"), ("", "_")]
        {
            assert_eq!(rust_ident(text), expected);
        }
    }
}
