//! Every built-in policy on repositories that are broken in random ways: the cases of all policies with values of other types, parts
//! that are gone or stand elsewhere, and bytes that are no text. A policy finds something or does not know; it never fails.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use polity::contract::ContractError;
use polity::disk::read_folder;
use polity::finding::{Diagnostic, SourceText};
use polity::policy::{Policy, Repository, check};
use polity::tree::{Mode, RepoPath, Tree};
use proptest::prelude::*;
use serde_yaml::{Mapping, Value};

/// One change: which file, which kind of change, and a number that everything else about it comes from.
type Change = (u64, u8, u64);

struct World {
    /// As the binary has them, and rewritten as rules of others are.
    policies: [Vec<Policy>; 2],
    cases: Vec<Tree>,
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("policies");
        let mut ids: Vec<String> =
            std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        ids.sort();
        let (mut policies, mut cases) = ([Vec::new(), Vec::new()], Vec::new());
        for id in ids {
            let tree = read_folder(&root.join(&id)).unwrap().tree;
            let mut names: Vec<String> =
                tree.iter().filter_map(|(path, _)| Some(path.as_str().strip_prefix("cases/")?.split_once('/')?.0.to_owned())).collect();
            names.dedup();
            cases.extend(names.iter().map(|name| tree.subtree(&format!("cases/{name}"))));
            let load = || Policy::load("polity", &id, &format!("policies/{id}"), &tree).unwrap();
            policies[0].push(load().verbatim());
            policies[1].push(load());
        }
        World { policies, cases }
    })
}

fn contract(source: &SourceText) -> Result<serde_json::Value, Box<Diagnostic>> {
    polity::contract::evidence(source).map_err(|error| match error {
        ContractError::Syntax(diagnostic) => diagnostic,
        other => Box::new(Diagnostic::new(other.to_string())),
    })
}

/// Numbers that follow from one number (SplitMix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides.max(1) as u64).unwrap()
    }
}

/// A value that nobody expects.
fn odd(dice: &mut Dice) -> Value {
    let mapping = |key: Value, value: Value| Value::Mapping(Mapping::from_iter([(key, value)]));
    match dice.roll(16) {
        0 => Value::Null,
        1 => Value::Bool(true),
        2 => 0.into(),
        3 => (-1).into(),
        4 => u64::MAX.into(),
        5 => 1e300.into(),
        6 => "".into(),
        7 => "a/b:c@sha256:".into(),
        8 => "\u{0}\u{202e}ß {{ x }} ${y}".into(),
        9 => "x".repeat(5000).into(),
        10 => Value::Sequence(Vec::new()),
        11 => Value::Sequence(vec![Value::Null, 1.into(), Value::Sequence(vec![Value::Null])]),
        12 => Value::Mapping(Mapping::new()),
        13 => mapping("name".into(), Value::Sequence(vec![1.into()])),
        14 => mapping(1.into(), mapping(Value::Null, 2.into())),
        _ => (0..40).fold(Value::Null, |inner, _| Value::Sequence(vec![inner])),
    }
}

/// Changes one value somewhere in a document.
fn distort(value: &mut Value, dice: &mut Dice) {
    let deeper = dice.roll(4) > 0;
    match value {
        Value::Mapping(mapping) if deeper && !mapping.is_empty() => {
            let key = mapping.keys().nth(dice.roll(mapping.len())).cloned().unwrap();
            match dice.roll(8) {
                0 => drop(mapping.remove(&key)),
                1 => drop(mapping.insert(odd(dice), mapping[&key].clone())),
                _ => distort(mapping.get_mut(&key).unwrap(), dice),
            }
        }
        Value::Sequence(items) if deeper && !items.is_empty() => {
            let at = dice.roll(items.len());
            match dice.roll(8) {
                0 => drop(items.remove(at)),
                1 => items.push(items[at].clone()),
                2 => items.insert(at, odd(dice)),
                _ => distort(&mut items[at], dice),
            }
        }
        _ if dice.roll(6) == 0 => *value = Value::Sequence(vec![value.clone(), value.clone()]),
        _ => *value = odd(dice),
    }
}

/// Changes one value somewhere in a TOML document.
fn distort_table(table: &mut dyn toml_edit::TableLike, dice: &mut Dice) {
    let keys: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
    let Some(key) = keys.get(dice.roll(keys.len())) else { return };
    let odd = ["1", "-1.5", "true", "\"\"", "[]", "[1, [2], {a = 3}]", "{}", "{version = [1]}", "1979-05-27"];
    match dice.roll(6) {
        0 => drop(table.remove(key)),
        1 | 2 => drop(table.insert(key, toml_edit::value(odd[dice.roll(odd.len())].parse::<toml_edit::Value>().unwrap()))),
        _ => match table.get_mut(key).and_then(toml_edit::Item::as_table_like_mut) {
            Some(inner) => distort_table(inner, dice),
            None => drop(table.insert(key, toml_edit::value(odd[dice.roll(odd.len())].parse::<toml_edit::Value>().unwrap()))),
        },
    }
}

/// The same document with one value changed; `None` when it is no document.
fn structural(path: &str, text: &str, dice: &mut Dice) -> Option<String> {
    if path.ends_with(".toml") {
        let mut document: toml_edit::DocumentMut = text.parse().ok()?;
        distort_table(document.as_table_mut(), dice);
        return Some(document.to_string());
    }
    if !path.ends_with(".yaml") && !path.ends_with(".yml") && !path.ends_with(".json") {
        return None;
    }
    let mut documents: Vec<Value> = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        documents.push(serde::Deserialize::deserialize(document).ok()?);
    }
    let at = dice.roll(documents.len());
    distort(documents.get_mut(at)?, dice);
    let texts: Option<Vec<String>> = documents.iter().map(|document| serde_yaml::to_string(document).ok()).collect();
    if path.ends_with(".json") { serde_json::to_string(&documents[0]).ok() } else { Some(texts?.join("---\n")) }
}

/// Bytes with a hole, a repetition, or something that does not belong there.
fn textual(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let (from, to) = (dice.roll(bytes.len() + 1), dice.roll(bytes.len() + 1));
    let (from, to) = (from.min(to), from.max(to));
    let strange: [&[u8]; 8] = [b"\xff\xfe", b"\0", b"\r", b"{{", b"\xef\xbb\xbf", b"---\n", b"&a [*a, *a]", "\u{2028}ﬁ".as_bytes()];
    match dice.roll(5) {
        0 => [&bytes[..from], &bytes[to..]].concat(),
        1 => bytes[..from].to_vec(),
        2 => [bytes, &bytes[from..to]].concat(),
        3 => [&bytes[..from], strange[dice.roll(strange.len())], &bytes[from..]].concat(),
        _ => bytes.iter().map(|byte| if dice.roll(60) == 0 { b" :-[]{}\"'#\n"[dice.roll(11)] } else { *byte }).collect(),
    }
}

fn broken(case: &Tree, other: &Tree, changes: &[Change]) -> Tree {
    let mut tree = case.clone();
    for (file, kind, seed) in changes {
        let mut dice = Dice(*seed);
        let paths: Vec<RepoPath> = tree.iter().map(|(path, _)| path.clone()).collect();
        let Some(path) = paths.get(usize::try_from(*file).unwrap_or_default() % paths.len().max(1)) else { continue };
        let bytes = tree.read(path).unwrap().to_vec();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let changed = match kind % 8 {
            0 => textual(&bytes, &mut dice),
            // A file of another case under the name of this one.
            1 => other.iter().nth(dice.roll(other.len())).map_or_else(Vec::new, |(path, _)| other.read(path).unwrap().to_vec()),
            _ => structural(path.as_str(), &text, &mut dice).map_or_else(|| textual(&bytes, &mut dice), String::into_bytes),
        };
        tree.insert(path.clone(), Mode::File, changed);
    }
    tree
}

/// Nothing fails, and the rules mean the same as they stand and as OPA reads them.
#[track_caller]
fn hold(tree: &Tree) {
    let said = world().policies.each_ref().map(|policies| {
        let outcome = check(policies, &Arc::new(Repository::new(tree.clone(), Vec::new())), contract).unwrap_or_else(|errors| {
            let said: Vec<String> = errors.into_iter().map(|error| format!("{:?}", error.into_diagnostic())).collect();
            panic!("{}", said.join("\n"));
        });
        let findings = outcome.findings.iter().map(|finding| format!("{finding:?}"));
        findings.chain(outcome.evaluations.iter().map(|one| format!("{one:?}"))).collect::<Vec<_>>()
    });
    let [plain, rewritten] = &said;
    let lacks = |all: &[String], one: &String| !all.contains(one);
    let only = |all: &[String], other: &[String]| all.iter().filter(|one| lacks(other, one)).cloned().collect::<Vec<_>>().join("\n");
    let (stands, reads) = (only(plain, rewritten), only(rewritten, plain));
    assert!(plain == rewritten, "as it stands:\n{stands}\nas OPA reads it:\n{reads}");
}

#[test]
fn the_rules_mean_the_same_as_they_stand_and_as_opa_reads_them() {
    world().cases.iter().for_each(hold);
}

/// As many broken repositories as a run of all tests has time for.
const FEW: u32 = 24;

fn runs() -> u32 {
    std::env::var("POLITY_FUZZ").ok().and_then(|number| number.parse().ok()).unwrap_or(FEW)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: runs(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn broken_repositories_break_no_policy(
        case in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
        changes in prop::collection::vec(any::<Change>(), 1..6),
    ) {
        let cases = &world().cases;
        hold(&broken(case.get(cases), other.get(cases), &changes));
    }
}

#[test]
fn every_case_with_every_file_as_a_list_breaks_no_policy() {
    let every = if runs() > FEW { 1 } else { 3 };
    for case in world().cases.iter().step_by(every) {
        let mut tree = case.clone();
        let paths: Vec<RepoPath> = case.iter().map(|(path, _)| path.clone()).filter(|path| path.as_str() != "polity.yaml").collect();
        for path in paths {
            tree.insert(path, Mode::File, b"[null, 1, [2], {a: 3}]\n".as_slice());
        }
        hold(&tree);
    }
}
