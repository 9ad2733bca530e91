//! `graph.reachable_paths` as OPA has it: a path ends where no edge goes on, where it would come to a node again, or at one that is no node.

use std::collections::BTreeSet;

use regorus::Value as Rego;

use super::{Answer, Failure, Function};

pub(super) const FUNCTIONS: &[(&str, u8, Function)] = &[("graph.reachable_paths", 2, |args, _| all(&args[0], &args[1]))];

/// The most paths that are listed: a graph may have more of them than fit into a memory.
const MAX_PATHS: usize = 100_000;

fn all(graph: &Rego, starts: &Rego) -> Answer {
    if !matches!(graph, Rego::Object(_)) {
        return Err("operand 1 must be object".into());
    }
    if !matches!(starts, Rego::Array(_) | Rego::Set(_)) {
        return Err("operand 2 must be one of {array, set}".into());
    }
    let mut found = BTreeSet::new();
    for start in neighbours(starts) {
        match edges(graph, start) {
            None => {}
            Some(next) if next.is_empty() => {
                found.insert(Rego::from(vec![start.clone()]));
            }
            // That the start leads to itself is not noticed before its own edges are followed.
            Some(next) => {
                for node in next {
                    follow(graph, node, &mut vec![start.clone()], &mut found)?;
                }
            }
        }
    }
    Ok(Rego::from(found))
}

fn follow(graph: &Rego, node: &Rego, path: &mut Vec<Rego>, found: &mut BTreeSet<Rego>) -> Result<(), Failure> {
    if found.len() >= MAX_PATHS {
        return Err(Failure::Unsupported(format!("more than {MAX_PATHS} paths are not listed")));
    }
    let Some(next) = edges(graph, node) else {
        found.insert(Rego::from(path.clone()));
        return Ok(());
    };
    path.push(node.clone());
    if next.is_empty() {
        found.insert(Rego::from(path.clone()));
    }
    for neighbour in next {
        if path.contains(neighbour) {
            found.insert(Rego::from(path.clone()));
        } else {
            follow(graph, neighbour, path, found)?;
        }
    }
    path.pop();
    Ok(())
}

/// Where a node leads; `None` for what is no node.
fn edges<'a>(graph: &'a Rego, node: &Rego) -> Option<Vec<&'a Rego>> {
    graph.as_object().ok()?.get(node).map(neighbours)
}

fn neighbours(nodes: &Rego) -> Vec<&Rego> {
    match nodes {
        Rego::Array(items) => items.iter().collect(),
        Rego::Set(items) => items.iter_sorted().collect(),
        _ => Vec::new(),
    }
}
