//! `# METADATA` comments and what `rego.metadata.rule()` and `rego.metadata.chain()` say about them.
//!
//! The engine has neither function; calls are replaced by the annotation itself before it compiles a policy.

use serde_json::{Value, json};

use crate::config::formats::Syntax;

use super::module::Parsed;
use crate::policy::walk;

/// The functions that are replaced.
pub(super) const BUILTINS: [&str; 2] = ["rego.metadata.rule", "rego.metadata.chain"];

/// Whether a name is one of the functions that are replaced.
pub(super) fn is_builtin(name: &str) -> bool {
    BUILTINS.contains(&name)
}

/// An annotation block and the line of the statement below it.
struct Block {
    scope: String,
    line: usize,
    annotations: Value,
}

/// The annotations of one module.
pub(super) struct Annotations {
    blocks: Vec<Block>,
    package: Vec<String>,
}

impl Annotations {
    /// Reads the comments of a module.
    ///
    /// # Errors
    /// A message with path and line when a block is not valid YAML.
    pub fn read(parsed: &Parsed) -> Result<Self, String> {
        let package = walk::dotted(&parsed.module.package.refr).unwrap_or_default();
        let package_line = parsed.module.package.span.line as usize;
        let lines: Vec<&str> = parsed.text.lines().collect();
        let mut blocks = Vec::new();
        let mut at = 0;
        while at < lines.len() {
            if lines[at].trim().trim_start_matches('#').trim() != "METADATA" || !lines[at].trim_start().starts_with('#') {
                at += 1;
                continue;
            }
            let start = at;
            at += 1;
            let mut yaml = String::new();
            while at < lines.len() && lines[at].trim_start().starts_with('#') {
                let line = lines[at].trim_start();
                yaml += line.strip_prefix("# ").or_else(|| line.strip_prefix('#')).unwrap_or_default();
                yaml.push('\n');
                at += 1;
            }
            let wrong = |e: &dyn std::fmt::Display| format!("{}:{}: rego_parse_error: yaml: {e}", parsed.path, start + 1);
            let mut annotations = Syntax::Yaml.parse(yaml.as_bytes()).map_err(|e| wrong(&e))?;
            while at < lines.len() && lines[at].trim().is_empty() {
                at += 1;
            }
            let line = at + 1;
            let scope = complete(&mut annotations, line == package_line);
            blocks.push(Block { scope, line, annotations });
        }
        Ok(Self { blocks, package })
    }

    /// What `rego.metadata.rule()` is in a rule that starts at `line`; an empty object without annotations.
    pub fn rule(&self, line: usize) -> Value {
        self.of("rule", line).map_or_else(|| json!({}), |block| block.annotations.clone())
    }

    /// What `rego.metadata.chain()` is: the rule itself, then document, package and subpackages as far as they are annotated.
    pub fn chain(&self, name: &str, line: usize) -> Value {
        let mut rule_path = self.package.clone();
        let package_path = rule_path.clone();
        rule_path.push(name.to_owned());
        let mut chain = vec![match self.of("rule", line) {
            Some(block) => json!({"path": rule_path, "annotations": block.annotations}),
            None => json!({"path": rule_path}),
        }];
        for (scope, path) in [("document", &rule_path), ("package", &package_path), ("subpackages", &package_path)] {
            if let Some(block) = self.blocks.iter().find(|b| b.scope == scope) {
                chain.push(json!({"path": path, "annotations": block.annotations}));
            }
        }
        Value::Array(chain)
    }

    /// What is said of the package and of those below it.
    pub fn package_level(&self) -> impl Iterator<Item = (Vec<String>, Value)> {
        let of_package = self.blocks.iter().filter(|block| matches!(block.scope.as_str(), "package" | "subpackages"));
        of_package.map(|block| (self.package.clone(), block.annotations.clone()))
    }

    /// What is said right above a rule.
    pub fn above(&self, name: &str, line: usize) -> impl Iterator<Item = (Vec<String>, Value)> {
        let path = [self.package.as_slice(), &[name.to_owned()]].concat();
        let above = self.blocks.iter().filter(move |block| block.line == line && matches!(block.scope.as_str(), "rule" | "document"));
        above.map(move |block| (path.clone(), block.annotations.clone()))
    }

    fn of(&self, scope: &str, line: usize) -> Option<&Block> {
        self.blocks.iter().find(|block| block.scope == scope && block.line == line)
    }
}

/// Writes out what an annotation leaves to be understood, as OPA does; gives the scope.
fn complete(annotations: &mut Value, before_package: bool) -> String {
    let Value::Object(members) = annotations else { return "rule".to_owned() };
    let entrypoint = members.get("entrypoint").and_then(Value::as_bool) == Some(true);
    let default = if before_package {
        "package"
    } else if entrypoint {
        "document"
    } else {
        "rule"
    };
    let scope = members.entry("scope").or_insert_with(|| default.into()).as_str().unwrap_or(default).to_owned();
    for (list, complete) in [("authors", author as fn(&str) -> Value), ("related_resources", |text| json!({"ref": text}))] {
        if let Some(Value::Array(items)) = members.get_mut(list) {
            for item in items.iter_mut() {
                if let Value::String(text) = item {
                    *item = complete(text);
                }
            }
        }
    }
    scope
}

/// `name <address>`, or one of the two.
fn author(text: &str) -> Value {
    let (name, address) = match text.rsplit_once(' ') {
        Some((name, address)) if address.starts_with('<') && address.ends_with('>') => (name.trim(), address.trim_matches(['<', '>'])),
        None if text.starts_with('<') && text.ends_with('>') => ("", text.trim_matches(['<', '>'])),
        _ => (text, ""),
    };
    let members = [("name", name), ("email", address)].into_iter().filter(|(_, text)| !text.is_empty());
    members.map(|(key, text)| (key.to_owned(), Value::from(text))).collect::<serde_json::Map<_, _>>().into()
}
