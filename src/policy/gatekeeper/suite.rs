//! Suites of Gatekeeper's `gator verify`: which objects a constraint must let pass, and what it must say about the others.

use serde_json::Value;

use super::{Document, GatekeeperError};

/// A suite of tests.
#[derive(Clone, Debug)]
pub struct Suite {
    /// Its tests.
    pub tests: Vec<SuiteTest>,
}

/// A template and a constraint with the cases that they are tried on; all paths are relative to the suite.
#[derive(Clone, Debug)]
pub struct SuiteTest {
    /// Its name.
    pub name: String,
    /// The template's file.
    pub template: String,
    /// The constraint's file.
    pub constraint: String,
    /// Whether it is left out.
    pub skip: bool,
    /// Its cases.
    pub cases: Vec<Case>,
}

/// An object and what must be said about it.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// The object's file.
    pub object: String,
    /// Files of objects that exist besides.
    pub inventory: Vec<String>,
    /// Whether it is left out.
    pub skip: bool,
    /// What must hold.
    pub assertions: Vec<Assertion>,
}

/// How many violations there must be, of those whose message matches.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// How many.
    pub wanted: Wanted,
    /// A regular expression for messages.
    pub message: Option<String>,
}

/// A number of violations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// One or more.
    Some,
    /// Exactly so many.
    Exactly(u64),
}

impl Suite {
    /// Reads a suite.
    ///
    /// # Errors
    /// What is missing or of another shape.
    pub fn read(document: &Document) -> Result<Self, GatekeeperError> {
        let reader = Reader(document);
        let tests = reader.list(&document.value, "tests")?.iter().map(|test| reader.test(test)).collect::<Result<Vec<_>, _>>()?;
        if tests.is_empty() {
            return Err(GatekeeperError::invalid(document, "the suite has no tests"));
        }
        Ok(Self { tests })
    }
}

struct Reader<'a>(&'a Document);

impl Reader<'_> {
    fn test(&self, value: &Value) -> Result<SuiteTest, GatekeeperError> {
        Ok(SuiteTest {
            name: self.text(value, "name")?,
            template: self.text(value, "template")?,
            constraint: self.text(value, "constraint")?,
            skip: value["skip"] == true,
            cases: self.list(value, "cases")?.iter().map(|case| self.case(case)).collect::<Result<_, _>>()?,
        })
    }

    fn case(&self, value: &Value) -> Result<Case, GatekeeperError> {
        let inventory = self.list(value, "inventory")?.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let mut assertions = self.list(value, "assertions")?.iter().map(|one| self.assertion(one)).collect::<Result<Vec<_>, _>>()?;
        if assertions.is_empty() {
            assertions.push(Assertion { wanted: Wanted::Exactly(0), message: None });
        }
        Ok(Case {
            name: self.text(value, "name")?,
            object: self.text(value, "object")?,
            inventory,
            skip: value["skip"] == true,
            assertions,
        })
    }

    fn assertion(&self, value: &Value) -> Result<Assertion, GatekeeperError> {
        let wanted = match value.get("violations") {
            None | Some(Value::Bool(true)) => Wanted::Some,
            Some(Value::Bool(false)) => Wanted::Exactly(0),
            Some(Value::String(text)) if text == "yes" => Wanted::Some,
            Some(Value::String(text)) if text == "no" => Wanted::Exactly(0),
            Some(Value::Number(number)) if number.is_u64() => Wanted::Exactly(number.as_u64().unwrap_or_default()),
            Some(other) => return Err(GatekeeperError::invalid(self.0, format!("`violations` is `yes`, `no` or a number, not {other}"))),
        };
        Ok(Assertion { wanted, message: value.get("message").and_then(Value::as_str).map(str::to_owned) })
    }

    fn text(&self, value: &Value, name: &str) -> Result<String, GatekeeperError> {
        let text = value.get(name).and_then(Value::as_str).map(str::to_owned);
        text.ok_or_else(|| GatekeeperError::invalid(self.0, format!("a test or a case of the suite has no `{name}`")))
    }

    fn list<'v>(&self, value: &'v Value, name: &str) -> Result<&'v [Value], GatekeeperError> {
        match value.get(name) {
            None | Some(Value::Null) => Ok(&[]),
            Some(Value::Array(items)) => Ok(items),
            Some(_) => Err(GatekeeperError::invalid(self.0, format!("`{name}` is no list"))),
        }
    }
}
