//! conftest's settings: a flag beats an environment variable, that beats the config file, that beats the default.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::config::formats::Syntax;

use super::{Doing as _, Failure, go_words};

/// What the config file says, and the environment on top.
pub(super) struct Settings {
    file: Map<String, Value>,
}

/// The config files that are looked for, in this order.
const NAMES: [&str; 4] = ["conftest.json", "conftest.toml", "conftest.yaml", "conftest.yml"];

impl Settings {
    /// Reads the config file that was named, or the one that stands in `folder`.
    pub fn load(named: Option<&Path>, folder: &Path) -> Result<Self, Failure> {
        let from_environment = std::env::var_os("CONFTEST_CONFIG_FILE").map(PathBuf::from);
        let named = named.map(|path| folder.join(path)).or(from_environment);
        let found = named.or_else(|| NAMES.iter().map(|name| folder.join(name)).find(|path| path.is_file()));
        let Some(path) = found else { return Ok(Self { file: Map::new() }) };
        let context = "read in config: error reading config";
        let bytes = std::fs::read(&path).map_err(|e| format!("open {}: {}", path.display(), go_words(&e))).doing(context)?;
        let syntax = Syntax::of_path(&path.to_string_lossy()).doing(context)?;
        let value = syntax.parse(&bytes).doing(context)?;
        let Value::Object(members) = value else { return Err(Failure(format!("{context}: {} is no object", path.display()))) };
        Ok(Self { file: members.into_iter().map(|(key, value)| (key.to_lowercase(), value)).collect() })
    }

    /// A switch; off by default.
    pub fn switch(&self, name: &str, flag: Option<bool>) -> Result<bool, Failure> {
        if let Some(on) = flag {
            return Ok(on);
        }
        match self.value(name) {
            None => Ok(false),
            Some(Value::Bool(on)) => Ok(on),
            Some(Value::String(text)) if matches!(text.as_str(), "true" | "1" | "t") => Ok(true),
            Some(Value::String(text)) if matches!(text.as_str(), "false" | "0" | "f" | "") => Ok(false),
            Some(other) => Err(Failure(format!("unmarshal parameters: `{name}` is not a truth value: {other}"))),
        }
    }

    /// A text.
    pub fn text(&self, name: &str, flag: Option<&str>) -> Result<Option<String>, Failure> {
        if let Some(text) = flag {
            return Ok(Some(text.to_owned()));
        }
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(Failure(format!("unmarshal parameters: `{name}` is not a text: {other}"))),
        }
    }

    /// A list of texts; a single text stands for a list of one, and in the environment blanks separate several.
    pub fn list(&self, name: &str, flag: Option<Vec<String>>) -> Result<Option<Vec<String>>, Failure> {
        if flag.is_some() {
            return Ok(flag);
        }
        let wrong = |value: &Value| Failure(format!("unmarshal parameters: `{name}` is not a list of texts: {value}"));
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.split([' ', ',']).filter(|t| !t.is_empty()).map(str::to_owned).collect())),
            Some(Value::Array(items)) => {
                let texts = items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(|| wrong(item)));
                texts.collect::<Result<_, _>>().map(Some)
            }
            Some(other) => Err(wrong(&other)),
        }
    }

    /// Like [`Self::list`], for paths.
    pub fn paths(&self, name: &str, flag: Option<&[PathBuf]>) -> Result<Option<Vec<String>>, Failure> {
        self.list(name, flag.map(|paths| paths.iter().map(|path| path.to_string_lossy().into_owned()).collect()))
    }

    fn value(&self, name: &str) -> Option<Value> {
        let variable = format!("CONFTEST_{}", name.to_uppercase().replace('-', "_"));
        let from_environment = std::env::var(variable).ok().filter(|text| !text.is_empty()).map(Value::String);
        from_environment.or_else(|| self.file.get(name).cloned())
    }
}
