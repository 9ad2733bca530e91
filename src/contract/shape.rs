//! The vocabulary in which `openapi` writes down the objects of the specification, and the versions they belong to.

use crate::config::{Node, Value};

/// The version of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    /// The minor version: 0, 1 or 2.
    pub minor: u8,
    /// As the document writes it.
    pub text: String,
}

impl Version {
    /// The version that a document states, or what it is instead.
    pub(super) fn of(root: &Node) -> Result<Self, String> {
        let Value::Mapping(_) = &root.value else { return Err("the root is no mapping".to_owned()) };
        let Some(node) = root.get("openapi") else {
            let other = ["swagger", "asyncapi", "arazzo", "overlay"].into_iter().find(|key| root.get(key).is_some());
            return Err(other.map_or_else(|| "it has no key `openapi`".to_owned(), |key| format!("it is a document of kind `{key}`")));
        };
        let text = match &node.value {
            Value::String(text) => text.clone(),
            // `openapi: 3.1` without quotes is a number; `structure` says so, the version is still clear.
            Value::Number(number) => number.to_string(),
            _ => return Err("its `openapi` is no version".to_owned()),
        };
        let mut parts = text.split('.');
        match (parts.next(), parts.next()) {
            (Some("3"), Some("0")) => Ok(Self { minor: 0, text }),
            (Some("3"), Some("1")) => Ok(Self { minor: 1, text }),
            (Some("3"), Some("2")) => Ok(Self { minor: 2, text }),
            _ => Err(format!("version `{}` is none of 3.0, 3.1 and 3.2", text.chars().take(20).collect::<String>())),
        }
    }
}

/// What a value must be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Is {
    /// Anything, not looked into: examples, defaults, extensions.
    Any,
    /// A string.
    Text,
    /// `true` or `false`.
    Flag,
    /// A number.
    Number,
    /// An integer from 0.
    Count,
    /// One of these words.
    Word(&'static [&'static str]),
    /// An object of the specification.
    Object(&'static Shape),
    /// A list of such values.
    List(&'static Is),
    /// A list of such values that is not empty.
    Filled(&'static Is),
    /// A mapping with any keys to such values.
    Map(&'static Is),
    /// A mapping whose keys are names of components (OpenAPI 3.1.1, section 4.8.7).
    Named(&'static Is),
    /// A mapping from names of headers (RFC 9110, section 5.1) to such values.
    Headers(&'static Is),
    /// `true`, `false` or a schema.
    FlagOrSchema,
    /// A type name, from 3.1 on also a list of them.
    SchemaType,
    /// A regular expression.
    Pattern,
    /// A mapping from regular expressions to schemas.
    Patterns,
    /// A boolean in 3.0, a number later.
    Exclusive,
}

/// An object of the specification.
#[derive(Debug)]
pub(super) struct Shape {
    /// How messages call it.
    pub name: &'static str,
    /// The fields it may have.
    pub fields: &'static [Field],
    /// What other keys may stand in it.
    pub rest: Rest,
    /// Whether a reference may stand in its place.
    pub reference: Reference,
    /// What is checked beside the fields.
    pub extra: Extra,
}

/// Which keys an object may have beside its fields, apart from `x-` extensions.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rest {
    /// None.
    Closed,
    /// None in 3.0, any from 3.1 on: JSON Schema ignores what it does not know.
    OpenSince31,
    /// Paths, which start with a slash.
    Paths(&'static Is),
    /// Status codes, ranges and `default`.
    Statuses(&'static Is),
    /// Any key, each with such a value.
    Each(&'static Is),
}

/// Whether `$ref` may stand in an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reference {
    /// It may not.
    No,
    /// Instead of the object; the name is that of the section of `components` it must lead to.
    Instead(&'static str),
    /// Among the other fields, which count too.
    Beside(&'static str),
}

/// Checks that no table of fields expresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extra {
    /// None.
    None,
    /// At least one part of an API.
    Root,
    /// Unique operation ids.
    Operation,
    /// `schema` or `content`, and `required` in paths.
    Parameter,
    /// `schema` or `content`.
    Header,
    /// What its type requires.
    SecurityScheme,
    /// Names that `components.securitySchemes` declares.
    Requirement,
    /// Variables that the URL uses.
    Server,
    /// Limits that fit together.
    Schema,
    /// Exactly one way to name an operation.
    Link,
    /// Pairs of keys of which at most one is there.
    Excludes(&'static [(&'static str, &'static str)]),
}

/// A field of an object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub name: &'static str,
    pub is: Is,
    pub required: bool,
    /// The first and last minor version that know it.
    pub minors: (u8, u8),
}

impl Field {
    pub(super) const fn since(self, minor: u8) -> Self {
        Self { minors: (minor, self.minors.1), ..self }
    }

    pub(super) const fn until(self, minor: u8) -> Self {
        Self { minors: (self.minors.0, minor), ..self }
    }

    pub(super) fn known_in(&self, version: &Version) -> bool {
        (self.minors.0..=self.minors.1).contains(&version.minor)
    }
}

/// A field that may be left out.
pub(super) const fn may(name: &'static str, is: Is) -> Field {
    Field { name, is, required: false, minors: (0, u8::MAX) }
}

/// A field that must be there.
pub(super) const fn must(name: &'static str, is: Is) -> Field {
    Field { name, is, required: true, minors: (0, u8::MAX) }
}
