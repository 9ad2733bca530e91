//! The rule of a policy: `policy.rego` compiled once, evaluated on each subject within a time limit.
//!
//! Whatever the engine has to complain of is an error of the run with a place in the rule; nothing counts as a pass by accident.

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use regex::Regex;
use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, LimitError, PolicyLengthConfig, Value as Rego};

use crate::finding::{Diagnostic, SourceText};

use super::conftest::rewritten;
use super::host::{self, Session};
use super::lint::{forbidden, names};
use super::watch;

/// The rule that every policy has.
const ENTRYPOINT: &str = "data.polity.deny";
/// The rule that says why a subject is not the policy's business.
const NOT_APPLICABLE: &str = "data.polity.not_applicable";

/// Both in one evaluation, so that what they share is found out once. A package of the engine's own, out of reach of the rule.
const BOTH: &str = "data.polity_both.said";
const BOTH_TEXT: &str = "package polity_both\nsaid := [data.polity.deny, data.polity.not_applicable]\n";

/// A rule that is not there.
const NOWHERE: &str = "data.polity_both.nowhere";

/// What the engine says of an evaluation that took longer than its limit.
pub(super) const LATE: &str = "exceeded time limit";

/// What the engine reads of a rule: rewriting makes lines longer.
pub(super) const LENGTH: PolicyLengthConfig = PolicyLengthConfig {
    max_col: NonZeroU32::new(1 << 20).expect("not zero"),
    max_file_bytes: NonZeroUsize::new(16 << 20).expect("not zero"),
    max_lines: NonZeroUsize::new(200_000).expect("not zero"),
};

/// What a rule said about one subject.
pub(super) struct Said {
    /// The findings, as the rule made them.
    pub found: Vec<Rego>,
    /// Why the policy has no business with the subject.
    pub not_applicable: Vec<String>,
}

/// A rule, compiled when it is first needed.
pub(super) struct Rule {
    source: SourceText,
    // An engine is cloned for every evaluation: what was compiled is shared, what is evaluated is not.
    compiled: OnceLock<Result<Compiled, Box<Diagnostic>>>,
    /// A time limit of its own, shorter than that of every rule.
    limit: Option<Duration>,
    /// Whether the engine gets the rule as it stands.
    plain: bool,
}

/// A rule in the engine.
pub(super) struct Compiled {
    engine: Mutex<Engine>,
    /// What the engine got: the rule's text, changed so that it means to the engine what it means to OPA. The lines are the same.
    text: String,
}

/// Why a rule said nothing.
pub(super) enum Failure {
    /// It went wrong.
    Wrong(Box<Diagnostic>),
    /// It did not end in time.
    TooSlow(Box<Diagnostic>),
}

impl From<Box<Diagnostic>> for Failure {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        Self::Wrong(diagnostic)
    }
}

impl Rule {
    /// A rule that is not compiled yet.
    pub fn new(source: SourceText) -> Self {
        Self { source, compiled: OnceLock::new(), limit: None, plain: false }
    }

    /// The same with a time limit of its own.
    pub fn within(self, limit: Duration) -> Self {
        Self { limit: Some(limit), ..self }
    }

    /// The same, given to the engine as it stands and not looked through first: reading a rule twice is a fifth of what a check costs.
    pub fn verbatim(self) -> Self {
        Self { plain: true, ..self }
    }

    /// The same rule's text replaced, given to the engine in the same way.
    pub fn with_text(&self, source: SourceText) -> Self {
        Self { plain: self.plain, ..Self::new(source) }
    }

    /// Compiles the rule, if that was not done before.
    ///
    /// # Errors
    /// A diagnostic that points at the mistake.
    pub fn compile(&self) -> Result<&Compiled, Box<Diagnostic>> {
        self.compiled.get_or_init(|| Self::compiled(&self.source, self.plain)).as_ref().map_err(Clone::clone)
    }

    fn compiled(source: &SourceText, plain: bool) -> Result<Compiled, Box<Diagnostic>> {
        // The tests of the binary look through the rules that it brings.
        if let Some(diagnostic) = if plain { None } else { forbidden(source) } {
            return Err(Box::new(diagnostic));
        }
        let wrong = |text: &str, message: &str| located((source, text), "rule does not compile", message);
        let text = match plain {
            true => source.text().to_owned(),
            false => rewritten(&[(source.path(), source.text())]).map_err(|message| wrong(source.text(), &message))?.remove(0),
        };
        let mut engine = Engine::new();
        engine.set_policy_length_config(LENGTH);
        let package = engine.add_policy(source.path().to_owned(), text.clone());
        let package = package.map_err(|error| wrong(&text, &error.to_string()))?;
        if package != "data.polity" {
            let at = source.text().find("package").unwrap_or(0);
            let diagnostic =
                Diagnostic::new("rule is not in the package `polity`").at(source.location(at..line_end(source, at), "this package"));
            return Err(Box::new(diagnostic.help("write `package polity`")));
        }
        if gives_reasons(source) {
            let both = engine.add_policy("both.rego".to_owned(), BOTH_TEXT.to_owned());
            both.map_err(|error| wrong(&text, &error.to_string()))?;
        }
        // To compile for an entrypoint the engine goes through all once more; asked for a rule that is not there, it gets ready and no further.
        let ready = if plain {
            engine.eval_rule(NOWHERE.to_owned()).map(drop)
        } else {
            engine.compile_with_entrypoint(&ENTRYPOINT.into()).map(drop)
        };
        match ready.map_err(|error| error.to_string()) {
            Err(message) if !message.contains("not a valid rule path") => return Err(wrong(&text, &message)),
            Err(_) if !plain => return Err(no_entrypoint(source)),
            _ => {}
        }
        Ok(Compiled { engine: Mutex::new(engine), text })
    }

    /// The rule's text.
    pub fn source(&self) -> &SourceText {
        &self.source
    }

    /// Whether the rule may say that it has no business with a subject.
    pub fn gives_reasons(&self) -> bool {
        gives_reasons(&self.source)
    }

    /// Whether all that it says rests on what describes a service: it asks for that, and for no file.
    fn judges_descriptions(&self) -> bool {
        let text = self.source.text();
        let calls = || names(text).iter().any(|(_, name)| name.starts_with("repo."));
        text.contains("input.service") && !(text.contains("repo.") && (self.plain || calls()))
    }

    /// Whether it goes by the services of the repository, or may: it may have another name for `input`.
    pub fn asks_for_services(&self) -> bool {
        let text = self.source.text();
        match self.plain {
            true => text.contains("input.services"),
            false => {
                names(text).iter().any(|(_, name)| *name == "input" || *name == "input.services" || name.starts_with("input.services."))
            }
        }
    }

    /// Evaluates the rule: the set of findings, and the reasons why there is nothing to judge.
    ///
    /// # Errors
    /// A diagnostic that points at what went wrong, also when the time limit is reached.
    pub fn evaluate(&self, session: &Arc<Session>, input: Rego, limit: Duration) -> Result<Said, Failure> {
        if self.judges_descriptions() {
            session.note_descriptions();
        }
        let limit = self.limit.unwrap_or(limit);
        let evaluate = |clock| self.evaluate_within(session, &input, limit, clock);
        watch::within(limit, self.source.path(), evaluate, |said| matches!(said, Err(Failure::TooSlow(_))))
    }

    /// Evaluates the rule; `limit` is what a message names, `clock` what the engine gets.
    fn evaluate_within(&self, session: &Arc<Session>, input: &Rego, limit: Duration, clock: Duration) -> Result<Said, Failure> {
        let compiled = self.compile()?;
        let mut engine = super::repository::lock(&compiled.engine).clone();
        let check_interval = NonZeroU32::new(64).unwrap_or(NonZeroU32::MIN);
        engine.set_execution_timer_config(ExecutionTimerConfig { limit: clock, check_interval });
        host::install(&mut engine, session).map_err(|error| self.cannot(&error.to_string()))?;
        engine.set_input(input.clone());
        let (found, reasons) = if self.gives_reasons() {
            match self.answer(&mut engine, BOTH, limit)? {
                Rego::Array(both) => (self.members(both[0].clone(), ENTRYPOINT)?, self.members(both[1].clone(), NOT_APPLICABLE)?),
                // One of them is no set and has no value; the other may.
                _ => {
                    let found = self.answer(&mut engine, ENTRYPOINT, limit)?;
                    let reasons = self.answer(&mut engine, NOT_APPLICABLE, limit)?;
                    (self.members(found, ENTRYPOINT)?, self.members(reasons, NOT_APPLICABLE)?)
                }
            }
        } else {
            (self.members(self.answer(&mut engine, ENTRYPOINT, limit)?, ENTRYPOINT)?, Vec::new())
        };
        let reason = |value: Rego| match value {
            Rego::String(text) if !text.trim().is_empty() => Ok(text.to_string()),
            _ => Err(Box::new(self.at_entrypoint("a reason of `not_applicable` is not a text", "this rule"))),
        };
        Ok(Said { found, not_applicable: reasons.into_iter().map(reason).collect::<Result<_, _>>()? })
    }

    /// The value of a rule.
    fn answer(&self, engine: &mut Engine, rule: &str, limit: Duration) -> Result<Rego, Failure> {
        engine.eval_rule(rule.to_owned()).map_err(|error| {
            let too_long = matches!(error.downcast_ref(), Some(LimitError::TimeLimitExceeded { .. }));
            let message = error.to_string();
            if too_long || message.contains(LATE) { Failure::TooSlow(self.too_slow(limit)) } else { self.cannot(&message).into() }
        })
    }

    fn cannot(&self, message: &str) -> Box<Diagnostic> {
        let text = self.compile().map_or(self.source.text(), |compiled| compiled.text.as_str());
        located((&self.source, text), "rule cannot be evaluated", message)
    }

    /// The members of a set that a rule made, sorted.
    fn members(&self, answer: Rego, rule: &str) -> Result<Vec<Rego>, Failure> {
        let name = rule.rsplit('.').next().unwrap_or(rule);
        match answer {
            Rego::Set(found) => Ok(found.iter_sorted().cloned().collect()),
            Rego::Undefined => Ok(Vec::new()),
            _ => {
                let variable = if rule == ENTRYPOINT { "finding" } else { "reason" };
                let diagnostic = self.at_entrypoint(format!("`{name}` is not a set"), "this rule");
                Err(Box::new(diagnostic.help(format!("write `{name} contains {variable} if {{ … }}`"))).into())
            }
        }
    }

    /// A diagnostic about the rule as a whole.
    pub fn at_entrypoint(&self, title: impl Into<String>, label: &str) -> Diagnostic {
        Diagnostic::new(title).at(self.source.location(entrypoint(&self.source), label))
    }

    fn too_slow(&self, limit: Duration) -> Box<Diagnostic> {
        let title = format!("rule did not end within {} s", limit.as_secs());
        Box::new(self.at_entrypoint(title, "this rule").help("look at fewer files, or let `repo.matches` do the search"))
    }
}

fn gives_reasons(source: &SourceText) -> bool {
    source.text().starts_with("not_applicable") || source.text().contains("\nnot_applicable")
}

/// The first line that says `deny`.
fn entrypoint(source: &SourceText) -> std::ops::Range<usize> {
    let mut at = 0;
    for line in source.text().split_inclusive('\n') {
        if line.starts_with("deny") {
            return at..at + "deny".len();
        }
        at += line.len();
    }
    0..line_end(source, 0)
}

fn no_entrypoint(source: &SourceText) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::new("rule has no `deny`").at(source.location(0..line_end(source, 0), "nothing is denied here"));
    Box::new(diagnostic.help("write `deny contains finding if { … }`"))
}

fn line_end(source: &SourceText, at: usize) -> usize {
    source.text()[at..].find(['\n', '\r']).map_or(source.text().len(), |i| at + i)
}

/// The engine writes `--> file:line:column`, an excerpt, and `error: what`, and the rewriting `file:line: code: what`; this takes them apart
/// again. `text` is what the engine got of `source`: where a line of it was changed, its columns mean nothing, and the whole line is pointed at.
pub(super) fn located((source, text): (&SourceText, &str), title: &str, message: &str) -> Box<Diagnostic> {
    let place = Regex::new(r"--> [^\n]*:(\d+):(\d+)|^[^\n]*?:(\d+): rego_\w+: ").expect("the expression is constant");
    let what = message.rsplit_once("error: ").map_or(message, |(_, what)| what);
    let what = what.trim().lines().collect::<Vec<_>>().join(" ");
    // The engine goes on with its own tables.
    let unknown = what.strip_prefix("var ").and_then(|rest| rest.split_once(" is unsafe")).map(|(name, _)| name);
    let number = |captures: &regex::Captures<'_>, index: usize| captures.get(index).and_then(|m| m.as_str().parse::<usize>().ok());
    let Some(captures) = place.captures_iter(message).last() else {
        return Box::new(Diagnostic::new(title).at(source.location(entrypoint(source), what)));
    };
    let line = number(&captures, 1).or_else(|| number(&captures, 3)).unwrap_or(1);
    let own = source.line(line).unwrap_or_default();
    let line_of = |text: &'_ str| text.lines().nth(line - 1).unwrap_or_default().to_owned();
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let column = number(&captures, 2).filter(|_| line_of(text) == line_of(source.text()));
    let at = match (column, unknown) {
        (Some(column), _) => {
            let start = offset(source, line, column);
            start..source.text()[start..].find(|c| !is_word(c)).map_or(source.text().len(), |i| start + i)
        }
        (None, unknown) => {
            let line = &source.text()[own.clone()];
            let named = unknown
                .and_then(|name| line.match_indices(name).find(|(at, _)| is_alone(line, *at, name)).map(|(at, _)| (at, at + name.len())));
            let (start, end) = named.unwrap_or((line.len() - line.trim_start().len(), line.trim_end().len()));
            own.start + start..own.start + end.max(start)
        }
    };
    let what = unknown.map_or(what.clone(), |name| format!("`{name}` is not defined"));
    Box::new(Diagnostic::new(title).at(source.location(at, what)))
}

/// Whether a name stands somewhere in a line as a word of its own.
fn is_alone(line: &str, at: usize, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    !line[..at].ends_with(is_part) && !line[at + name.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// The place of the engine's line and column in the text: for the engine a tab is four columns wide.
fn offset(source: &SourceText, line: usize, column: usize) -> usize {
    let start = source.offset(crate::finding::Position { line, column: 1 });
    let widths = source.text()[start..].chars().map(|c| if c == '\t' { 4 } else { 1 });
    let mut reached = 1;
    let before = widths.take_while(|width| (reached < column).then(|| reached += width).is_some()).count();
    source.offset(crate::finding::Position { line, column: before + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_mistake_is_right_behind_tabs() {
        for indent in ["    ", "\t", "\t\t ", ""] {
            let text = format!("package polity\n\ndeny contains \"x\" if {{\n{indent}a := 1; count(suport) == 0\n}}\n");
            let rule = Rule::new(SourceText::new("rule.rego", text.as_str()));
            let said = rule.compile().err().unwrap_or_else(|| panic!("{text}"));
            let at = &said.locations[0];
            assert_eq!((at.start.line, at.start.column), (4, indent.len() + 15), "{said:?}");
        }
    }

    /// The engine's parser makes an error for every way that it tries in vain. A backtrace in each took a fifth of a check where `RUST_BACKTRACE` is set.
    #[test]
    fn the_errors_of_the_engine_carry_no_backtrace() {
        let name = "policy::rule::tests::the_errors_of_the_engine_carry_no_backtrace";
        let mark = "POLITY_TEST_OF_BACKTRACES";
        if std::env::var_os(mark).is_some() {
            let said = format!("{:?}", anyhow::anyhow!("wrong"));
            assert_eq!(said, "wrong");
        } else {
            let mut again = std::process::Command::new(std::env::current_exe().unwrap());
            let again =
                again.args(["--exact", name]).env(mark, "1").env("RUST_BACKTRACE", "1").env_remove("RUST_LIB_BACKTRACE").output().unwrap();
            let said = String::from_utf8_lossy(&again.stdout).into_owned();
            assert!(again.status.success() && said.contains("1 passed"), "{said}");
        }
    }
}
