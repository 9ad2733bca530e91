//! The config formats that Rego policies are written about, each in the shape that conftest gives it.
//!
//! Unlike the spanned documents of this module's parent, a value here has no places and follows the Go libraries that conftest
//! uses, down to YAML 1.1 truth values. A format without a parser is refused by its name: it is never read as something else.

mod cyclonedx;
mod dockerfile;
mod dockerfile_words;
mod dotenv;
mod edn;
mod edn_atom;
mod hcl1;
mod hcl2;
mod hcl2_text;
mod heredoc;
mod ignore;
mod ini;
mod json;
mod jsonnet;
mod nginx;
mod properties;
mod spdx;
mod textproto;
mod toml;
mod vcl;
mod xml;
mod yaml;

#[cfg(test)]
mod tests;

use serde_json::Value;

pub use dockerfile::INSTRUCTIONS;
pub use heredoc::{Heredoc, heredocs};
pub use jsonnet::{Import, Imported, evaluate};
pub use textproto::{ProtoFile, Schemas};

/// A config format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Syntax {
    /// CycloneDX, as JSON or XML.
    CycloneDx,
    /// Dockerfile.
    Dockerfile,
    /// Environment files.
    Dotenv,
    /// Extensible data notation.
    Edn,
    /// HashiCorp's language, version 1.
    Hcl1,
    /// HashiCorp's language, version 2.
    Hcl2,
    /// `.gitignore` and `.dockerignore`.
    Ignore,
    /// INI.
    Ini,
    /// JSON.
    Json,
    /// JSON with comments.
    Jsonc,
    /// Jsonnet: a program that gives the config.
    Jsonnet,
    /// nginx's configuration.
    Nginx,
    /// Java properties.
    Properties,
    /// SPDX tag-value.
    Spdx,
    /// Protocol Buffers as text.
    Textproto,
    /// TOML.
    Toml,
    /// Varnish's configuration.
    Vcl,
    /// XML.
    Xml,
    /// YAML, one or more documents.
    Yaml,
}

/// Every format that is read, with the name that `--parser` takes.
pub const SYNTAXES: [(&str, Syntax); 19] = [
    ("cyclonedx", Syntax::CycloneDx),
    ("dockerfile", Syntax::Dockerfile),
    ("dotenv", Syntax::Dotenv),
    ("edn", Syntax::Edn),
    ("hcl1", Syntax::Hcl1),
    ("hcl2", Syntax::Hcl2),
    ("ignore", Syntax::Ignore),
    ("ini", Syntax::Ini),
    ("json", Syntax::Json),
    ("jsonc", Syntax::Jsonc),
    ("jsonnet", Syntax::Jsonnet),
    ("nginx", Syntax::Nginx),
    ("properties", Syntax::Properties),
    ("spdx", Syntax::Spdx),
    ("textproto", Syntax::Textproto),
    ("toml", Syntax::Toml),
    ("vcl", Syntax::Vcl),
    ("xml", Syntax::Xml),
    ("yaml", Syntax::Yaml),
];

/// Formats that conftest reads and polity does not.
const REFUSED: [&str; 4] = ["codeowners", "cue", "groovy", "hocon"];

/// Evaluates a program, which it gets with its path, where neither its time nor its memory harms anybody.
pub type Evaluate = fn(&str, &str) -> Result<Value, String>;

/// What some formats need beside the text.
#[derive(Clone, Debug, Default)]
pub struct Means {
    /// The messages of texts of Protocol Buffers.
    pub schemas: Schemas,
    /// Evaluates programs in Jsonnet; without it they are refused.
    pub evaluate: Option<Evaluate>,
}

/// A config file that cannot be read as its format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// No format has this name or extension.
    #[error("unknown parser: {0}")]
    Unknown(String),
    /// conftest reads this format, polity does not.
    #[error("polity does not support the parser `{0}`")]
    Unsupported(&'static str),
    /// The text is not of its format.
    #[error("unmarshal {syntax}: {message}")]
    Invalid {
        /// The format's name.
        syntax: &'static str,
        /// What is wrong.
        message: String,
    },
}

impl Syntax {
    /// The format called `name` on the command line.
    ///
    /// # Errors
    /// [`SyntaxError::Unsupported`] or [`SyntaxError::Unknown`].
    pub fn named(name: &str) -> Result<Self, SyntaxError> {
        if let Some((_, syntax)) = SYNTAXES.iter().find(|(known, _)| *known == name) {
            return Ok(*syntax);
        }
        let refused = REFUSED.iter().find(|known| **known == name);
        Err(refused.map_or_else(|| SyntaxError::Unknown(name.to_owned()), |known| SyntaxError::Unsupported(known)))
    }

    /// The format of a file by its name; `-` stands for the standard input, which is YAML.
    ///
    /// # Errors
    /// [`SyntaxError::Unsupported`] or [`SyntaxError::Unknown`].
    pub fn of_path(path: &str) -> Result<Self, SyntaxError> {
        if path == "-" {
            return Ok(Self::Yaml);
        }
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_lowercase();
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let is = |stem: &str| name == stem || name.starts_with(&format!("{stem}."));
        if is("dockerfile") || extension == "dockerfile" {
            return Ok(Self::Dockerfile);
        }
        if matches!(extension, "yml" | "yaml") {
            return Ok(Self::Yaml);
        }
        if matches!(extension, "hcl" | "tf" | "tfvars") {
            return Ok(Self::Hcl2);
        }
        if matches!(extension, "gitignore" | "dockerignore") {
            return Ok(Self::Ignore);
        }
        if is(".env") || extension == "env" {
            return Ok(Self::Dotenv);
        }
        if name == "nginx.conf" {
            return Ok(Self::Nginx);
        }
        if name == "codeowners" {
            return Self::named("codeowners");
        }
        if is("jenkinsfile") {
            return Self::named("groovy");
        }
        Self::named(if extension == "textpb" { "textproto" } else { extension })
    }

    /// The name that `--parser` takes.
    #[must_use]
    pub fn name(self) -> &'static str {
        SYNTAXES.iter().find(|(_, syntax)| *syntax == self).map_or("", |(name, _)| name)
    }

    /// Reads a text. An array stands for several documents: that is how conftest counts them.
    ///
    /// # Errors
    /// [`SyntaxError::Invalid`].
    pub fn parse(self, bytes: &[u8]) -> Result<Value, SyntaxError> {
        self.parse_with("", bytes, &Means::default())
    }

    /// Like [`Self::parse`], of the file at `path`, with what some formats need beside the text.
    ///
    /// # Errors
    /// [`SyntaxError::Invalid`].
    pub fn parse_with(self, path: &str, bytes: &[u8], means: &Means) -> Result<Value, SyntaxError> {
        let invalid = |message: String| SyntaxError::Invalid { syntax: self.name(), message };
        let text = std::str::from_utf8(bytes).map_err(|e| invalid(format!("the text is not UTF-8: {e}")))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let parsed = match self {
            Self::CycloneDx => cyclonedx::parse(text),
            Self::Dockerfile => dockerfile::parse(text),
            Self::Dotenv => dotenv::parse(text),
            Self::Edn => edn::parse(text),
            Self::Hcl1 => hcl1::parse(text),
            Self::Hcl2 => hcl2::parse(text),
            Self::Ignore => Ok(ignore::parse(text)),
            Self::Ini => ini::parse(text),
            Self::Json => json::parse(text),
            Self::Jsonc => json::parse_with_comments(text),
            Self::Jsonnet => {
                means.evaluate.map_or_else(|| Err("programs are not evaluated here".to_owned()), |evaluate| evaluate(path, text))
            }
            Self::Nginx => nginx::parse(text),
            Self::Properties => properties::parse(text),
            Self::Spdx => spdx::parse(text),
            Self::Textproto => textproto::parse(text, &means.schemas),
            Self::Toml => toml::parse(text),
            Self::Vcl => vcl::parse(text),
            Self::Xml => xml::parse(text),
            Self::Yaml => yaml::parse(text),
        };
        parsed.map_err(invalid)
    }
}

/// A number as JSON has it; whole numbers lose their fraction, so that `3.0` prints as `3`.
pub(super) fn number(value: f64) -> Option<Value> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "the value is whole and below 2^53")]
    if value.fract() == 0.0 && value.abs() < EXACT {
        return Some(Value::from(value as i64));
    }
    serde_json::Number::from_f64(value).map(Value::Number)
}

/// The first document of a text of YAML as OPA's `yaml.unmarshal` reads it.
///
/// # Errors
/// What is wrong with the text.
pub fn yaml_document(text: &str) -> Result<Value, String> {
    yaml::first(text)
}

/// Whether a plain scalar of YAML is the text that it looks like to every reader: no number, date, truth value or nothing in YAML 1.1 or 1.2.
#[must_use]
pub fn is_plain_text(text: &str) -> bool {
    super::yaml::is_plain_text(text)
}

/// The truth values of Go's `strconv.ParseBool`.
fn go_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// The numbers of Go's `strconv.ParseFloat` that JSON can hold.
fn go_float(text: &str) -> Option<Value> {
    let digits = text.trim_start_matches(['+', '-']);
    let plausible = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    text.parse::<f64>().ok().filter(|v| plausible && v.is_finite()).and_then(number)
}
