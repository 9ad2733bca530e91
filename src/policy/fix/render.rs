//! Values as YAML and JSON text, in the plainest form that means the same.

use serde_json::Value as Json;

use crate::config::Format;

/// A value on one line.
pub(super) fn inline(value: &Json, format: Format) -> String {
    let name = |name: &String| if format == Format::Json { Json::String(name.clone()).to_string() } else { text(name) };
    match value {
        Json::String(text) if format == Format::Yaml && is_plain(text) => text.clone(),
        Json::Array(items) => format!("[{}]", items.iter().map(|item| inline(item, format)).collect::<Vec<_>>().join(", ")),
        Json::Object(members) => {
            let members = members.iter().map(|(key, member)| format!("{}: {}", name(key), inline(member, format)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// An entry of a block mapping, with the lines below it; without a line break at its end.
pub(super) fn block(name: &str, value: &Json, indent: usize, end: &str) -> String {
    let lead = " ".repeat(indent);
    match value {
        Json::Object(members) if !members.is_empty() => {
            let inner: Vec<_> = members.iter().map(|(name, member)| block(name, member, indent + 2, end)).collect();
            format!("{lead}{}:{end}{}", text(name), inner.join(end))
        }
        Json::Array(items) if !items.is_empty() => {
            let items: Vec<_> = items.iter().map(|item| format!("{lead}  - {}", inline(item, Format::Yaml))).collect();
            format!("{lead}{}:{end}{}", text(name), items.join(end))
        }
        other => format!("{lead}{}: {}", text(name), inline(other, Format::Yaml)),
    }
}

fn text(text: &str) -> String {
    inline(&Json::String(text.to_owned()), Format::Yaml)
}

/// Whether a text may stand without quotes, in flow collections too, for readers of YAML 1.1 as well (`no`, `1:30`).
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 10] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan"];
    let first = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let rest = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '@'));
    first && rest && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::parse;
    use crate::finding::SourceText;

    fn value() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i32>().prop_map(Json::from),
            "\\PC{0,8}|no|1e3|0x1F|~|a: b|# x|[\\n\\t\"']{1,3}".prop_map(Json::from)
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
                proptest::collection::btree_map("[a-z :#-]{0,4}", inner, 0..3).prop_map(|members| members.into_iter().collect())
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(value in value(), indent in 0usize..4) {
            for format in [Format::Yaml, Format::Json] {
                let read = parse(&SourceText::new("", inline(&value, format)), format).unwrap();
                prop_assert_eq!(read.first().map_or(Json::Null, |node| node.to_json()), value.clone());
            }
            let text = block("k", &value, indent, "\n");
            let read = parse(&SourceText::new("", text.as_str()), Format::Yaml).unwrap();
            prop_assert_eq!(read[0].to_json(), serde_json::json!({"k": value}), "{}", text);
        }
    }
}
