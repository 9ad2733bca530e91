//! Which answers shaped a line of a template: those in its own expressions, and those in the conditions and loops around it.

use std::collections::{BTreeMap, BTreeSet};

use crate::template::engine::{closings, openings, variables};
use crate::template::{Layer, Stack};

/// The inputs that decide what a line of a template becomes, in the order of asking.
#[must_use]
pub fn shaped_by(stack: &Stack, layer: &Layer, text: &str, line: usize) -> Vec<String> {
    let mut around: Vec<Vec<String>> = Vec::new();
    let mut set: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut found = Vec::new();
    for (number, tag, body) in tags(layer, text) {
        if number > line {
            break;
        }
        if tag == 0 {
            if number == line {
                found.extend(names(body));
            }
            continue;
        }
        let (word, rest) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
        match word {
            "if" => around.push(names(rest)),
            "elif" => around.last_mut().into_iter().for_each(|last| last.extend(names(rest))),
            "for" => around.push(names(rest.split_once(" in ").map_or("", |(_, list)| list))),
            "endif" | "endfor" => drop(around.pop()),
            "set" => drop(rest.split_once('=').map(|(name, value)| set.insert(name.trim().to_owned(), names(value)))),
            _ => {}
        }
    }
    found.extend(around.into_iter().flatten());
    inputs(stack, &set, found)
}

/// The names of inputs behind names of variables: values are made of inputs.
fn inputs(stack: &Stack, set: &BTreeMap<String, Vec<String>>, mut open: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let values = stack.layers.iter().flat_map(|layer| layer.file.values.iter()).filter(|(value, _)| *value == name);
        open.extend(values.flat_map(|(_, template)| variables(template).unwrap_or_default()));
        open.extend(set.get(&name).into_iter().flatten().cloned());
    }
    stack.inputs.iter().map(|input| &input.name).filter(|name| seen.contains(*name)).cloned().collect()
}

/// The variables of an expression.
fn names(expression: &str) -> Vec<String> {
    variables(&format!("{{{{ {expression} }}}}")).unwrap_or_default()
}

/// The expressions (0) and statements (1) of a text, each with its line and what stands in it.
fn tags<'a>(layer: &Layer, text: &'a str) -> Vec<(usize, usize, &'a str)> {
    let (opening, closing) = (openings(layer.file.delimiters), closings(layer.file.delimiters));
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        let next = (0..3).filter_map(|kind| Some((text[at..].find(opening[kind])?, kind))).min();
        let Some((start, kind)) = next else { return found };
        let start = at + start;
        let Some(length) = text[start + 2..].find(closing[kind]) else { return found };
        if kind < 2 {
            let body = text[start + 2..start + 2 + length].trim_matches('-').trim();
            found.push((text[..start].matches('\n').count() + 1, kind, body));
        }
        at = start + 2 + length + 2;
    }
}
