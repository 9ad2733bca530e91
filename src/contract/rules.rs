//! What is wrong with a document although each part has the right form: paths that cannot be told apart, parameters that no path has.

use std::collections::{HashMap, HashSet};

use crate::config::Step;

use super::model::{Operation, Parameter};
use super::structure::{Problems, short};

/// The most undeclared names noted for one path.
const MAX_NAMES: usize = 20;

/// The checks that compare operations with each other or with their path.
pub(super) fn problems(operations: &[Operation], problems: &mut Problems) {
    let mut shapes: HashMap<String, &str> = HashMap::new();
    for operation in operations {
        let at = vec![Step::Key("paths".to_owned()), Step::Key(operation.path.clone())];
        let Some(names) = template_names(&operation.path) else {
            problems.add(format!("the braces in path `{}` do not match", short(&operation.path)), at);
            continue;
        };
        let first = *shapes.entry(blank(&operation.path)).or_insert(&operation.path);
        if first != operation.path {
            problems.add(format!("path `{}` cannot be told from `{}`", short(&operation.path), short(first)), at.clone());
        }
        path_parameters(operation, &names, problems);
        repeated_parameters(&operation.parameters, problems);
    }
}

fn path_parameters(operation: &Operation, names: &[&str], problems: &mut Problems) {
    let declared: Vec<_> = operation.parameters.iter().filter(|parameter| parameter.location == "path").collect();
    let declared_names: HashSet<_> = declared.iter().map(|parameter| parameter.name.as_str()).collect();
    for name in names.iter().filter(|name| !declared_names.contains(*name)).take(MAX_NAMES) {
        let message = format!("path parameter `{}` of `{}` is not declared", short(name), short(&operation.path));
        problems.add(message, operation.at.clone());
    }
    let used: HashSet<_> = names.iter().copied().collect();
    for parameter in declared.into_iter().filter(|parameter| !used.contains(parameter.name.as_str())) {
        let message = format!("path parameter `{}` does not stand in the path `{}`", short(&parameter.name), short(&operation.path));
        problems.add(message, parameter.at.clone());
    }
}

fn repeated_parameters(parameters: &[Parameter], problems: &mut Problems) {
    let mut seen = HashSet::new();
    for parameter in parameters {
        if !seen.insert((&parameter.name, &parameter.location)) {
            let message = format!("{} parameter `{}` is declared twice", short(&parameter.location), short(&parameter.name));
            problems.add(message, parameter.at.clone());
        }
    }
}

/// The names in braces, or `None` when the braces do not match.
pub(super) fn template_names(text: &str) -> Option<Vec<&str>> {
    let (mut names, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}')?;
        if before.contains('}') || name.contains('{') {
            return None;
        }
        names.push(name);
        rest = tail;
    }
    (!rest.contains('}')).then_some(names)
}

/// The path with all names in braces left out: two paths that differ in these only match the same requests.
fn blank(path: &str) -> String {
    let parts =
        path.split('{').enumerate().map(|(index, part)| if index == 0 { part } else { part.split_once('}').map_or("", |(_, rest)| rest) });
    parts.collect::<Vec<_>>().join("{}")
}
