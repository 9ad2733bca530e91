//! `polity blame`: the layer, the line and the answers of what was rendered, the commit of what is yours, and no guesses.

use super::shelf::{Shelf, shelf};

const MANIFEST: &str = "inputs:
  name: {type: string, default: orders}
  port: {type: integer, default: 8080}
  debug: {type: bool, default: true}
values:
  label: '{{ name }}-svc'
";
const MAIN: &str = "start {{ label }}
{% if debug -%}
debug on
{% endif -%}
{% for n in [1, 2] -%}
item {{ n }}
{% endfor -%}
listen {{ port }}
plain
";

fn service() -> Shelf {
    let shelf = shelf(&[]);
    shelf.version("1.0.0", MANIFEST, &[("main.txt.tera", MAIN), ("copy.txt", "one\ntwo\n")]);
    let shelf = shelf.made();
    let text = shelf.read("main.txt").replace("plain\n", "plain\nmine\n");
    shelf.edit(&[("main.txt", &text), ("own.txt", "all mine\n")]);
    shelf
}

#[test]
fn every_line_has_its_maker() {
    let shelf = service();
    let run = shelf.polity(&["blame", "svc/main.txt"]).exits(0);
    let commit = shelf.git(&["rev-parse", "--short=8", "HEAD"]);
    insta::assert_snapshot!(run.stdout.replace(commit.trim(), "[COMMIT]"), @r"
       1  pay/go 1.0.0 main.txt.tera:1  start orders-svc
       2  pay/go 1.0.0 main.txt.tera:3  debug on
       3  pay/go 1.0.0 main.txt.tera:6  item 1
       4  pay/go 1.0.0 main.txt.tera:6  item 2
       5  pay/go 1.0.0 main.txt.tera:8  listen 8080
       6  pay/go 1.0.0 main.txt.tera:9  plain
       7  yours [COMMIT]                mine
    ");
    let run = shelf.polity(&["blame", "svc/copy.txt:2"]).exits(0);
    assert_eq!(run.stdout, "copy.txt:2: two\n  layer     pay/go 1.0.0\n  line      copy.txt:2\n");
    shelf.polity(&["blame", "svc/copy.txt:3"]).exits(2);
    shelf.polity(&["blame", "svc/nothing.txt"]).exits(2);
    shelf.polity(&["blame", "reg/registry.yaml"]).exits(2);
}

#[test]
fn the_answers_that_shaped_a_line_are_named() {
    let shelf = service();
    let detail = |line: &str| shelf.polity(&["blame", &format!("svc/main.txt:{line}")]).exits(0).stdout;
    assert_eq!(
        detail("1"),
        "main.txt:1: start orders-svc\n  layer     pay/go 1.0.0\n  line      main.txt.tera:1\n  answer    name = orders\n"
    );
    assert!(detail("2").ends_with("  answer    debug = true\n"), "{}", detail("2"));
    assert!(detail("5").ends_with("  answer    port = 8080\n"), "{}", detail("5"));
    assert!(!detail("6").contains("answer"));
    assert!(detail("7").contains("  by        Ana, 20") && detail("7").ends_with("  commit    edit\n"), "{}", detail("7"));
    shelf.write("svc/main.txt", "start orders-svc\nhere\n");
    assert!(detail("2").ends_with("  yours     not committed\n"), "{}", detail("2"));
    let said: serde_json::Value =
        serde_json::from_str(&shelf.polity(&["blame", "svc/main.txt", "--format", "json"]).exits(0).stdout).unwrap();
    assert_eq!((&said["schema"], &said["lines"][0]["answers"]["name"]), (&"polity/blame/1".into(), &"orders".into()));
}

#[test]
fn what_is_not_certain_is_called_unknown() {
    let shelf = service();
    shelf.version("2.0.0", MANIFEST, &[("main.txt.tera", MAIN)]);
    let run = shelf.polity(&["blame", "svc/main.txt:1"]).exits(0);
    assert_eq!(
        run.stdout,
        "main.txt:1: start orders-svc\n  from      pay/go 1.0.0 main.txt.tera\n  line      unknown: pay/go 1.0.0 is not at hand\n"
    );
    let run = shelf.polity(&["blame", "svc/polity.yaml:1"]).exits(0);
    assert!(run.stdout.ends_with("  from      polity itself\n"), "{run}");
    assert!(shelf.polity(&["blame", "svc/own.txt"]).exits(0).stdout.contains("yours "), "no template rendered it");
    assert!(shelf.polity(&["blame", "svc/polity.lock:1"]).exits(0).stdout.contains("polity itself"));
}
