//! The law of odd values: what the policies of the project and a rule of somebody else do with values of another kind than they expect. And evidence
//! in odd files: capitals, UTF-16, zeros.

use std::path::PathBuf;

use polity::contract::ContractError;
use polity::disk::read_folder;
use polity::finding::{Diagnostic, SourceText};
use polity::policy::{Policy, laws, odd};

use crate::support::repo;

const POLICY: &str = "policies/service-without-notes";

fn contract(source: &SourceText) -> Result<serde_json::Value, Box<Diagnostic>> {
    polity::contract::evidence(source).map_err(|error| match error {
        ContractError::Syntax(diagnostic) => diagnostic,
        other => Box::new(Diagnostic::new(other.to_string())),
    })
}

/// As the binary has them; `polity policy test` asks the same of them as rules of others are read.
#[test]
fn no_policy_of_the_binary_fails_on_an_odd_value() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("policies");
    let mut failed = Vec::new();
    for entry in std::fs::read_dir(root).unwrap() {
        let (id, path) = entry.map(|entry| (entry.file_name().into_string().unwrap(), entry.path())).unwrap();
        let tree = read_folder(&path).unwrap().tree;
        let policy = Policy::load("polity", &id, &format!("policies/{id}"), &tree).unwrap().verbatim();
        let (cases, _) = laws::cases(&policy, &tree);
        failed.extend(odd::failures(&policy, &cases, contract).unwrap());
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn a_rule_that_fails_on_an_odd_value_is_told() {
    let folder = repo().file("registry.yaml", "namespace: team\n");
    folder.polity(["policy", "new", POLICY]).exits(0);
    let rule = folder.read(&format!("{POLICY}/policy.rego"))
        + "\ndeny contains {\"message\": \"m\"} if {\n\tsome m in repo.manifests(\"**/*.yaml\")\n\tstartswith(m.document.spec.note, \"bad\")\n}\n"
        + "\ndeny contains {\"message\": \"m\"} if {\n\tsome name, _ in repo.toml(\"notes.toml\").notes\n\tregex.match(name, \"bad\")\n}\n"
        + "\ndeny contains {\"message\": \"m\"} if {\n\tis_array(repo.json(\"notes.json\").notes)\n\tsome note in repo.json(\"notes.json\").notes\n\tnote == \"bad\"\n}\n";
    let object = |name: &str| format!("---\napiVersion: v1\nkind: Note\nmetadata:\n  name: {name}\nspec:\n  note: fine\n");
    let folder = folder
        .file(&format!("{POLICY}/policy.rego"), rule)
        .file(&format!("{POLICY}/cases/good/notes.yaml"), object("a") + &object("b"))
        .file(&format!("{POLICY}/cases/good/notes.toml"), "[notes]\nfine = 1\n")
        .file(&format!("{POLICY}/cases/good/notes.json"), "{\"notes\": [\"fine\"]}\n");
    insta::assert_snapshot!(folder.polity(["policy", "test"]).exits(1), @r#"
    exit: 1
    ----- stdout
    broken  service-without-notes

    error: rule fails on a value that it does not expect
      --> policies/service-without-notes/policy.rego:17:28
       |
    17 |     startswith(m.document.spec.note, "bad")
       |                               ^^^^^ `startswith` expects string argument. Got `null` instead
       |
      ::: policies/service-without-notes/cases/good/notes.yaml:7:9
       |
     7 |   note: fine
       |         ---- with `null` in the place of this
       |
       = help: test the kind first, as with `is_array(x)`, `is_object(x)` or `is_string(x)`: such an error ends a check with exit code 3

    error: rule fails on a value that it does not expect
      --> policies/service-without-notes/policy.rego:22:13
       |
    22 |     regex.match(name, "bad")
       |                ^ unclosed character class
       |
      ::: policies/service-without-notes/cases/good/notes.toml:2:1
       |
     2 | fine = 1
       | ---- with `"a[(*"` in the place of this
       |
       = help: test the kind first, as with `is_array(x)`, `is_object(x)` or `is_string(x)`: such an error ends a check with exit code 3

    1 policy, 1 broken
    "#);
}

/// Rules are told what describes a service; no call in them reads it.
#[test]
fn a_rule_that_fails_on_an_odd_description_is_told() {
    let folder = repo().file("registry.yaml", "namespace: team\n");
    folder.polity(["policy", "new", POLICY]).exits(0);
    let rule = folder.read(&format!("{POLICY}/policy.rego"))
        + "\ndeny contains {\"message\": \"m\"} if {\n\tinput.service.facts.owns.data[0] == \"bad\"\n}\n"
        + "\ndeny contains {\"message\": \"m\"} if {\n\tregex.match(input.service.facts.slo[0], \"bad\")\n}\n";
    let service = "service: {name: orders, owner: shop}\nslo: [slo.yaml]\nowns: {data: [orders]}\n";
    let folder = folder.file(&format!("{POLICY}/policy.rego"), rule).file(&format!("{POLICY}/cases/good/polity.yaml"), service);
    insta::assert_snapshot!(folder.polity(["policy", "test"]).exits(1), @r#"
    exit: 1
    ----- stdout
    broken  service-without-notes

    error: rule fails on a value that it does not expect
      --> policies/service-without-notes/policy.rego:20:13
       |
    20 |     regex.match(input.service.facts.slo[0], "bad")
       |                ^ unclosed character class
       |
      ::: policies/service-without-notes/cases/good/polity.yaml:2:7
       |
     2 | slo: [slo.yaml]
       |       -------- with `"a[(*"` in the place of this
       |
       = help: test the kind first, as with `is_array(x)`, `is_object(x)` or `is_string(x)`: such an error ends a check with exit code 3

    1 policy, 1 broken
    "#);
}

/// The same text as Windows writes it.
fn wide(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn a_manifest_in_capitals_or_in_utf_16_is_judged() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n";
    let json = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "b"}, "spec": {"containers": [{"name": "a", "image": "a"}]}}"#;
    let folder =
        repo().file("POD.YAML", pod).file("b.Yml", pod).file("c.JSON", json).file("wide.yaml", wide(pod)).file("wide.json", wide(json));
    let run = folder.polity(["check", "--policy", "unpinned-image"]).exits(0);
    for place in ["POD.YAML:4", "b.Yml:4", "c.JSON:1", "wide.yaml:4", "wide.json:1"] {
        assert!(run.stdout.contains(&format!("--> {place}:")), "{place}\n{run}");
    }
}

#[test]
fn a_secret_in_utf_16_or_beside_a_zero_is_found() {
    let key = format!("first\naws_key = \"AKIA{}\"\n", "Q3EGRZ7TWOXNVLBK");
    let plain: Vec<u8> = key.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let folder = repo().file("wide.txt", wide(&key)).file("plain.txt", plain).file("zero.txt", format!("a\0b\n{key}"));
    let folder = folder.file("latin.txt", [b"caf\xe9\n".as_slice(), key.as_bytes()].concat());
    let folder = folder.file("binary", [b"\x7fELF\xff\0".as_slice(), key.as_bytes()].concat());
    let run = folder.polity(["check", "--policy", "committed-secret"]).exits(1);
    for place in ["wide.txt:2:12", "plain.txt:2:12", "zero.txt:3:12", "latin.txt:3:12"] {
        assert!(run.stdout.contains(&format!("--> {place}\n")), "{place}\n{run}");
    }
    assert!(run.stdout.contains("4 findings") && !run.stdout.contains("Q3EGRZ"), "{run}");
}
