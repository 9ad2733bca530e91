//! Laws of the selection: the answer is a maximum of minimums and does not depend on any order.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// The versions at hand of each template, with their requirements.
type World = BTreeMap<String, Vec<Candidate>>;

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

fn run(world: &World, root: &str) -> Result<Vec<String>, SelectError> {
    let chosen = select(&requirement(root), &mut |name, _| Ok(world.get(name).cloned().unwrap_or_default()))?;
    Ok(chosen.iter().map(|r| format!("{}@{}", r.name, r.version)).collect())
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
    let SelectError::Majors { name, first, second } = run(&world, "a/top@1.0.0").unwrap_err() else { panic!("majors differ") };
    assert_eq!(name, "a/base");
    assert_eq!((first.path.clone(), second.path.clone()), (vec!["a/top".to_owned(), "a/left".to_owned()], vec!["a/top".to_owned()]));
    assert_eq!(run(&world, "b/loop@1.0.0").unwrap_err().to_string(), "layers require each other: b/loop → b/pool → b/loop");
    let old = run(&world, "c/old@1.0.0").unwrap_err().to_string();
    assert_eq!(old, "`a/base` 1.5.0 or newer within the same major version is not at hand, only 1.1.0, 2.0.0");
}

#[test]
fn requirements_have_one_form() {
    for wrong in ["a/b", "a@1.0.0", "a/b@1", "a/b@1.x", "A/b@1.0.0", "/b@1.0.0", "a/b/c@1.0.0"] {
        assert!(Requirement::parse(wrong).is_err(), "{wrong}");
    }
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
