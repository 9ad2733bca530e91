//! Rules and functions that lead back to themselves: OPA refuses them when it compiles. The engine notices only rules without arguments, and those
//! only when it evaluates one; a function that calls itself would take all of the stack and end the process.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use regorus::unstable::{Expr, Rule, RuleHead};

use super::module::Parsed;
use super::scopes::{Known, Use};
use crate::policy::walk::{self, parts};

/// The most rules that may stand behind each other: each takes its share of the stack.
const MAX_DEPTH: usize = 200;

/// The rules of one name, and what they look at.
#[derive(Default)]
struct Node {
    place: String,
    to: BTreeSet<usize>,
}

/// Every rule that leads back to itself, and a chain of rules that is too long; `uses` is what each module's rules look at.
pub(super) fn recursive(modules: &[Parsed], uses: &[Vec<Use>]) -> Vec<String> {
    let mut ids: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    let mut nodes: Vec<Node> = Vec::new();
    let mut of_rule: Vec<Vec<usize>> = Vec::new();
    for module in modules {
        let rules = module.module.policy.iter().map(|rule| {
            *ids.entry(path(module, rule)).or_insert_with(|| {
                nodes.push(Node { place: format!("{}:{}", module.path, rule.span().line), to: BTreeSet::new() });
                nodes.len() - 1
            })
        });
        of_rule.push(rules.collect());
    }
    for (rules, uses) in of_rule.iter().zip(uses) {
        for one in uses {
            nodes[rules[one.rule]].to.extend(targets(&ids, &one.path));
        }
    }
    let names: HashMap<usize, String> = ids.into_iter().map(|(path, id)| (id, format!("data.{}", path.join(".")))).collect();
    let mut errors = Vec::new();
    let order = ordered(&nodes);
    for (id, node) in nodes.iter().enumerate().filter(|(id, _)| !order.contains_key(id)) {
        if let Some(cycle) = cycle(&nodes, id) {
            let cycle: Vec<_> = cycle.iter().map(|id| names[id].as_str()).collect();
            errors.push(format!("{}: rego_recursion_error: rule {} is recursive: {}", node.place, names[&id], cycle.join(" -> ")));
        }
    }
    let deepest = order.iter().max_by_key(|(id, depth)| (**depth, std::cmp::Reverse(**id))).filter(|(_, depth)| **depth > MAX_DEPTH);
    errors.extend(deepest.map(|(id, depth)| {
        format!(
            "{}: rego_compile_error: rule {} leads through {depth} rules, at most {MAX_DEPTH} are evaluated",
            nodes[*id].place, names[id]
        )
    }));
    errors
}

/// The name of a rule below `data`, as far as it is written out.
fn path(module: &Parsed, rule: &Rule) -> Vec<String> {
    let (Rule::Default { refr, .. }
    | Rule::Spec { head: RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. } | RuleHead::Func { refr, .. }, .. }) = rule;
    let mut path = walk::dotted(&module.module.package.refr).unwrap_or_default();
    path.extend(parts(refr).into_iter().map_while(|part| part));
    path
}

/// What a reference stands for below `data`; `None` for one to the input, to a variable, or to a function that policies do not define.
pub(super) fn absolute(reference: &Expr, known: &Known<'_>) -> Option<Vec<Option<String>>> {
    let mut parts = parts(reference);
    let root = parts.first().cloned().flatten()?;
    let start: Vec<String> = match known.aliases.get(&root) {
        Some(path) => path.clone(),
        None if root == "data" => vec![root],
        None if known.is_rule(&root) => std::iter::once("data".to_owned()).chain(known.package.iter().cloned()).chain([root]).collect(),
        None => return None,
    };
    let (first, rest) = start.split_first()?;
    (first == "data").then(|| rest.iter().cloned().map(Some).chain(parts.drain(1..)).collect())
}

/// The rules that a reference looks at: those of its name, those below it, and the one of which it takes a member.
fn targets(ids: &BTreeMap<Vec<String>, usize>, wanted: &[Option<String>]) -> Vec<usize> {
    let start: Vec<String> = wanted.iter().map_while(Clone::clone).collect();
    let above = (1..start.len()).filter_map(|length| ids.get(&start[..length]).copied());
    let fits = |path: &[String]| path.iter().zip(wanted).all(|(name, part)| part.as_ref().is_none_or(|part| part == name));
    let below = ids.range(start.clone()..).take_while(|(path, _)| path.starts_with(&start)).filter(|(path, _)| fits(path));
    above.chain(below.map(|(_, id)| *id)).collect()
}

/// How many rules stand behind each rule, itself included, without those that lead to a cycle.
fn ordered(nodes: &[Node]) -> HashMap<usize, usize> {
    let mut open: Vec<usize> = nodes.iter().map(|node| node.to.len()).collect();
    let mut from: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    for (id, node) in nodes.iter().enumerate() {
        node.to.iter().for_each(|to| from[*to].push(id));
    }
    let mut ready: Vec<usize> = (0..nodes.len()).filter(|id| open[*id] == 0).collect();
    let mut depths: HashMap<usize, usize> = HashMap::new();
    while let Some(id) = ready.pop() {
        depths.insert(id, 1 + nodes[id].to.iter().filter_map(|to| depths.get(to)).max().copied().unwrap_or_default());
        for user in &from[id] {
            open[*user] -= 1;
            if open[*user] == 0 {
                ready.push(*user);
            }
        }
    }
    depths
}

/// The shortest way from a rule back to it.
fn cycle(nodes: &[Node], start: usize) -> Option<Vec<usize>> {
    let mut ways = std::collections::VecDeque::from([vec![start]]);
    let mut seen = HashSet::new();
    while let Some(way) = ways.pop_front() {
        for next in way.last().map(|last| &nodes[*last].to).into_iter().flatten() {
            let longer = || way.iter().copied().chain([*next]).collect();
            if *next == start {
                return Some(longer());
            }
            if seen.insert(*next) {
                ways.push_back(longer());
            }
        }
    }
    None
}
