//! `object.subset`, with OPA's own notion of arrays in arrays. The engine panics on an empty one.

use regorus::Value as Rego;

use super::{Answer, Function};

pub(super) const FUNCTIONS: &[(&str, u8, Function)] = &[("object.subset", 2, |args, _| subset(&args[0], &args[1]))];

fn subset(whole: &Rego, part: &Rego) -> Answer {
    if let (Rego::Array(items), Rego::Set(wanted)) = (whole, part) {
        // An element that stands twice counts twice, and an empty array has no part at all.
        let found = items.iter().filter(|item| wanted.contains(item)).count();
        return Ok(Rego::from(!items.is_empty() && found >= wanted.len()));
    }
    let wrong = "both arguments of object.subset must be of the same type, or array and set";
    within(whole, part).map(Rego::from).ok_or_else(|| wrong.into())
}

/// Whether a collection has all of another one of its kind; arrays have theirs in one piece.
fn within(whole: &Rego, part: &Rego) -> Option<bool> {
    match (whole, part) {
        (Rego::Object(whole), Rego::Object(part)) => Some(
            part.iter().all(|(key, wanted)| whole.get(key).is_some_and(|found| found == wanted || within(found, wanted) == Some(true))),
        ),
        (Rego::Set(whole), Rego::Set(part)) => Some(part.is_subset(whole)),
        (Rego::Array(whole), Rego::Array(part)) => Some(stands_in(&part.iter().collect::<Vec<_>>(), &whole.iter().collect::<Vec<_>>())),
        _ => None,
    }
}

/// Whether a list is a piece of another one.
fn stands_in(part: &[&Rego], whole: &[&Rego]) -> bool {
    part.is_empty() || whole.windows(part.len()).any(|piece| piece == part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::conftest::functions::Setting;

    #[track_caller]
    fn check(whole: &str, part: &str, expected: Option<bool>) {
        let value = |text: &str| match text.strip_prefix("set") {
            Some(items) => {
                let items = Rego::from_json_str(items).unwrap();
                Rego::from(items.as_array().unwrap().iter().cloned().collect::<std::collections::BTreeSet<_>>())
            }
            None => Rego::from_json_str(text).unwrap(),
        };
        let found = (FUNCTIONS[0].2)(&[value(whole), value(part)], &Setting::default());
        assert_eq!(found.ok(), expected.map(Rego::from), "{whole} {part}");
    }

    #[test]
    fn collections_have_parts() {
        for (whole, part, expected) in [
            ("[1, 2]", "[]", true),
            ("[]", "[]", true),
            ("[1, 2, 3]", "[2, 3]", true),
            ("[1, 2, 3]", "[1, 3]", false),
            ("[1]", "[1, 2]", false),
            (r#"{"a": {"b": [1, 2], "c": 3}}"#, r#"{"a": {"b": []}}"#, true),
            (r#"{"a": 1}"#, r#"{"a": 2}"#, false),
            (r#"{"a": [1]}"#, r#"{"a": {}}"#, false),
            ("set[1, 2]", "set[1]", true),
            ("[1, 2]", "set[1]", true),
            ("[1]", "set[1, 2]", false),
            ("[]", "set[]", false),
            ("[1, 1]", "set[1, 2]", true),
        ] {
            check(whole, part, Some(expected));
        }
        check("1", "1", None);
        check("set[1]", "[1]", None);
    }
}
