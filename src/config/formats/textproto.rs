//! Protocol Buffers in their text format, in the shape of their JSON form with the field names of the schema.
//!
//! A text names its message in a comment, `# proto-message: shop.Order`; the schema comes from `.proto` files that the caller read.

use std::fmt::Display;
use std::sync::LazyLock;

use miette::Diagnostic;
use prost_reflect::{DescriptorPool, DynamicMessage, ReflectMessage as _, SerializeOptions, Value as Field};
use regex::Regex;
use serde_json::Value;

/// The deepest nesting of messages. Each level takes two of JSON, which ends at 128; there the parser, when it is not optimised, has used
/// the stack of a thread.
const MAX_DEPTH: usize = 60;

static MESSAGE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"#\s+proto-message:\s+([a-zA-Z0-9_.]+)").ok());

/// The messages that texts may be of; by default those that come with Protocol Buffers themselves.
#[derive(Clone, Debug, Default)]
pub struct Schemas(Option<DescriptorPool>);

/// A `.proto` file.
#[derive(Clone, Debug)]
pub struct ProtoFile {
    /// Its path, as messages show it and imports may name it.
    pub path: String,
    /// Its path below the folder that was searched: imports may name that as well.
    pub inner: String,
    /// Its text.
    pub text: String,
}

impl Schemas {
    /// Reads `.proto` files, which may import each other in any order.
    ///
    /// # Errors
    /// One line with the place of the first mistake.
    pub fn load(files: &[ProtoFile]) -> Result<Self, String> {
        let mut parsed = Vec::new();
        for file in files {
            let found = protox_parse::parse(&file.path, &file.text);
            let mut found = found.map_err(|e| format!("load proto file {}: parse proto: {}", file.path, located(&file.text, &e)))?;
            for import in &mut found.dependency {
                if !files.iter().any(|other| other.path == *import)
                    && let Some(meant) = files.iter().find(|other| other.inner == *import)
                {
                    import.clone_from(&meant.path);
                }
            }
            parsed.push(found);
        }
        let mut pool = DescriptorPool::global();
        pool.add_file_descriptor_protos(parsed).map_err(|e| format!("load proto files: {e}"))?;
        Ok(Self(Some(pool)))
    }
}

/// Reads a text.
pub(super) fn parse(text: &str, schemas: &Schemas) -> Result<Value, String> {
    let named = MESSAGE.as_ref().and_then(|pattern| text.lines().find_map(|line| pattern.captures(line)));
    let name = named.ok_or("extract proto message type: file does not contain necessary proto-message comment")?;
    let message = schemas.0.clone().unwrap_or_else(DescriptorPool::global).get_message_by_name(&name[1]);
    let message = message.ok_or_else(|| {
        format!("look up message type \"{}\": not found (name the folder of its schema with --proto-file-dirs)", &name[1])
    })?;
    depth(text)?;
    let parsed = DynamicMessage::parse_text_format(message, text).map_err(|e| format!("unmarshal textproto: {}", located(text, &e)))?;
    required(&parsed).map_err(|field| format!("unmarshal textproto: required field {field} not set"))?;
    let options = SerializeOptions::new().use_proto_field_name(true).stringify_64_bit_integers(true);
    let mut bytes = Vec::new();
    parsed.serialize_with_options(&mut serde_json::Serializer::new(&mut bytes), &options).map_err(|e| format!("marshal JSON: {e}"))?;
    super::json::parse(&String::from_utf8_lossy(&bytes))
}

/// The parser of texts calls itself for every message within a message and has no bound of its own.
fn depth(text: &str) -> Result<(), String> {
    let (mut depth, mut quote, mut rest) = (0_usize, None, text.char_indices());
    while let Some((at, c)) = rest.next() {
        match (c, quote) {
            ('\\', Some(_)) => drop(rest.next()),
            (_, Some(end)) if c == end => quote = None,
            (_, Some(_)) => {}
            ('"' | '\'', None) => quote = Some(c),
            ('#', None) => drop(rest.find(|(_, c)| *c == '\n')),
            ('{' | '<', None) => depth += 1,
            ('}' | '>', None) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Err(format!("unmarshal textproto: {}: nested too deeply", place(text, at)));
        }
    }
    Ok(())
}

/// Every field that the schema requires is there, in messages within messages as well.
fn required(message: &DynamicMessage) -> Result<(), String> {
    if let Some(field) = message.descriptor().fields().find(|field| field.is_required() && !message.has_field(field)) {
        return Err(field.full_name().to_owned());
    }
    let within = |value: &Field| value.as_message().map_or(Ok(()), required);
    for (_, value) in message.fields() {
        match value {
            Field::List(items) => items.iter().try_for_each(within)?,
            Field::Map(members) => members.values().try_for_each(within)?,
            single => within(single)?,
        }
    }
    Ok(())
}

fn located<E: Diagnostic + Display>(text: &str, error: &E) -> String {
    let at = error.labels().and_then(|mut labels| labels.next()).map_or(text.len(), |label| label.offset());
    format!("{}: {error}", place(text, at))
}

/// Line and column, both from 1.
fn place(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    format!("{}:{}", before.matches('\n').count() + 1, line.chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SHOP: &str = "syntax = \"proto3\";\npackage shop.v_1;\nimport \"kind.proto\";\nimport \"google/protobuf/timestamp.proto\";\nmessage Order {\n  string the_name = 1;\n  int32 count = 2;\n  int64 big = 3;\n  float part = 4;\n  shop.Kind kind = 5;\n  repeated Order parts = 6;\n  map<string, bytes> more = 7;\n  google.protobuf.Timestamp at = 8;\n  double whole = 9;\n}\n";
    const KIND: &str = "syntax = \"proto2\";\npackage shop;\nenum Kind { NONE = 0; GOOD = 1; }\nmessage Strict { required string name = 1; optional Strict inner = 2; }\n";

    fn schemas() -> Schemas {
        let file = |inner: &str, text: &str| ProtoFile { path: format!("protos/{inner}"), inner: inner.to_owned(), text: text.to_owned() };
        Schemas::load(&[file("shop.proto", SHOP), file("kind.proto", KIND)]).unwrap_or_else(|e| panic!("{e}"))
    }

    #[track_caller]
    fn refuses(message: &str, text: &str, part: &str) {
        let said = parse(&format!("# proto-message: {message}\n{text}"), &schemas()).expect_err(text);
        assert!(said.contains(part), "{text}: {said}");
    }

    #[test]
    fn fields_have_the_names_of_the_schema_and_the_values_of_its_json_form() {
        let text = "# proto-file: shop.proto\n# proto-message: shop.v_1.Order\nthe_name: 'a' \"b\"\ncount: 0x10 big: 9007199254740993\npart: 0.1 whole: 3\nkind: GOOD\nparts { the_name: \"{{{\" } parts < >\nmore { key: \"k\" value: \"\\001\" }\nat { seconds: 1 }\n";
        let expected = json!({
            "the_name": "ab", "count": 16, "big": "9007199254740993", "part": 0.1, "whole": 3, "kind": "GOOD",
            "parts": [{"the_name": "{{{"}, {}], "more": {"k": "AQ=="}, "at": "1970-01-01T00:00:01Z",
        });
        assert_eq!(parse(text, &schemas()), Ok(expected));
    }

    #[test]
    fn what_does_not_fit_the_schema_is_refused_with_its_place() {
        refuses("shop.v_1.Order", "count: 1\n  cuont: 2\n", "unmarshal textproto: 3:3: field 'cuont' not found");
        refuses("shop.v_1.Order", "count: \"x\"\n", "2:8");
        refuses("shop.v_1.Order", "count: 99999999999\n", "2:8");
        refuses("shop.v_1.Order", "parts {\n", "3:1");
        refuses("shop.Strict", "name: \"a\" inner { }\n", "required field shop.Strict.name not set");
        refuses("shop.Other", "", "look up message type \"shop.Other\"");
        assert_eq!(
            parse("a: 1", &schemas()),
            Err("extract proto message type: file does not contain necessary proto-message comment".to_owned())
        );
    }

    #[test]
    fn schemas_with_mistakes_are_refused_with_their_place() {
        let load = |text: &str| {
            let file = ProtoFile { path: "a.proto".to_owned(), inner: "a.proto".to_owned(), text: text.to_owned() };
            Schemas::load(&[file]).expect_err(text)
        };
        assert!(load("syntax = \"proto3\";\nmessage A {\n  strin\n}\n").starts_with("load proto file a.proto: parse proto: 4:1: "));
        assert!(load("syntax = \"proto3\";\nmessage A { B b = 1; }\n").contains("'B'"));
        assert!(load("syntax = \"proto3\";\nimport \"none.proto\";\n").contains("none.proto"));
        assert!(load(&"message A {".repeat(50_000)).contains("nest"));
        assert!(load(&format!("option a = {};", "{ b: ".repeat(50_000))).starts_with("load proto file a.proto"));
    }

    #[test]
    fn texts_that_mean_harm_are_refused() {
        for open in ["parts {", "parts <", "parts { more { key: \"}}}\" } # }\n"] {
            refuses("shop.v_1.Order", &open.repeat(100_000), "nested too deeply");
        }
        let nested = |depth: usize| format!("{}{}", "parts {".repeat(depth), "}".repeat(depth));
        refuses("shop.v_1.Order", &nested(MAX_DEPTH + 1), "nested too deeply");
        assert!(parse(&format!("# proto-message: shop.v_1.Order\n{}", nested(MAX_DEPTH)), &schemas()).is_ok());
        refuses("shop.v_1.Order", &"[".repeat(100_000), "2:2");
        refuses("shop.v_1.Order", &format!("the_name: \"{}", "\\x".repeat(10)), "unmarshal textproto");
    }
}
