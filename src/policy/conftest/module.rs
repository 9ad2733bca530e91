//! One parsed policy file: its package, and its rules under the names that conftest counts them by.

use std::num::NonZeroU32;

use regorus::Source;
use regorus::unstable::{Expr, Import, Module, Parser, Rule, RuleHead};

use super::load::{RegoFile, RegoVersion};
use super::{ConftestError, heads, source};
use crate::policy::walk;

/// A policy file and its syntax tree.
pub(super) struct Parsed {
    pub path: String,
    pub text: String,
    pub module: Module,
    pub namespace: String,
    pub rules: Vec<RuleFact>,
    /// Whether `not` denies all of its expression, operands too: so says the newest of the future keywords.
    pub whole_not: bool,
    version: RegoVersion,
}

/// A rule as conftest counts it: a head with two bodies counts twice.
pub(super) struct RuleFact {
    /// Empty for a rule whose head is a longer reference.
    pub name: String,
    pub line: u32,
    /// Whether arguments make it a function.
    pub function: bool,
    /// Where the name stands in the text, for the first body only.
    pub at: Option<(u32, u32)>,
}

/// Lines of generated policies can be long.
const MAX_COLUMNS: u32 = 1 << 20;

impl Parsed {
    /// Parses a policy file, and finds the rules that conftest counts.
    pub fn new(file: &RegoFile, version: RegoVersion) -> Result<Self, ConftestError> {
        let mut parsed = Self::plain(file, version)?;
        for rule in &parsed.module.policy {
            facts(rule, &file.path, &mut parsed.rules)?;
        }
        Ok(parsed)
    }

    /// Parses a file of Rego.
    pub fn plain(file: &RegoFile, version: RegoVersion) -> Result<Self, ConftestError> {
        let hint = || if version == RegoVersion::V1 && is_old(file) { OLD } else { "" };
        let wrong = |message: String| ConftestError::Parse(format!("{}: rego_parse_error: {}{}", file.path, message.trim(), hint()));
        let illegible = |(line, what)| ConftestError::Parse(format!("{}:{line}: rego_parse_error: {what}", file.path));
        let (text, whole_not) = source::repaired(&source::legible(&file.text).map_err(illegible)?, version);
        let (module, text) = match parse(&file.path, &text, version).map_err(wrong)? {
            (_, Some(lifted)) => (parse(&file.path, &lifted, version).map_err(wrong)?.0, lifted),
            (module, None) => (module, text),
        };
        let namespace = namespace(&module.package.refr);
        Ok(Self { path: file.path.clone(), text, module, namespace, rules: Vec::new(), whole_not, version })
    }

    /// Whether the module is written in version 1 of the language: all are, or it says so itself.
    pub fn is_v1(&self) -> bool {
        is_v1(&self.module, self.version)
    }
}

/// What to do about a file of version 0.
const OLD: &str = "\nThis is version 0 of Rego: write `if` before a body and `contains` before an element, or use `--rego-version v0` of `polity conftest`.";

/// Whether a file that does not parse would do so in version 0.
fn is_old(file: &RegoFile) -> bool {
    // A file that has these is of version 1, and the engine would warn of them.
    if [" if ", " contains ", " every ", " in "].iter().any(|keyword| file.text.contains(keyword)) {
        return false;
    }
    let (text, _) = source::repaired(&file.text, RegoVersion::V0);
    parse(&file.path, &text, RegoVersion::V0).is_ok()
}

fn is_v1(module: &Module, version: RegoVersion) -> bool {
    let says = |import: &Import| walk::dotted(&import.refr).is_some_and(|path| path == ["rego", "v1"]);
    version == RegoVersion::V1 || module.imports.iter().any(says)
}

/// The syntax tree of a text, and the text with the look-ups of its heads in their bodies, when it has any.
fn parse(path: &str, text: &str, version: RegoVersion) -> Result<(Module, Option<String>), String> {
    let source = Source::from_contents(path.to_owned(), text.to_owned()).map_err(|e| e.to_string())?;
    let mut parser = Parser::new(&source).map_err(|e| e.to_string())?;
    parser.set_max_col(NonZeroU32::new(MAX_COLUMNS).unwrap_or(NonZeroU32::MIN));
    if version == RegoVersion::V1 {
        parser.enable_rego_v1().map_err(|e| e.to_string())?;
    }
    let module = parser.parse().map_err(|e| e.to_string())?;
    let lifted = heads::lifted(&module, text, is_v1(&module, version));
    Ok((module, lifted))
}

fn namespace(package: &Expr) -> String {
    let parts = walk::dotted(package).unwrap_or_default();
    let mut out = String::new();
    for part in parts {
        let plain = part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !part.starts_with(|c: char| c.is_ascii_digit());
        if !plain {
            out += &format!("[\"{part}\"]");
        } else if out.is_empty() {
            out = part;
        } else {
            out += &format!(".{part}");
        }
    }
    out
}

fn facts(rule: &Rule, path: &str, out: &mut Vec<RuleFact>) -> Result<(), ConftestError> {
    let line = rule.span().line;
    let (refr, count, function, assigned) = match rule {
        Rule::Default { refr, args, .. } => (refr, 1, !args.is_empty(), true),
        Rule::Spec { head, bodies, .. } => {
            let count = bodies.iter().filter(|body| !body.is_else).count().max(1);
            match head {
                RuleHead::Compr { refr, assign, .. } => (refr, count, false, assign.is_some()),
                RuleHead::Set { refr, .. } => (refr, count, false, true),
                RuleHead::Func { refr, assign, .. } => (refr, count, true, assign.is_some()),
            }
        }
    };
    let contains = matches!(rule, Rule::Spec { head: RuleHead::Set { .. }, .. });
    let (root, depth) = root(refr);
    if matches!(root.text(), "if" | "contains" | "in" | "every") {
        // Without its import the engine takes a keyword for the name of a rule, and the author's rule means something else.
        return Err(ConftestError::Parse(format!("{path}:{line}: rego_parse_error: `{}` cannot be used for a rule name", root.text())));
    }
    if depth > 1 && !assigned && !function && (is_failure(root.text()) || is_warning(root.text())) {
        return Err(ConftestError::IfWithoutContains { path: path.to_owned(), line });
    }
    let named = depth == 1 || depth == 2 && assigned && !contains;
    let name = if named { root.text().to_owned() } else { String::new() };
    for index in 0..count {
        let at = (index == 0 && depth == 1).then_some((root.start, root.end));
        out.push(RuleFact { name: name.clone(), line, function, at });
    }
    Ok(())
}

/// The first name of a reference and how many parts it has.
fn root(expression: &Expr) -> (&regorus::unstable::Span, usize) {
    match expression {
        Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => {
            let (span, depth) = root(refr);
            (span, depth + 1)
        }
        other => (other.span(), 1),
    }
}

/// `deny`, `violation` and their forms with a suffix.
pub(super) fn is_failure(name: &str) -> bool {
    has_suffixes(name, "deny") || has_suffixes(name, "violation")
}

/// `warn` and its forms with a suffix.
pub(super) fn is_warning(name: &str) -> bool {
    has_suffixes(name, "warn")
}

/// `^word(_[a-zA-Z0-9]+)*$`
fn has_suffixes(name: &str, word: &str) -> bool {
    let Some(rest) = name.strip_prefix(word) else { return false };
    rest.is_empty()
        || rest.strip_prefix('_').is_some_and(|rest| rest.split('_').all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_alphanumeric())))
}

/// The name that an exception gives a rule.
pub(super) fn exception_name(rule: &str) -> &str {
    if matches!(rule, "violation" | "deny" | "warn") {
        return "";
    }
    let rule = rule.strip_prefix("violation_").unwrap_or(rule);
    let rule = rule.strip_prefix("deny_").unwrap_or(rule);
    rule.strip_prefix("warn_").unwrap_or(rule)
}
