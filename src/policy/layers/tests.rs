//! The laws of layers: any order gives the same result, one more layer never loosens what is mandatory.

use std::sync::OnceLock;

use proptest::prelude::*;

use super::*;
use crate::config::{Format, Grade, ServiceFile, load};
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
        "warning@org.yaml:6 both=[\"c\"]@org.yaml:7+team.yaml:7 high=7@team.yaml:7 low=30@org.yaml:7 some=[\"b\",\"c\"]@org.yaml:7+team.yaml:7 word=\"x\"@org.yaml:6+policies/probe/policy.yaml"
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

/// What a parameter comes to, whether it is mandatory, and where it comes from.
fn parameter(name: &str, layers: &[Layer]) -> String {
    let one = |layers: Vec<Layer>| match effective(policy(), &rules(layers), "", None) {
        Ok(found) => {
            let setting = &found.parameters[name];
            format!("{}{} {}", setting.value, if setting.mandatory { "!" } else { "" }, setting.origins.join("+"))
        }
        Err(diagnostic) => {
            let places: Vec<_> = diagnostic.locations.iter().map(|place| format!("{}: {}", place.path, place.label)).collect();
            format!("{}; {}", places.join("; "), diagnostic.helps.join("; "))
        }
    };
    let said = one(layers.to_vec());
    assert_eq!(one(layers.iter().rev().cloned().collect()), said, "whatever the order");
    said
}

#[test]
fn a_mandatory_entry_that_is_silent_on_a_parameter_holds_the_policys_default() {
    let floor = || layer("org", "org", "mandatory: [{policy: 'acme/*', severity: error}]\n");
    let with = |name: &str, value: &str| {
        let own = layer("own", "repository", &format!("default: [{{policy: probe, parameters: {{{name}: {value}}}}}]\n"));
        parameter(name, &[floor(), own])
    };
    assert_eq!(with("low", "1000"), "90! org.yaml:5+policies/probe/policy.yaml");
    assert_eq!(with("low", "3"), "3 own.yaml:5");
    assert_eq!(with("high", "0"), "1! org.yaml:5+policies/probe/policy.yaml");
    assert_eq!(with("high", "2"), "2 own.yaml:5");
    assert_eq!(with("some", "[b]"), "[\"a\",\"b\"]! org.yaml:5+own.yaml:5+policies/probe/policy.yaml");
    assert_eq!(with("both", "[a, b, c]"), "[\"a\",\"b\"]! org.yaml:5+own.yaml:5+policies/probe/policy.yaml");
    assert_eq!(with("word", "x"), "\"x\"! org.yaml:5+own.yaml:5+policies/probe/policy.yaml");
    assert_eq!(
        with("word", "y"),
        "org.yaml: `org` demands the policy and leaves `word` at \"x\"; own.yaml: `own` says \"y\"; \
         set `word` in the mandatory entry, or give it an `order` in policies/probe/policy.yaml"
    );
}

#[test]
fn who_demands_a_policy_may_say_another_value_of_its_parameters() {
    let own = |rest: &str| layer("own", "repository", rest);
    let org = |more: &str| layer("org", "org", &format!("mandatory:\n- {{policy: 'acme/*'}}\n{more}"));
    assert_eq!(parameter("low", &[org("- {policy: probe, parameters: {low: 100}}\n")]), "100! org.yaml:7");
    let other = layer("other", "org", "mandatory: [{policy: probe, parameters: {low: 100}}]\n");
    assert_eq!(parameter("low", &[org(""), other]), "90! org.yaml:6+policies/probe/policy.yaml", "another layer does not speak for it");
    let word = org("default: [{policy: probe, parameters: {word: y}}]\n");
    assert_eq!(parameter("word", std::slice::from_ref(&word)), "\"y\"! org.yaml:6+org.yaml:7");
    assert!(
        parameter("word", &[word.clone(), own("default: [{policy: probe, parameters: {word: x}}]\n")]).contains("leaves `word` at \"y\"")
    );
    let strict = own("mandatory: [{policy: probe, severity: error}]\n");
    assert_eq!(parameter("word", &[word, strict.clone()]), "\"y\"! org.yaml:6+org.yaml:7+own.yaml:5", "the wider layer leads");
    let chosen = Rules {
        own: [(String::new(), vec![layer("z", "org", "default: [{policy: probe, parameters: {word: z}}]\n")])].into(),
        ..rules(vec![layer("d", "domain", "mandatory: [{policy: probe}]\n")])
    };
    assert!(effective(policy(), &chosen, "", None).is_err(), "a layer that a service chose does not lead, whatever level it claims");
}

#[test]
fn a_mandatory_entry_with_paths_holds_the_default_in_its_paths() {
    let there = rules(vec![
        layer("org", "org", "mandatory: [{policy: probe, severity: error, scope: {paths: ['src/**']}}]\n"),
        layer("own", "repository", "default: [{policy: probe, parameters: {low: 1000}}]\n"),
    ]);
    let demands = Demands::new(policy(), &there, &[]).unwrap();
    let low = |set: &Parameters| set["low"].value.as_i64();
    assert_eq!((low(&demands.all().parameters), low(&demands.all().in_paths)), (Some(1000), Some(90)));
    assert_eq!((demands.is_held_at("", "src/a"), demands.is_held_at("", "doc/a")), (true, false));
    let listed = demands.at_paths();
    assert_eq!(listed[0].parameters.iter().map(|(name, s)| format!("{name}={}", s.value)).collect::<Vec<_>>(), ["low=90"]);
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
fn the_day_of_a_severity_is_the_one_on_which_it_is_reached() {
    let from = |severity: &str, day: &str| {
        let all = "rollout: {observe: 2026-01-01, warn: 2026-02-01, deny: 2026-03-01}";
        let mut rules = rules(vec![layer("o", "org", &format!("mandatory: [{{policy: probe, severity: {severity}, {all}}}]\n"))]);
        rules.today = Date::parse(day).unwrap();
        let demanded = effective(policy(), &rules, "", None).unwrap();
        (demanded.final_grade, demanded.from.map(|day| day.to_string()))
    };
    let on = |day: &str| Some(day.to_owned());
    assert_eq!(from("error", "2026-01-15"), (Grade::Error, on("2026-03-01")));
    assert_eq!(from("warning", "2026-01-15"), (Grade::Warning, on("2026-02-01")));
    assert_eq!(from("advice", "2025-12-31"), (Grade::Advice, on("2026-01-01")));
    assert_eq!(from("warning", "2026-02-01"), (Grade::Warning, None));
}

#[test]
fn scopes_are_facts_and_paths() {
    let scope = |scope: &str| grade(vec![layer("o", "org", &format!("mandatory: [{{policy: probe, severity: error, scope: {scope}}}]\n"))]);
    assert_eq!(scope("{tier: [core], owner: [pay, ship]}"), Grade::Error);
    assert_eq!(scope("{tier: [edge]}"), Grade::Warning);
    assert_eq!(scope("{tier: [core], context: [billing]}"), Grade::Warning, "a fact that is not stated matches nothing");
    let is_in = |pattern: &str, path: &str| {
        let text = format!("default: [{{policy: probe, severity: 'off', scope: {{paths: ['{pattern}']}}}}]\n");
        severity_at(policy(), &rules(vec![layer("o", "org", &text)]), "", None, path).value == Grade::Off
    };
    // A folder is all that is in it; what ends in a wildcard names files.
    for (pattern, inside, outside) in [
        ("examples/**", "examples/a/b.yaml", "src/examples.yaml"),
        ("examples", "examples/a/b.yaml", "examples.yaml"),
        ("examples", "examples", "src/examples/a.yaml"),
        ("examples/", "examples/a.yaml", "examples"),
        ("*/sub", "a/sub/b/c.yaml", "a/b/sub/c.yaml"),
        ("**/sub", "a/b/sub/c.yaml", "a/b/subs/c.yaml"),
        ("src/*", "src/a.yaml", "src/a/b.yaml"),
        ("a.yaml", "a.yaml", "b/a.yaml"),
    ] {
        assert!(is_in(pattern, inside) && !is_in(pattern, outside), "{pattern} {inside} {outside}");
    }
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
    let one =
        |name: &'static str, values: BoxedStrategy<String>| prop::option::of(values.prop_map(move |value| format!("{name}: {value}")));
    let number = || prop::sample::select(vec!["0", "1", "5", "90", "100"]).prop_map(str::to_owned).boxed();
    let list = list.prop_map(|items| format!("[{items}]")).boxed();
    let word = prop::option::weighted(0.1, prop::sample::select(vec!["word: x".to_owned(), "word: y".to_owned()]));
    let parameters = (one("low", number()), one("high", number()), one("some", list.clone()), one("both", list), word)
        .prop_map(|(low, high, some, both, word)| [low, high, some, both, word].into_iter().flatten().collect::<Vec<_>>().join(", "));
    (any::<bool>(), name, severity, stages, scope, parameters).prop_map(|(mandatory, name, severity, stages, scope, parameters)| {
        (mandatory, format!("{{policy: {name}{severity}{stages}{scope}, parameters: {{{parameters}}}}}"))
    })
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
        // Layers that disagree are an error, which loosens nothing.
        let Ok(before) = effective(policy(), &rules(floor), "", Some(&facts)) else { return Ok(()) };
        let all: Vec<_> = layers.into_iter().chain(more).collect();
        let Ok(after) = effective(policy(), &rules(all), "", Some(&facts)) else { return Ok(()) };
        if is_asked {
            prop_assert!(after.grade.value >= before.grade.value);
            for (name, setting) in before.parameters.iter().filter(|(name, setting)| setting.mandatory && *name != "word") {
                let order = policy().file.parameters[name].order;
                let joined = parameters::join(order, &setting.value, &after.parameters[name].value);
                let canonical = parameters::join(order, &after.parameters[name].value, &after.parameters[name].value);
                prop_assert_eq!(joined, canonical, "{} got looser", name);
            }
        }
    }
    #[test]
    fn what_is_mandatory_and_has_no_order_no_narrower_layer_changes(layers in some_layers()) {
        let facts = facts("service: {name: s, tier: core}\n");
        let Ok(before) = effective(policy(), &rules(layers.clone()), "", Some(&facts)) else { return Ok(()) };
        let own = layer("own", "repository", "default: [{policy: probe, parameters: {word: z}}]\n");
        let after = effective(policy(), &rules(layers.into_iter().chain([own]).collect()), "", Some(&facts));
        prop_assert!(!before.parameters["word"].mandatory || after.is_err());
    }
}
