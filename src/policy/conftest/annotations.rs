//! `# METADATA` comments and what `rego.metadata.rule()` and `rego.metadata.chain()` say about them.
//!
//! The engine has neither function; calls are replaced by the annotation itself before it compiles a policy.

use serde_json::{Value, json};

use crate::config::formats::Syntax;

use super::module::Parsed;
use super::{ConftestError, rewrite};
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
    /// The rule that comes next.
    rule: String,
    annotations: Value,
}

/// The annotations of modules that belong together.
pub(super) struct Metadata {
    /// Those of every module, in their order; empty when no module asks for them.
    modules: Vec<Annotations>,
}

impl Metadata {
    /// Reads the comments of all modules, if one of them asks for them.
    ///
    /// # Errors
    /// [`ConftestError::Parse`] for a block that is not valid YAML.
    pub fn of(parsed: &[Parsed]) -> Result<Self, ConftestError> {
        let is_asked = parsed.iter().any(|module| module.text.contains("rego.metadata"));
        let wanted = parsed.iter().filter(|_| is_asked);
        let modules = wanted.map(Annotations::read).collect::<Result<_, _>>().map_err(ConftestError::Parse)?;
        Ok(Self { modules })
    }

    /// What `rego.metadata.rule()` is in a rule of a module that starts at `line`; an empty object without annotations.
    pub fn rule(&self, module: usize, line: usize) -> Value {
        self.modules[module].of("rule", line).map_or_else(|| json!({}), |block| block.annotations.clone())
    }

    /// What `rego.metadata.chain()` is: the rule itself, then the document, the package and those around it, as far as they are annotated in
    /// any module.
    pub fn chain(&self, module: usize, name: &str, line: usize) -> Value {
        let own = &self.modules[module];
        let path = [own.package.as_slice(), &[name.to_owned()]].concat();
        let mut chain = vec![match own.of("rule", line) {
            Some(block) => json!({"path": path, "annotations": block.annotations}),
            None => json!({"path": path}),
        }];
        let said = |package: &[String], scope: &str, rule: Option<&str>| {
            let here = self.modules.iter().filter(|module| module.package == package);
            let blocks = here.flat_map(|module| &module.blocks).filter(|block| rule.is_none_or(|rule| block.rule == rule));
            blocks.filter(|block| block.scope == scope).map(|block| block.annotations.clone()).collect::<Vec<_>>()
        };
        let mut add = |path: &[String], annotations: Vec<Value>| {
            chain.extend(annotations.into_iter().map(|annotations| json!({"path": path, "annotations": annotations})));
        };
        add(&path, said(&own.package, "document", Some(name)));
        add(&own.package, said(&own.package, "package", None));
        for length in (1..=own.package.len()).rev() {
            add(&own.package[..length], said(&own.package[..length], "subpackages", None));
        }
        Value::Array(chain)
    }
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
            let next = parsed.module.policy.iter().find(|rule| rule.span().line as usize >= line);
            let rule = next.map(|rule| rewrite::head_name(rule).to_owned()).unwrap_or_default();
            blocks.push(Block { scope, line, rule, annotations });
        }
        Ok(Self { blocks, package })
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
