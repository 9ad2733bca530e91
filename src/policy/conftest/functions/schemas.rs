//! `json.match_schema` and `json.verify_schema` (JSON Schema, drafts 4 to 7), with the mistakes in the words of OPA, which policies pass on.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{Draft, PatternOptions, ReferencingError, ValidationError, Validator};
use regorus::Value as Rego;
use serde_json::{Value, json};

use super::{Answer, Failure, Function};
use crate::policy::conftest::value::{to_json, to_rego};
use crate::policy::repository::lock;

pub(super) const FUNCTIONS: &[(&str, u8, Function)] =
    &[("json.match_schema", 2, |args, _| matched(&args[0], &args[1])), ("json.verify_schema", 1, |args, _| Ok(verified(&args[0])))];

/// The types that a schema may name.
const TYPES: [&str; 7] = ["array", "boolean", "integer", "number", "null", "object", "string"];

fn matched(document: &Rego, schema: &Rego) -> Answer {
    let document = value(document)?;
    let known = known(schema)?;
    let mistakes = Mistakes::of(&known.text, &document, &known.validator);
    Ok(to_rego(&json!([mistakes.is_empty(), mistakes])))
}

/// A schema that was compiled.
struct Known {
    given: Rego,
    text: Value,
    validator: Validator,
}

/// The schema that was asked for last: policies hold the same one against document after document.
static LAST: Mutex<Option<Arc<Known>>> = Mutex::new(None);

fn known(given: &Rego) -> Result<Arc<Known>, Failure> {
    if let Some(known) = lock(&LAST).as_ref().filter(|known| known.given == *given) {
        return Ok(known.clone());
    }
    let text = value(given)?;
    let known = Arc::new(Known { given: given.clone(), validator: compiled(&text)?, text });
    *lock(&LAST) = Some(known.clone());
    Ok(known)
}

fn verified(schema: &Rego) -> Rego {
    let outcome = value(schema).map_err(Failure::from).and_then(|schema| compiled(&schema).map(drop));
    to_rego(&match outcome {
        Ok(()) => json!([true, null]),
        Err(Failure::Undefined(mistake) | Failure::Unsupported(mistake)) => json!([false, format!("jsonschema: {mistake}")]),
    })
}

/// A document: an object or an array, or a text of JSON.
fn value(given: &Rego) -> Result<Value, String> {
    match given {
        Rego::String(text) => serde_json::from_str(text).map_err(|_| "invalid JSON string".to_owned()),
        Rego::Object(_) | Rego::Array(_) => Ok(to_json(given)),
        _ => Err("wrong type, expected string or object".to_owned()),
    }
}

/// A schema; without a draft that OPA knows it is one of draft 7. What lies elsewhere is not fetched, which ends the run.
fn compiled(schema: &Value) -> Result<Validator, Failure> {
    let named = schema.get("$schema").and_then(Value::as_str).unwrap_or_default();
    let draft = match named.trim_end_matches('#').trim_start_matches("http://json-schema.org/").trim_end_matches("/schema") {
        "draft-04" => Draft::Draft4,
        "draft-06" => Draft::Draft6,
        _ => Draft::Draft7,
    };
    let mut own = schema.clone();
    if let Some(members) = own.as_object_mut() {
        members.remove("$schema");
    }
    let options = jsonschema::options().with_draft(draft).should_validate_formats(true).with_pattern_options(PatternOptions::regex());
    options.build(&own).map_err(|mistake| match (mistake.kind(), mistake.instance().as_str()) {
        (Kind::Referencing(ReferencingError::Unretrievable { uri, .. }), _) => Failure::Unsupported(format!("`{uri}` is not fetched")),
        (_, Some(given)) if mistake.schema_path().as_str().ends_with("/type/anyOf") && !TYPES.contains(&given) => {
            let expected = TYPES.join(" ");
            format!("has a primitive type that is NOT VALID -- given: /{given}/ Expected valid values are:[{expected}]").into()
        }
        _ => mistake.to_string().into(),
    })
}

/// A keyword around others whose failure is told beside theirs.
struct Around {
    /// Where it stands in the schema.
    place: String,
    mistake: Value,
}

/// The mistakes of a document, in their order.
struct Mistakes<'a> {
    schema: &'a Value,
    found: Vec<Value>,
    /// Those of `allOf`, which stand behind the mistakes of its parts.
    open: Vec<Around>,
    /// The conditions that were told.
    told: BTreeSet<String>,
}

impl<'a> Mistakes<'a> {
    fn of(schema: &'a Value, document: &Value, validator: &Validator) -> Vec<Value> {
        let mut mistakes = Self { schema, found: Vec::new(), open: Vec::new(), told: BTreeSet::new() };
        let mut errors: Vec<_> = validator.iter_errors(document).collect();
        let is_around =
            |error: &ValidationError<'_>| ["/allOf/", "/then/", "/else/"].iter().any(|word| error.schema_path().as_str().contains(word));
        if !errors.iter().any(is_around) {
            // What a part of the document lacks comes before the mistakes of its own parts.
            errors.sort_by_key(|error| steps(error.instance_path().as_str()));
        }
        errors.iter().for_each(|error| mistakes.add(error));
        mistakes.close("");
        mistakes.found
    }

    fn add(&mut self, error: &ValidationError<'_>) {
        let place = error.schema_path().as_str().to_owned();
        self.close(&place);
        self.surroundings(&place, error.instance_path().as_str());
        let field = field(error.instance_path().as_str());
        for (kind, description) in self.told(error, &field) {
            self.found.push(mistake(kind, &field, &description));
        }
        match error.kind() {
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
                // The part that comes closest is probably the one that was meant: one of another type is far away.
                let is_other = |inner: &ValidationError<'_>| {
                    matches!(inner.kind(), Kind::Type { .. }) && inner.instance_path().as_str() == error.instance_path().as_str()
                };
                let closest = context.iter().min_by_key(|errors| (errors.iter().any(is_other), errors.len()));
                closest.into_iter().flatten().for_each(|error| self.add(error));
            }
            Kind::PropertyNames { error } => {
                let inner = self.told(error, &field);
                self.found.extend(inner.into_iter().map(|(kind, description)| mistake(kind, &field, &description)));
            }
            _ => {}
        }
    }

    /// Ends the keywords that a place does not lie in.
    fn close(&mut self, place: &str) {
        while let Some(last) = self.open.pop_if(|around| place.is_empty() || !place.starts_with(&around.place)) {
            self.found.push(last.mistake);
        }
    }

    /// Notes the keywords on the way to a place, each with the part of the document that it is about.
    fn surroundings(&mut self, place: &str, instance: &str) {
        let names: Vec<&str> = place.split('/').skip(1).collect();
        let parts: Vec<&str> = instance.split('/').skip(1).collect();
        let (mut at, mut depth) = (0, 0);
        while at < names.len() {
            let start = format!("/{}/", names[..=at].join("/"));
            let about = field(&parts[..depth.min(parts.len())].iter().map(|part| format!("/{part}")).collect::<String>());
            match names[at] {
                "allOf" if !self.open.iter().any(|around| around.place == start) => {
                    let mistake = mistake("number_all_of", &about, "Must validate all the schemas (allOf)");
                    self.open.push(Around { place: start, mistake });
                }
                "then" if self.told.insert(start.clone()) => {
                    self.found.push(mistake("condition_then", &about, "Must validate \"then\" as \"if\" was valid"));
                }
                "else" if self.told.insert(start) => {
                    self.found.push(mistake("condition_else", &about, "Must validate \"else\" as \"if\" was not valid"));
                }
                _ => {}
            }
            let is_number = names.get(at + 1).is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
            let (steps, levels) = match names[at] {
                "properties" | "patternProperties" => (2, 1),
                "items" => (1 + usize::from(is_number), 1),
                "additionalProperties" | "additionalItems" => (1, 1),
                "allOf" | "anyOf" | "oneOf" | "dependencies" | "definitions" => (2, 0),
                _ => (1, 0),
            };
            at += steps;
            depth += levels;
        }
    }

    /// The kinds of a mistake and what OPA says of it.
    fn told(&self, error: &ValidationError<'_>, field: &str) -> Vec<(&'static str, String)> {
        let one = |kind: &'static str, text: String| vec![(kind, text)];
        match error.kind() {
            Kind::Type { kind } => {
                let given = given(error.instance());
                one("invalid_type", format!("Invalid type. Expected: {}, given: {given}", self.expected(error, kind)))
            }
            Kind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                match error.schema_path().as_str().ends_with("/required") {
                    true => one("required", format!("{name} is required")),
                    false => one("missing_dependency", format!("Has a dependency on {name}")),
                }
            }
            Kind::AdditionalProperties { unexpected } => {
                let text = |name: &String| ("additional_property_not_allowed", format!("Additional property {name} is not allowed"));
                unexpected.iter().map(text).collect()
            }
            Kind::Enum { options } => {
                let all: Vec<_> = options.as_array().into_iter().flatten().map(Value::to_string).collect();
                one("enum", format!("{field} must be one of the following: {}", all.join(", ")))
            }
            Kind::Constant { expected_value } => one("const", format!("{field} does not match: {expected_value}")),
            Kind::UniqueItems => {
                let (first, second) = equal(error.instance()).unwrap_or_default();
                one("unique", format!("array items[{first},{second}] must be unique"))
            }
            Kind::PropertyNames { error } => {
                let name = error.instance().as_str().unwrap_or_default();
                one("invalid_property_name", format!("Property name of \"{name}\" does not match"))
            }
            other => plain(other).map_or_else(|| one("internal", format!("Internal Error {error}")), |(kind, text)| one(kind, text)),
        }
    }

    /// The types of a schema as they stand there.
    fn expected(&self, error: &ValidationError<'_>, kind: &TypeKind) -> String {
        let named = self.schema.pointer(error.schema_path().as_str());
        match (named, kind) {
            (Some(Value::Array(types)), _) if types.len() > 1 => {
                let names: Vec<_> = types.iter().filter_map(Value::as_str).collect();
                format!("[{}]", names.join(","))
            }
            (_, TypeKind::Single(one)) => one.to_string(),
            (_, TypeKind::Multiple(all)) => format!("[{}]", all.iter().map(|one| one.to_string()).collect::<Vec<_>>().join(",")),
        }
    }
}

/// What is said of keywords with one limit.
fn plain(kind: &Kind) -> Option<(&'static str, String)> {
    Some(match kind {
        Kind::AnyOf { .. } => ("number_any_of", "Must validate at least one schema (anyOf)".to_owned()),
        Kind::OneOfNotValid { .. } | Kind::OneOfMultipleValid { .. } => {
            ("number_one_of", "Must validate one and only one schema (oneOf)".to_owned())
        }
        Kind::Not { .. } => ("number_not", "Must not validate the schema (not)".to_owned()),
        Kind::FalseSchema => ("false", "False always fails validation".to_owned()),
        Kind::Contains => ("contains", "At least one of the items must match".to_owned()),
        Kind::AdditionalItems { .. } => ("array_no_additional_items", "No additional items allowed on array".to_owned()),
        Kind::MinItems { limit } => ("array_min_items", format!("Array must have at least {limit} items")),
        Kind::MaxItems { limit } => ("array_max_items", format!("Array must have at most {limit} items")),
        Kind::MinProperties { limit } => ("array_min_properties", format!("Must have at least {limit} properties")),
        Kind::MaxProperties { limit } => ("array_max_properties", format!("Must have at most {limit} properties")),
        Kind::MinLength { limit } => ("string_gte", format!("String length must be greater than or equal to {limit}")),
        Kind::MaxLength { limit } => ("string_lte", format!("String length must be less than or equal to {limit}")),
        Kind::Pattern { pattern } => ("pattern", format!("Does not match pattern '{pattern}'")),
        Kind::Format { format } => ("format", format!("Does not match format '{format}'")),
        Kind::MultipleOf { multiple_of } => ("multiple_of", format!("Must be a multiple of {multiple_of}")),
        Kind::Minimum { limit } => ("number_gte", format!("Must be greater than or equal to {limit}")),
        Kind::ExclusiveMinimum { limit } => ("number_gt", format!("Must be greater than {limit}")),
        Kind::Maximum { limit } => ("number_lte", format!("Must be less than or equal to {limit}")),
        Kind::ExclusiveMaximum { limit } => ("number_lt", format!("Must be less than {limit}")),
        _ => return None,
    })
}

fn mistake(kind: &str, field: &str, description: &str) -> Value {
    json!({"error": format!("{field}: {description}"), "type": kind, "field": field, "desc": description})
}

/// A place in a document, `/a/0` as `a.0`.
fn field(pointer: &str) -> String {
    let parts: Vec<_> = pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
    if parts.is_empty() { "(Root)".to_owned() } else { parts.join(".") }
}

/// The same as steps, with places in arrays in the order of their numbers.
fn steps(pointer: &str) -> Vec<(usize, String)> {
    pointer.split('/').skip(1).map(|part| (part.parse().unwrap_or_default(), part.to_owned())).collect()
}

fn given(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.as_f64().is_some_and(|number| number.fract() == 0.0) => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The first two items of an array that are equal.
fn equal(items: &Value) -> Option<(usize, usize)> {
    let items = items.as_array()?;
    (0..items.len()).find_map(|second| items[..second].iter().position(|item| *item == items[second]).map(|first| (first, second)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(schema: &str, document: &str, expected: &[(&str, &str, &str)]) {
        let answer = matched(&Rego::from(document), &Rego::from(schema)).unwrap_or(Rego::Undefined);
        let expected: Vec<_> = expected.iter().map(|(kind, field, text)| mistake(kind, field, text)).collect();
        assert_eq!(to_json(&answer), json!([expected.is_empty(), expected]), "{document} by {schema}");
    }

    #[test]
    fn mistakes_are_in_the_words_of_opa() {
        let person = r#"{"required": ["n", "a"], "properties": {"n": {"type": ["string", "null"]}}, "additionalProperties": false}"#;
        check(person, r#"{"n": null, "a": 1}"#, &[("additional_property_not_allowed", "(Root)", "Additional property a is not allowed")]);
        let type_ = "Invalid type. Expected: [string,null], given: integer";
        check(person, r#"{"n": 1}"#, &[("required", "(Root)", "a is required"), ("invalid_type", "n", type_)]);
        check(
            r#"{"items": {"minLength": 2}}"#,
            r#"["ab", "a"]"#,
            &[("string_gte", "1", "String length must be greater than or equal to 2")],
        );
        check(r#"{"properties": {"a": {"enum": ["x", 1]}}}"#, r#"{"a": 2}"#, &[("enum", "a", "a must be one of the following: \"x\", 1")]);
        check(r#"{"dependencies": {"a": ["b"]}}"#, r#"{"a": 2}"#, &[("missing_dependency", "(Root)", "Has a dependency on b")]);
        check(r#"{"uniqueItems": true}"#, "[1, 2, 1]", &[("unique", "(Root)", "array items[0,2] must be unique")]);
        check(r#"{"type": "object"}"#, "{}", &[]);
    }

    #[test]
    fn keywords_around_others_are_told_too() {
        let all = r#"{"properties": {"a": {"allOf": [{"required": ["x"]}, {"required": ["y"]}]}, "b": {"type": "null"}}}"#;
        let closing = ("number_all_of", "a", "Must validate all the schemas (allOf)");
        check(all, r#"{"a": {}}"#, &[("required", "a", "x is required"), ("required", "a", "y is required"), closing]);
        let any = r#"{"anyOf": [{"type": "string"}, {"type": "object", "required": ["x"]}]}"#;
        check(
            any,
            "{}",
            &[("number_any_of", "(Root)", "Must validate at least one schema (anyOf)"), ("required", "(Root)", "x is required")],
        );
        let then = ("condition_then", "(Root)", "Must validate \"then\" as \"if\" was valid");
        check(r#"{"if": {}, "then": {"required": ["x"]}}"#, "{}", &[then, ("required", "(Root)", "x is required")]);
    }

    #[test]
    fn schemas_may_be_wrong() {
        let wrong = verified(&Rego::from(r#"{"type": "text"}"#)).to_string();
        assert!(
            wrong.contains("has a primitive type that is NOT VALID -- given: /text/ Expected valid values are:[array boolean"),
            "{wrong}"
        );
        assert_eq!(verified(&Rego::from("{}")).to_string(), "[true,null]");
        assert!(verified(&Rego::from("{")).to_string().contains("jsonschema: invalid JSON string"));
        assert!(matched(&Rego::from("{}"), &Rego::from(r#"{"type": "text"}"#)).is_err());
        let elsewhere = matched(&Rego::from("{}"), &Rego::from(r#"{"$ref": "http://localhost:1/x.json"}"#));
        assert!(matches!(elsewhere, Err(Failure::Unsupported(_))));
    }
}
