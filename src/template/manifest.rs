//! `template.yaml`: the types of the file. What serde cannot check is checked in `check`.

use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use semver::Version;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::config::{FileClass, Tier};

/// The whole file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateFile {
    /// The template's version (Semantic Versioning 2.0).
    #[schemars(with = "String")]
    pub version: Version,
    /// One line that says what comes out.
    pub description: String,
    /// Where the services run that come out.
    #[serde(default)]
    pub tier: Option<Tier>,
    /// The programming language of what comes out.
    #[serde(default)]
    pub language: Option<String>,
    /// Whether the template is a layer that is seldom used alone.
    #[serde(default, rename = "abstract")]
    pub is_abstract: bool,
    /// What marks expressions in file contents and paths.
    #[serde(default)]
    pub delimiters: Delimiters,
    /// The layers below, each as `namespace/name@version`; the version is a minimum.
    #[serde(default)]
    pub requires: Vec<String>,
    /// What the template asks, in order.
    #[serde(default)]
    pub inputs: Ordered<Input>,
    /// Derived values, in order; templates over inputs and earlier values.
    #[serde(default)]
    pub values: Ordered<String>,
    /// Rules on the paths of the result; for each attribute the first rule that sets it wins.
    #[serde(default)]
    pub files: Vec<FileRule>,
    /// Commands that `polity template test` runs in every rendered case.
    #[serde(default)]
    pub checks: Vec<Vec<String>>,
    /// A template; printed after `polity new`.
    #[serde(default)]
    pub next_steps: Option<String>,
    /// What a service from this template has, in free words.
    #[serde(default)]
    pub provides: Vec<String>,
    /// The policies that the result satisfies by construction.
    #[serde(default)]
    pub satisfies: Vec<String>,
    /// What became of inputs and files in later versions, for services that are updated.
    #[serde(default)]
    pub migrations: Vec<Migration>,
}

/// What one version gave another name. `polity update` carries answers and edited files over.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Migration {
    /// The version that brought the change; services from older versions are carried over.
    #[schemars(with = "String")]
    pub version: Version,
    /// Inputs by their old names, each with its new name.
    #[serde(default)]
    pub inputs: Ordered<String>,
    /// Files of the result by their old paths, each with its new path; both are templates over inputs and values.
    #[serde(default)]
    pub files: Ordered<String>,
}

/// What marks expressions, statements and comments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Delimiters {
    /// `{{ }}`, `{% %}`, `{# #}`.
    #[default]
    Curly,
    /// `[[ ]]`, `[% %]`, `[# #]`.
    Square,
    /// `<< >>`, `<% %>`, `<# #>`.
    Angle,
}

/// One question.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// What kind of answer is wanted.
    #[serde(rename = "type")]
    pub kind: InputKind,
    /// What to tell the person who answers.
    #[serde(default)]
    pub help: Option<String>,
    /// An expression over earlier inputs; when it is false the input does not exist.
    #[serde(default)]
    pub when: Option<String>,
    /// The answer when none is given; strings are templates over earlier inputs. Without it an answer is required.
    #[serde(default)]
    pub default: Option<serde_json::Value>,
    /// A regular expression that the whole text must match.
    #[serde(default)]
    pub pattern: Option<String>,
    /// A regular expression that the whole text must not match.
    #[serde(default)]
    pub except: Option<String>,
    /// The fewest characters of a text.
    #[serde(default)]
    pub min_length: Option<usize>,
    /// The most characters of a text.
    #[serde(default)]
    pub max_length: Option<usize>,
    /// The smallest integer.
    #[serde(default)]
    pub min: Option<i64>,
    /// The largest integer.
    #[serde(default)]
    pub max: Option<i64>,
    /// The answers to choose from.
    #[serde(default)]
    pub choices: Option<Vec<String>>,
    /// What each item of a list must be.
    #[serde(default)]
    pub items: Option<Items>,
    /// The fewest items of a list.
    #[serde(default)]
    pub min_items: Option<usize>,
    /// The most items of a list.
    #[serde(default)]
    pub max_items: Option<usize>,
}

/// What each item of a list must be; items are texts.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Items {
    /// A regular expression that the whole text must match.
    #[serde(default)]
    pub pattern: Option<String>,
    /// A regular expression that the whole text must not match.
    #[serde(default)]
    pub except: Option<String>,
    /// The fewest characters.
    #[serde(default)]
    pub min_length: Option<usize>,
    /// The most characters.
    #[serde(default)]
    pub max_length: Option<usize>,
    /// The items to choose from.
    #[serde(default)]
    pub choices: Option<Vec<String>>,
}

/// The kinds of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum InputKind {
    /// A text.
    String,
    /// A whole number.
    Integer,
    /// Yes or no.
    Bool,
    /// One of `choices`.
    Choice,
    /// Several texts.
    List,
}

/// What holds for the files that a glob matches.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileRule {
    /// A glob over paths of the result; `**` crosses folders.
    pub path: String,
    /// Whose the file is after generation.
    #[serde(default)]
    pub class: Option<FileClass>,
    /// An expression over inputs and values; when it is false the file is left out.
    #[serde(default)]
    pub when: Option<String>,
    /// How the contributions of several layers become one file.
    #[serde(default)]
    pub merge: Option<Merge>,
    /// Whether the file is copied byte for byte even if its name ends in `.tera`.
    #[serde(default)]
    pub verbatim: Option<bool>,
}

/// How the contributions of several layers become one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Merge {
    /// By tables and keys.
    Toml,
    /// By mappings and keys; comments of the merged file are lost.
    Yaml,
    /// By objects and keys.
    Json,
    /// By appending the lines that are not there yet.
    Lines,
}

/// A mapping whose order counts.
#[derive(Clone, Debug)]
pub struct Ordered<T>(pub Vec<(String, T)>);

impl<T> Ordered<T> {
    /// The entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Ordered<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Ordered(entries))
            }
        }
        deserializer.deserialize_map(Entries(std::marker::PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Ordered<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("OrderedMapOf{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        <BTreeMap<String, T>>::json_schema(generator)
    }
}
