//! The laws of layers: any order gives the same result, one more layer never loosens what is mandatory.

use std::sync::OnceLock;

use proptest::prelude::*;

use super::*;
use crate::config::{Format, Grade, load};
use crate::tree::{Mode, RepoPath, Tree};

/// A policy with a parameter of every order, and one without.
fn policy() -> &'static Policy {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    POLICY.get_or_init(|| {
        let mut tree = Tree::new();
        let mut add = |path: &str, text: &str| tree.insert(RepoPath::new(path).unwrap(), Mode::File, text.as_bytes());
        add(
            "policy.yaml",
            "version: 1.0.0\ntitle: t\nseverity: warning\nowner: o\nparameters:\n  low: {type: integer, default: 90, order: smaller, help: h}\n  \
             high: {type: integer, default: 1, order: larger, help: h}\n  some: {type: list, default: [a], order: union, help: h}\n  \
             both: {type: list, default: [a, b], order: intersection, help: h}\n  word: {type: string, default: x, help: h}\n",
        );
        add("policy.rego", "package polity\ndeny contains {\"message\": \"m\"} if input.parameters.low > 3\n");
        Policy::load("acme", "probe", "policies/probe", &tree).unwrap()
    })
}

fn layer(name: &str, level: &str, rest: &str) -> Layer {
    let text = format!("version: 1.0.0\ntitle: t\nlevel: {level}\nowner: o\n{rest}");
    Layer::load(name, SourceText::new(format!("{name}.yaml"), text)).unwrap()
}

fn rules(layers: Vec<Layer>) -> Rules {
    Rules { shared: layers, today: Date::parse("2026-06-15").unwrap(), ..Rules::default() }
}

fn facts(text: &str) -> ServiceFile {
    load(&SourceText::new("polity.yaml", text), Format::Yaml).unwrap().0
}

/// Severity and parameters with their origins, or the conflict.
fn said(layers: Vec<Layer>) -> String {
    let facts = facts("service: {name: s, tier: core, owner: pay}\n");
    match effective(policy(), &rules(layers), "", Some(&facts)) {
        Ok(found) => {
            let parameters: Vec<_> =
                found.parameters.iter().map(|(name, s)| format!("{name}={}@{}", s.value, s.origins.join("+"))).collect();
            format!("{}@{} {}", found.grade.value.as_str(), found.grade.origins.join("+"), parameters.join(" "))
        }
        Err(diagnostic) => {
            format!("{} {:?}", diagnostic.title, diagnostic.locations.iter().map(|l| (&l.path, l.start.line)).collect::<Vec<_>>())
        }
    }
}

fn grade(layers: Vec<Layer>) -> Grade {
    let facts = facts("service: {name: s, tier: core, owner: pay}\n");
    effective(policy(), &rules(layers), "", Some(&facts)).unwrap().grade.value
}

#[test]
fn the_strictest_mandatory_severity_wins_and_a_default_may_be_loosened() {
    let floor = || layer("org", "org", "mandatory: [{policy: probe, severity: error}]\n");
    assert_eq!(grade(vec![]), Grade::Warning, "without layers the policy speaks for itself");
    assert_eq!(grade(vec![floor(), layer("t", "team", "default: [{policy: probe, severity: 'off'}]\n")]), Grade::Error);
    let loose = || layer("org", "org", "default: [{policy: 'acme/*', severity: 'error'}]\n");
    assert_eq!(grade(vec![loose()]), Grade::Error);
    assert_eq!(grade(vec![loose(), layer("t", "team", "default: [{policy: acme/probe, severity: 'off'}]\n")]), Grade::Off);
    assert_eq!(
        grade(vec![layer("t", "team", "default: [{policy: probe, severity: 'off'}, {policy: '*/*', severity: error}]\n")]),
        Grade::Off
    );
    assert_eq!(grade(vec![layer("t", "team", "mandatory: [{policy: probe}]\n")]), Grade::Warning, "mandatory as it is");
}

#[test]
fn a_default_without_a_severity_switches_on_what_a_wider_layer_switches_off() {
    let of = |name: &str, level: &str, rest: &str| layer(name, level, &format!("default: [{{policy: {rest}}}]\n"));
    let off = || of("org", "org", "'acme/*', severity: 'off'");
    let bare = || of("team", "team", "probe, parameters: {low: 3}");
    assert_eq!(said(vec![bare(), off()]).split(' ').next(), Some("warning@team.yaml:5"), "as grave as the policy says");
    assert_eq!(grade(vec![off(), bare(), of("own", "repository", "probe, severity: 'off'")]), Grade::Off, "the narrower one decides");
    assert_eq!(grade(vec![off(), of("d", "domain", "probe, severity: error"), bare()]), Grade::Error, "what is on stays as it is");
    assert_eq!(grade(vec![off(), of("d", "domain", "probe, severity: advice"), bare()]), Grade::Advice);
    assert_eq!(grade(vec![layer("o", "org", "default: [{policy: 'acme/*', severity: 'off'}, {policy: probe}]\n")]), Grade::Warning);
    let there = rules(vec![off(), of("team", "team", "probe, scope: {paths: ['src/**']}")]);
    let at = |path: &str| severity_at(policy(), &there, "", None, path).value;
    assert_eq!((at("src/a"), at("doc/a")), (Grade::Warning, Grade::Off));
    assert!(Demands::new(policy(), &there, &[]).unwrap().is_wanted());
}

#[test]
fn a_layer_switched_off_drops_nothing_that_another_enabled() {
    let one = || layer("a", "team", "mandatory: [{policy: probe, severity: error}]\n");
    let two = || layer("b", "team", "mandatory: [{policy: probe, severity: error}]\n");
    assert_eq!((grade(vec![one(), two()]), grade(vec![one()]), grade(vec![two()])), (Grade::Error, Grade::Error, Grade::Error));
}

#[test]
fn parameters_are_joined_by_their_order() {
    let org = layer("org", "org", "mandatory:\n- policy: probe\n  parameters: {low: 30, high: 5, some: [b], both: [b, c]}\n");
    let team = layer("team", "team", "default:\n- policy: probe\n  parameters: {low: 60, high: 7, some: [c], both: [c]}\n");
    assert_eq!(
        said(vec![org, team]),
        "warning@org.yaml:6 both=[\"c\"]@org.yaml:7+team.yaml:7 high=7@team.yaml:7 low=30@org.yaml:7 some=[\"b\",\"c\"]@org.yaml:7+team.yaml:7 word=\"x\"@policies/probe/policy.yaml"
    );
}

#[test]
fn values_without_an_order_are_a_conflict_with_both_origins() {
    let org = layer("org", "org", "mandatory: [{policy: probe, parameters: {word: a}}]\n");
    let team = layer("team", "team", "default: [{policy: probe, parameters: {word: b}}]\n");
    let expected = "layers disagree about `word` of policy `acme/probe` [(\"org.yaml\", 5), (\"team.yaml\", 5)]";
    assert_eq!(said(vec![org.clone(), team.clone()]), expected);
    assert_eq!(said(vec![team, org]), expected);
    let narrow = layer("r", "repository", "default: [{policy: probe, parameters: {word: c}}]\n");
    let wide = layer("o", "org", "default: [{policy: probe, parameters: {word: d}}]\n");
    assert!(said(vec![narrow, wide]).contains("word=\"c\"@r.yaml:5"), "the narrower default wins");
}

#[test]
fn stages_have_dates() {
    let at = |stages: &str, day: &str| {
        let mut rules = rules(vec![layer("o", "org", &format!("mandatory: [{{policy: probe, severity: error, {stages}}}]\n"))]);
        rules.today = Date::parse(day).unwrap();
        effective(policy(), &rules, "", None).unwrap().grade.value
    };
    assert_eq!(at("enforce_after: 2026-07-01", "2026-06-30"), Grade::Advice);
    assert_eq!(at("enforce_after: 2026-07-01", "2026-07-01"), Grade::Error);
    let all = "rollout: {observe: 2026-01-01, warn: 2026-02-01, deny: 2026-03-01}";
    let grades = ["2025-12-31", "2026-01-01", "2026-02-01", "2026-03-01"].map(|day| at(all, day));
    assert_eq!(grades, [Grade::Off, Grade::Advice, Grade::Warning, Grade::Error]);
}

#[test]
fn scopes_are_facts_and_paths() {
    let scope = |scope: &str| grade(vec![layer("o", "org", &format!("mandatory: [{{policy: probe, severity: error, scope: {scope}}}]\n"))]);
    assert_eq!(scope("{tier: [core], owner: [pay, ship]}"), Grade::Error);
    assert_eq!(scope("{tier: [edge]}"), Grade::Warning);
    assert_eq!(scope("{tier: [core], context: [billing]}"), Grade::Warning, "a fact that is not stated matches nothing");
    let rules = rules(vec![layer("o", "org", "default: [{policy: probe, severity: 'off', scope: {paths: ['examples/**']}}]\n")]);
    let at = |path: &str| severity_at(policy(), &rules, "", None, path).value;
    assert_eq!((at("examples/a/b.yaml"), at("src/examples.yaml")), (Grade::Off, Grade::Warning));
}

/// What each of two services and the repository come to, with the value of `low` that the rule gets.
fn among(shared: &str, own: &[(&str, &str)]) -> String {
    let mut rules = rules(vec![layer("o", "org", shared)]);
    for (root, text) in own {
        rules.own.insert((*root).to_owned(), vec![layer(root, "team", text)]);
    }
    let (core, device) = (facts("service: {name: a, tier: core}\n"), facts("service: {name: b, tier: device}\n"));
    match Demands::new(policy(), &rules, &[("a", Some(&core)), ("b", Some(&device))]) {
        Ok(demands) => {
            let grades = ["a", "b", ""].map(|root| demands.severity_at(root, &format!("{root}/x")).value.as_str());
            let all = demands.all();
            format!("{} low={} wanted={}", grades.join(" "), all.parameters["low"].value, demands.is_wanted())
        }
        Err(diagnostic) => format!("{}; {}", diagnostic.title, diagnostic.notes.join("; ")),
    }
}

#[test]
fn a_policy_of_the_repository_asks_each_service_alone() {
    let device = "default: [{policy: probe, severity: 'off', scope: {tier: [device]}}]\n";
    assert_eq!(among(device, &[]), "warning off warning low=90 wanted=true");
    assert_eq!(among("", &[("a", "mandatory: [{policy: probe, severity: error}]\n")]), "error warning error low=90 wanted=true");
    let off = "default: [{policy: probe, severity: 'off'}]\n";
    assert_eq!(among("", &[("a", off), ("b", off)]), "off off off low=90 wanted=false");
    let low = |value: u8| format!("default: [{{policy: probe, parameters: {{low: {value}}}}}]\n");
    assert_eq!(among("", &[("a", &low(30)), ("b", &low(20))]), "warning warning warning low=20 wanted=true");
    assert_eq!(among("", &[("a", &low(99))]), "warning warning warning low=90 wanted=true", "b never asked for less");
    let word = |value: &str| format!("default: [{{policy: probe, parameters: {{word: {value}}}}}]\n");
    assert_eq!(among("", &[("a", &word("y"))]), "warning warning warning low=90 wanted=true");
    let said = among("", &[("a", &word("y")), ("b", &word("z"))]);
    assert!(said.starts_with("services disagree about `word`") && said.contains("`a` has \"y\" from a.yaml:5"), "{said}");
}

#[test]
fn every_mistake_has_a_place() {
    #[track_caller]
    fn check(rest: &str, expected: &str) {
        let text = format!("version: 1.0.0\ntitle: t\nlevel: org\nowner: o\n{rest}");
        let error = Layer::load("l", SourceText::new("l", text)).unwrap_err().0;
        let place = &error.locations[0].start;
        assert_eq!(format!("{}:{}: {}", place.line, place.column, error.title), expected);
    }
    check("mandatory: [{policy: a, severity: 'off'}]\n", "5:25: a mandatory entry cannot switch a policy off");
    check("mandatory: [{policy: a, severty: error}]\n", "5:25: unknown key `severty`");
    check("mandatory: [{policy: a, enforce_after: soon}]\n", "5:25: `soon` is not a day such as 2026-12-31");
    check("default: [{policy: 'a/*', parameters: {x: 1}}]\n", "5:27: parameters belong to one policy, and this entry names a pattern");
    let scoped = "5:25: parameters cannot be scoped by paths";
    check("mandatory: [{policy: a, parameters: {x: 1}, scope: {paths: ['src/**']}}]\n", scoped);
    check("default:   [{policy: a, parameters: {x: 1}, scope: {owner: [o], paths: ['src/**']}}]\n", scoped);
    check("default: [{policy: 'a/[', severity: error}]\n", "5:12: `a/[` is no pattern: unclosed character class; missing ']'");
    check("default: [{policy: a, rollout: {warn: 2026-02-01, deny: 2026-01-01}}]\n", "5:23: stages of a rollout are out of order");
    check(
        "default: [{policy: a, enforce_after: 2026-01-01, rollout: {deny: 2026-01-01}}]\n",
        "5:23: `enforce_after` and `rollout` say two things",
    );
}

#[test]
fn names_and_values_are_held_to_the_policies() {
    let names = [("acme".to_owned(), "probe".to_owned()), ("b".to_owned(), "twice".to_owned()), ("c".to_owned(), "twice".to_owned())];
    let check = |rest: &str, expected: &str| {
        let error = layer("l", "org", rest).fits(&names, std::slice::from_ref(policy())).unwrap_err();
        assert_eq!(format!("{}; {}", error.title, error.helps.join("; ")), expected);
    };
    check("default: [{policy: prob}]\n", "layer `l` names a policy that is not at hand: `prob`; did you mean `probe`?");
    check("mandatory: [{policy: 'acme/pro'}]\n", "layer `l` names a policy that is not at hand: `acme/pro`; did you mean `acme/probe`?");
    check(
        "mandatory: [{policy: 'acme/prob*e*s'}]\n",
        "layer `l` demands policies of which none is at hand: `acme/prob*e*s`; did you mean `acme/probe`?",
    );
    let idle = layer("l", "org", "default: [{policy: 'acme/zz*'}, {policy: 'acme/*'}]\nmandatory: [{policy: '*/tw*'}]\n");
    idle.fits(&names, std::slice::from_ref(policy())).unwrap();
    assert_eq!(idle.idle(&names).map(|entry| entry.demand.policy.as_str()).collect::<Vec<_>>(), ["acme/zz*"]);
    check("default: [{policy: twice}]\n", "more than one policy is called `twice`; name one of them in full: `b/twice`, `c/twice`");
    check("default: [{policy: probe, parameters: {lo: 1}}]\n", "policy `acme/probe` has no parameter `lo`; did you mean `low`?");
    check("default: [{policy: probe, parameters: {low: many}}]\n", "`low` of policy `acme/probe` is not of type integer; ");
}

/// An entry with a severity, parameters with orders, stages and a scope.
fn entry() -> impl Strategy<Value = (bool, String)> {
    let severity = prop::sample::select(vec!["", ", severity: advice", ", severity: warning", ", severity: error"]);
    let stages = prop::sample::select(vec!["", ", enforce_after: 2026-06-01", ", enforce_after: 2026-07-01"]);
    let scope = prop::sample::select(vec!["", ", scope: {tier: [core]}", ", scope: {tier: [edge]}"]);
    let name = prop::sample::select(vec!["probe", "acme/probe"]);
    let list = prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 0..3).prop_map(|items| items.join(", "));
    (any::<bool>(), name, severity, stages, scope, 0i64..9, 0i64..9, list).prop_map(
        |(mandatory, name, severity, stages, scope, low, high, list)| {
            let parameters = format!("{{low: {low}, high: {high}, some: [{list}], both: [{list}]}}");
            (mandatory, format!("{{policy: {name}{severity}{stages}{scope}, parameters: {parameters}}}"))
        },
    )
}

/// A level and entries.
type Written<'a> = (&'a str, Vec<(bool, String)>);

fn some_layers() -> impl Strategy<Value = Vec<Layer>> {
    let level = prop::sample::select(vec!["org", "domain", "team", "repository"]);
    let one = (level, prop::collection::vec(entry(), 0..3));
    prop::collection::vec(one, 0..4).prop_map(|all| {
        let write = |(index, (level, entries)): (usize, Written<'_>)| {
            let list =
                |wanted: bool| entries.iter().filter(|(m, _)| *m == wanted).map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(", ");
            layer(&format!("l{index}"), level, &format!("mandatory: [{}]\ndefault: [{}]\n", list(true), list(false)))
        };
        all.into_iter().enumerate().map(write).collect()
    })
}

/// The same layers with nothing but what is mandatory.
fn mandatory(layers: &[Layer]) -> Vec<Layer> {
    let keep = |layer: &Layer| Layer {
        entries: layer.entries.iter().filter(|entry| entry.strength == Strength::Mandatory).cloned().collect(),
        ..layer.clone()
    };
    layers.iter().map(keep).collect()
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(200)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn any_order_gives_the_same_result(layers in some_layers(), turn in 0usize..4) {
        let mut turned = layers.clone();
        let by = turn % turned.len().max(1);
        turned.rotate_left(by);
        prop_assert_eq!(said(layers.clone()), said(turned));
        let reversed = layers.iter().rev().cloned().collect();
        prop_assert_eq!(said(layers), said(reversed));
    }

    #[test]
    fn one_more_layer_never_loosens_what_is_mandatory(layers in some_layers(), more in some_layers()) {
        let floor = mandatory(&layers);
        let is_asked = floor.iter().any(|layer| layer.entries.iter().any(|e| e.demand.scope.tier.is_empty()));
        let facts = facts("service: {name: s, tier: core}\n");
        let before = effective(policy(), &rules(floor), "", Some(&facts)).unwrap();
        let all: Vec<_> = layers.into_iter().chain(more).collect();
        let after = effective(policy(), &rules(all), "", Some(&facts)).unwrap();
        if is_asked {
            prop_assert!(after.grade.value >= before.grade.value);
            for (name, setting) in before.parameters.iter().filter(|(_, setting)| setting.mandatory) {
                let order = policy().file.parameters[name].order;
                let joined = join::join(order, &setting.value, &after.parameters[name].value);
                prop_assert_eq!(joined.as_ref(), Some(&after.parameters[name].value), "{} got looser", name);
            }
        }
    }
}
