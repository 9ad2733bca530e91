//! Laws of the selection: the answer is a maximum of minimums and does not depend on any order.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// The versions at hand of each template, with their requirements.
type World = BTreeMap<String, Vec<Candidate>>;

/// All of a world but what is `absent`; how often candidates were asked for.
struct Shop<'a> {
    world: &'a World,
    absent: &'a [&'a str],
    asked: usize,
}

impl<'a> Shop<'a> {
    fn of(world: &'a World) -> Self {
        Self { world, absent: &[], asked: 0 }
    }
}

impl Offers for Shop<'_> {
    type Error = ();

    fn candidates(&mut self, name: &str, _: &[Requirement]) -> Result<Vec<Candidate>, ()> {
        self.asked += 1;
        Ok(self.world.get(name).cloned().unwrap_or_default())
    }

    fn holds(&mut self, release: &Requirement) -> bool {
        !self.absent.contains(&release.to_string().as_str())
    }
}

fn requirement(text: &str) -> Requirement {
    Requirement::parse(text).unwrap()
}

fn world(rows: &[(&str, &[&str])]) -> World {
    let mut world = World::new();
    for (release, requires) in rows {
        let Requirement { name, version } = requirement(release);
        let requires = requires.iter().map(|text| requirement(text)).collect();
        world.entry(name).or_default().push(Candidate { version, requires });
    }
    world
}

fn run(world: &World, root: &str) -> Result<Vec<String>, SelectError<()>> {
    let chosen = select(&[requirement(root)], &mut Shop::of(world))?;
    Ok(chosen.order.iter().map(ToString::to_string).collect())
}

#[test]
fn the_maximum_of_the_minimums_is_taken_and_nothing_newer() {
    let rows: &[(&str, &[&str])] = &[
        ("a/top@1.0.0", &["a/left@1.0.0", "a/right@1.0.0"]),
        ("a/left@1.0.0", &["a/base@1.1.0"]),
        ("a/right@1.0.0", &["a/base@1.2.0"]),
        ("a/base@1.1.0", &[]),
        ("a/base@1.2.0", &[]),
        ("a/base@1.9.0", &[]),
    ];
    assert_eq!(run(&world(rows), "a/top@1.0.0").unwrap(), ["a/base@1.2.0", "a/left@1.0.0", "a/right@1.0.0", "a/top@1.0.0"]);
}

#[test]
fn what_is_not_at_hand_is_passed_over() {
    let rows: &[(&str, &[&str])] =
        &[("a/top@1.0.0", &["a/base@1.1.0"]), ("a/base@1.1.0", &["a/gone@1.0.0"]), ("a/base@1.2.0", &[]), ("a/base@1.3.0", &[])];
    let world = world(rows);
    let run = |absent: &[&str]| select(&[requirement("a/top@1.0.0")], &mut Shop { absent, ..Shop::of(&world) });
    assert_eq!(run(&["a/base@1.1.0"]).unwrap().order, [requirement("a/base@1.2.0"), requirement("a/top@1.0.0")]);
    let none = run(&["a/base@1.1.0", "a/base@1.2.0", "a/base@1.3.0"]).unwrap_err().to_string();
    assert_eq!(none, "`a/base` 1.1.0 or newer within the same major version is not at hand, and no other version either");
}

#[test]
fn what_cannot_be_is_explained_with_both_paths() {
    let rows: &[(&str, &[&str])] = &[
        ("a/top@1.0.0", &["a/left@1.0.0", "a/base@2.0.0"]),
        ("a/left@1.0.0", &["a/base@1.1.0"]),
        ("a/base@1.1.0", &[]),
        ("a/base@2.0.0", &[]),
        ("b/loop@1.0.0", &["b/pool@1.0.0"]),
        ("b/pool@1.0.0", &["b/loop@1.0.0"]),
        ("c/old@1.0.0", &["a/base@1.5.0"]),
    ];
    let world = world(rows);
    let SelectError::Majors { first, second } = run(&world, "a/top@1.0.0").unwrap_err() else { panic!("majors differ") };
    let names = |demand: &Demand| demand.path.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    assert_eq!((names(&first).as_str(), names(&second).as_str()), ("a/top@1.0.0 a/left@1.0.0", "a/top@1.0.0"));
    assert_eq!(run(&world, "b/loop@1.0.0").unwrap_err().to_string(), "layers require each other: b/loop → b/pool → b/loop");
    let old = run(&world, "c/old@1.0.0").unwrap_err().to_string();
    assert_eq!(old, "`a/base` 1.5.0 or newer within the same major version is not at hand, only 1.1.0, 2.0.0");
}

#[test]
fn a_pre_release_is_taken_only_by_its_name() {
    let rows: &[(&str, &[&str])] = &[
        ("a/top@1.0.0", &["a/base@1.1.0"]),
        ("a/bold@1.0.0", &["a/base@1.2.0-rc.1"]),
        ("a/late@1.0.0", &["a/base@1.3.0-rc.1"]),
        ("a/base@1.2.0-rc.1", &[]),
        ("a/base@1.2.0", &[]),
        ("a/base@1.3.0-rc.2", &[]),
    ];
    let world = world(rows);
    assert_eq!(run(&world, "a/top@1.0.0").unwrap()[0], "a/base@1.2.0");
    assert_eq!(run(&world, "a/bold@1.0.0").unwrap()[0], "a/base@1.2.0-rc.1");
    assert!(run(&world, "a/late@1.0.0").is_err(), "another pre-release is not the one that was named");
}

#[test]
fn chains_end() {
    let mut world = World::new();
    for index in 0..2 * MAX_DEPTH {
        let requires = vec![requirement(&format!("a/t{}@1.0.0", index + 1))];
        world.insert(format!("a/t{index}"), vec![Candidate { version: Version::new(1, 0, 0), requires }]);
    }
    assert!(matches!(run(&world, "a/t0@1.0.0"), Err(SelectError::Depth { .. })));
}

#[test]
fn demands_say_who_asked_for_what() {
    let rows: &[(&str, &[&str])] = &[
        ("a/top@1.0.0", &["a/left@1.0.0", "a/base@1.0.0"]),
        ("a/left@1.1.0", &["a/base@1.1.0"]),
        ("a/base@1.0.0", &[]),
        ("a/base@1.2.0", &[]),
    ];
    let world = world(rows);
    let selection = select(&[requirement("a/top@1.0.0")], &mut Shop::of(&world)).unwrap();
    let demands = selection
        .demands_of("a/base")
        .map(|d| format!("{} by {} met by {}", d.wanted, d.path.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "), d.met));
    let expected = ["a/base@1.1.0 by a/top@1.0.0 a/left@1.1.0 met by 1.2.0", "a/base@1.0.0 by a/top@1.0.0 met by 1.0.0"];
    assert_eq!(demands.collect::<Vec<_>>(), expected);
    assert_eq!(selection.order[0], requirement("a/base@1.2.0"));
}

#[test]
fn below_the_first_major_the_minor_version_decides() {
    let rows: &[(&str, &[&str])] = &[
        ("a/top@1.0.0", &["a/left@1.0.0", "a/base@0.2.0"]),
        ("a/left@1.0.0", &["a/base@0.1.1"]),
        ("a/alone@1.0.0", &["a/base@0.1.1"]),
        ("a/late@1.0.0", &["a/base@0.2.4"]),
        ("a/base@0.1.2", &[]),
        ("a/base@0.2.0", &[]),
        ("a/base@0.3.0", &[]),
    ];
    let world = world(rows);
    assert_eq!(run(&world, "a/alone@1.0.0").unwrap()[0], "a/base@0.1.2");
    let said = |root: &str| run(&world, root).unwrap_err().to_string();
    assert_eq!(said("a/top@1.0.0"), "layers need different minor versions of `a/base`");
    assert!(said("a/late@1.0.0").starts_with("`a/base` 0.2.4 or newer within the same minor version is not at hand"));
}

/// A thousand releases of fifty templates, each of which requires several others: no release is looked at twice, though the paths to
/// them are beyond number.
#[test]
fn a_large_registry_takes_as_many_steps_as_it_has_requirements() {
    let mut world = World::new();
    for (index, minor) in (0..50_u64).flat_map(|index| (0..20_u64).map(move |minor| (index, minor))) {
        let others = (index + 1..(index + 7).min(50)).map(|other| requirement(&format!("a/t{other}@1.{}.0", (minor * 7 + other) % 20)));
        let candidate = Candidate { version: Version::new(1, minor, 0), requires: others.collect() };
        world.entry(format!("a/t{index}")).or_default().push(candidate);
    }
    let mut shop = Shop::of(&world);
    let found = select(&[requirement("a/t0@1.3.0")], &mut shop).unwrap();
    assert_eq!((found.order.len(), shop.asked), (50, 50), "the candidates of each template are brought once");
    let requirements: usize = world.values().flatten().map(|candidate| candidate.requires.len()).sum();
    assert!(found.asks.len() <= requirements + 1, "{} of {requirements}", found.asks.len());
}

/// Five templates with minor versions 0 to 3; a template requires only templates with a higher letter.
fn worlds() -> impl Strategy<Value = Vec<Vec<Vec<(usize, u64)>>>> {
    let requirement = (0_usize..5, 0_u64..4);
    let release = prop::collection::vec(requirement, 0..4);
    prop::collection::vec(prop::collection::vec(release, 4), 5)
}

fn built(spec: &[Vec<Vec<(usize, u64)>>], reversed: bool) -> World {
    let name = |index: usize| format!("a/t{index}");
    let mut world = World::new();
    for (index, releases) in spec.iter().enumerate() {
        for (minor, requires) in releases.iter().enumerate() {
            let above = requires.iter().filter(|(other, _)| *other > index);
            let mut requires: Vec<_> =
                above.map(|(other, minor)| Requirement { name: name(*other), version: Version::new(1, *minor, 0) }).collect();
            if reversed {
                requires.reverse();
            }
            world.entry(name(index)).or_default().push(Candidate { version: Version::new(1, minor as u64, 0), requires });
        }
    }
    if reversed {
        world.values_mut().for_each(|candidates| candidates.reverse());
    }
    world
}

proptest! {
    #[test]
    fn the_selection_does_not_depend_on_the_order_of_requirements(spec in worlds()) {
        let sorted = |reversed| {
            let mut chosen = run(&built(&spec, reversed), "a/t0@1.0.0").unwrap();
            chosen.sort();
            chosen
        };
        prop_assert_eq!(sorted(false), sorted(true));
    }

    #[test]
    fn an_unrelated_release_changes_nothing(spec in worlds(), index in 0_usize..5, requires in prop::collection::vec((0_usize..5, 0_u64..4), 0..4)) {
        let before = built(&spec, false);
        let mut after = before.clone();
        // Newer than all that anybody asks for, and a template that nobody knows.
        let requires: Vec<_> = requires.iter().map(|(other, minor)| requirement(&format!("a/t{other}@1.{minor}.0"))).collect();
        let release = Candidate { version: Version::new(1, 9, 0), requires: requires.clone() };
        after.get_mut(&format!("a/t{index}")).unwrap().push(release.clone());
        after.insert("a/other".to_owned(), vec![release]);
        prop_assert_eq!(run(&before, "a/t0@1.0.0").unwrap(), run(&after, "a/t0@1.0.0").unwrap());
    }

    #[test]
    fn a_new_requirement_lowers_no_version(spec in worlds(), by in 0_usize..5, on in 0_usize..5, minor in 0_u64..4) {
        prop_assume!(by < on);
        let before = built(&spec, false);
        let mut after = before.clone();
        for release in after.get_mut(&format!("a/t{by}")).unwrap() {
            release.requires.push(requirement(&format!("a/t{on}@1.{minor}.0")));
        }
        let versions = |world: &World| -> BTreeMap<_, _> {
            let all = run(world, "a/t0@1.0.0").unwrap();
            all.iter().map(|text| requirement(text)).map(|r| (r.name, r.version)).collect()
        };
        // A layer that a higher version does not need any more may go.
        let (old, new) = (versions(&before), versions(&after));
        prop_assert!(old.iter().all(|(name, version)| new.get(name).is_none_or(|now| now >= version)), "{:?} {:?}", old, new);
    }

    #[test]
    fn every_layer_stands_above_what_it_requires(spec in worlds()) {
        let world = built(&spec, false);
        let chosen: Vec<_> = run(&world, "a/t0@1.0.0").unwrap().iter().map(|text| requirement(text)).collect();
        for (place, layer) in chosen.iter().enumerate() {
            let candidate = world[&layer.name].iter().find(|c| c.version == layer.version).unwrap();
            for wanted in &candidate.requires {
                let below = chosen[..place].iter().find(|other| other.name == wanted.name).unwrap();
                prop_assert!(below.version >= wanted.version);
            }
        }
    }
}
