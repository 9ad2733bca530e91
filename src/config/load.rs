//! Typed loading: a text becomes a Rust value, and every mistake in it a diagnostic with a place and a suggestion.

use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use crate::finding::{Diagnostic, SourceText, nearest};

use super::strict::Strict;
use super::{Format, LOCK_FILE, Node, SERVICE_FILE, Step, parse};

/// The most characters of what serde says, which may repeat a value.
const TITLE: usize = 300;

/// A config file that is not what it should be.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", .0.title)]
pub struct ConfigError(pub Box<Diagnostic>);

/// Reads `source` as a `T`. The text must hold one document.
///
/// # Errors
/// [`ConfigError`] that points at the first mistake: syntax, an unknown key, a missing key or a value of the wrong type.
pub fn load<T: DeserializeOwned>(source: &SourceText, format: Format) -> Result<(T, Node), ConfigError> {
    let mut documents = parse(source, format).map_err(|diagnostic| advised(diagnostic, source))?;
    let Some(root) = documents.pop() else {
        return Err(fail(source, 0..0, "file is empty", "nothing is set here"));
    };
    if !documents.is_empty() {
        return Err(fail(source, root.span.start..root.span.start, "file has more than one document", "another document starts here"));
    }
    match serde_path_to_error::deserialize(Strict(root.to_json())) {
        Ok(value) => Ok((value, root)),
        Err(error) => Err(locate(source, &root, &error)),
    }
}

/// Tells who meets the marks of a merge in a file that polity can merge what to do with them.
fn advised(mut diagnostic: Box<Diagnostic>, source: &SourceText) -> ConfigError {
    let is_ours = [LOCK_FILE, SERVICE_FILE].contains(&source.path().rsplit('/').next().unwrap_or_default());
    if is_ours && source.text().lines().any(|line| line.starts_with("<<<<<<< ")) {
        diagnostic.helps.push("`polity update` merges what both sides of a merge say".to_owned());
    }
    ConfigError(diagnostic)
}

fn fail(source: &SourceText, span: std::ops::Range<usize>, title: &str, label: &str) -> ConfigError {
    ConfigError(Box::new(Diagnostic::new(title).at(source.location(span, label))))
}

/// serde says what is wrong, the path says where; together they make a place.
fn locate(source: &SourceText, root: &Node, error: &serde_path_to_error::Error<serde_json::Error>) -> ConfigError {
    let mut steps = error.path().iter().filter_map(step).collect::<Vec<_>>();
    let message = discreet(&error.inner().to_string());
    let mut help = None;
    let mut title = message.clone();
    if let Some(rest) = message.strip_prefix("unknown field ") {
        let mut quoted = rest.split('`').skip(1).step_by(2);
        let wrong = quoted.next().unwrap_or_default();
        let known: Vec<_> = quoted.collect();
        // The path may or may not end in the unknown key itself; the place is always the key.
        if steps.last() != Some(&Step::Key(wrong.to_owned())) {
            steps.push(Step::Key(wrong.to_owned()));
        }
        title = format!("unknown key `{wrong}`");
        help = Some(nearest(wrong, known.iter().copied()).map_or_else(|| known_keys(&known), |near| format!("did you mean `{near}`?")));
    } else if message.starts_with("invalid type: sequence, expected struct") {
        title = "a list stands where keys and values belong".to_owned();
    } else if let Some(rest) = message.strip_prefix("missing field ") {
        title = format!("key {rest} is missing");
    } else if let Some(rest) = message.strip_prefix("unknown variant ") {
        let mut quoted = rest.split('`').skip(1).step_by(2);
        let wrong = quoted.next().unwrap_or_default().to_owned();
        let known: Vec<_> = quoted.collect();
        title = format!("unknown value `{wrong}`");
        help = Some(
            nearest(&wrong, known.iter().copied())
                .map_or_else(|| format!("one of: {}", known.join(", ")), |near| format!("did you mean `{near}`?")),
        );
    }
    let mut diagnostic = Diagnostic::new(cut(&title)).at(source.location(root.span_of(&steps), label_of(&title, &steps)));
    diagnostic.helps.extend(help);
    ConfigError(Box::new(diagnostic))
}

/// What serde says, without the texts that it repeats: the excerpt shows what stands there, and a title is no place for all of it.
fn discreet(message: &str) -> String {
    let repeated =
        ["invalid type: string ", "invalid value: string "].into_iter().find_map(|kind| Some((kind, message.strip_prefix(kind)?)));
    match repeated.and_then(|(kind, rest)| Some((kind, rest.rsplit_once("\", expected ")?.1))) {
        Some((kind, expected)) => format!("{}, expected {expected}", kind.trim_end()),
        None => message.to_owned(),
    }
}

fn cut(title: &str) -> String {
    title.char_indices().nth(TITLE).map_or_else(|| title.to_owned(), |(end, _)| format!("{}…", &title[..end]))
}

fn known_keys(known: &[&str]) -> String {
    if known.is_empty() { "no keys are allowed here".to_owned() } else { format!("the keys here are: {}", known.join(", ")) }
}

fn label_of(title: &str, steps: &[Step]) -> String {
    if title.starts_with("key ") {
        "it belongs here".to_owned()
    } else if title.starts_with("unknown key") {
        "not a key of this file format".to_owned()
    } else if steps.is_empty() {
        "this document".to_owned()
    } else {
        format!("in `{}`", pointer(steps))
    }
}

fn pointer(steps: &[Step]) -> String {
    let parts = steps.iter().map(|step| match step {
        Step::Key(name) => name.clone(),
        Step::Index(index) => index.to_string(),
    });
    parts.collect::<Vec<_>>().join(".")
}

fn step(segment: &Segment) -> Option<Step> {
    match segment {
        Segment::Seq { index } => Some(Step::Index(*index)),
        Segment::Map { key } => Some(Step::Key(key.clone())),
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ServiceFile;

    /// What loading a `polity.yaml` says: nothing, or the first mistake with its place.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let said = match load::<ServiceFile>(&SourceText::new("polity.yaml", text), Format::Yaml) {
            Ok(_) => String::new(),
            Err(ConfigError(d)) => {
                let at = &d.locations[0];
                format!("{}:{}: {}; {}; {}", at.start.line, at.start.column, d.title, at.label, d.helps.join("; "))
            }
        };
        assert_eq!(said, expected, "{text:?}");
    }

    #[test]
    fn every_mistake_has_a_place_and_a_next_step() {
        check("service: {name: orders, tier: core}\n", "");
        check("service:\n  name: o\n  onwer: x\n", "3:3: unknown key `onwer`; not a key of this file format; did you mean `owner`?");
        check("service: {tier: core}\n", "1:1: key `name` is missing; it belongs here; ");
        check("service: {name: o, tier: cor}\n", "1:20: unknown value `cor`; in `service.tier`; did you mean `core`?");
        check("service: {name: o}\nprovides:\n- name: x\n  kind: openapi\n  file: 7\n", PLACE_IN_A_LIST);
        check("service: a secret, expected \"\n", NO_REPETITION);
        check("service: {name: o}\nstaleness: {a: 5 s}\n", NO_SPAN);
        check("service: {name: o}\nstaleness: {a: 30s, b: 250ms}\ntimeouts: {c: 7d}\n", "");
        check("[]\n", "1:1: a list stands where keys and values belong; this document; ");
        check("service: [orders, shop]\n", "1:1: a list stands where keys and values belong; in `service`; ");
        check("", "1:1: file is empty; nothing is set here; ");
        check("service: {name: a}\n---\nservice: {name: b}\n", "3:1: file has more than one document; another document starts here; ");
    }

    const PLACE_IN_A_LIST: &str = "5:3: invalid type: integer `7`, expected a string; in `provides.0.file`; ";

    const NO_REPETITION: &str = "1:1: invalid type: string, expected struct ServiceFacts; in `service`; ";

    #[test]
    fn a_value_is_not_repeated_at_any_length() {
        let text = format!("service: {{name: o}}\nstaleness: {{a: {}}}\n", "x".repeat(9_000));
        let ConfigError(said) = load::<ServiceFile>(&SourceText::new("polity.yaml", text), Format::Yaml).unwrap_err();
        assert!(said.title.starts_with("`xxx") && said.title.chars().count() == TITLE + 1, "{}", said.title);
    }

    const NO_SPAN: &str = "2:13: `5 s` is not a span of time, such as `250ms`, `5s`, `10m`, `24h` or `7d`; in `staleness.a`; ";

    proptest::proptest! {
        #[test]
        fn no_text_makes_loading_panic(text in "(service|name|owner|provides|: |- |\n|  |[{}\\[\\],]|\\PC){0,40}") {
            let _ = load::<ServiceFile>(&SourceText::new("polity.yaml", text), Format::Yaml);
        }
    }
}
