//! Templates in memory: what comes out, and where each mistake is pointed at.

use proptest::prelude::*;
use serde_json::json;

use crate::config::{Format, ServiceFile, load};
use crate::finding::SourceText;
use crate::tree::{Mode, RepoPath, Tree};

use super::*;

/// A layer `t/<id>` from its manifest, without `version` and `description`, and its files.
fn layer(id: &str, manifest: &str, files: &[(&str, &str)]) -> Result<Layer, TemplateError> {
    let mut tree = Tree::new();
    let text = format!("version: 1.0.0\ndescription: d\n{manifest}");
    tree.insert(RepoPath::found("template.yaml".to_owned()), Mode::File, text.into_bytes());
    for (path, text) in files {
        tree.insert(RepoPath::found((*path).to_owned()), Mode::File, text.as_bytes());
    }
    Layer::load(&format!("t/{id}"), "reg", id, tree)
}

fn job(stack: &Stack, given: serde_json::Value) -> Result<Rendered, TemplateError> {
    let mut answers = Given::default();
    answers.values = given.as_object().cloned().unwrap_or_default();
    answers.check(stack)?;
    let job = Job {
        given: answers.values,
        unanswered: Unanswered::Default,
        unwanted: Unwanted::Refuse,
        folder: "my folder".to_owned(),
        dir: "my folder".to_owned(),
    };
    match make(stack, &job, &mut |_| ())? {
        Outcome::Done(rendered) => Ok(*rendered),
        Outcome::Ask(questions) => Err(missing(stack, &questions)),
    }
}

fn render(layers: &[(&str, &[(&str, &str)])], given: serde_json::Value) -> Result<Rendered, TemplateError> {
    let names = ["a", "b", "c"];
    let layers = layers.iter().zip(names).map(|((manifest, files), id)| layer(id, manifest, files));
    let stack = Stack::new(layers.collect::<Result<_, _>>()?)?;
    job(&stack, given)
}

fn text(rendered: &Rendered, path: &str) -> String {
    let file =
        rendered.files.get(&RepoPath::new(path).unwrap()).unwrap_or_else(|| panic!("{path} is not there: {:?}", rendered.files.keys()));
    String::from_utf8(file.bytes.to_vec()).unwrap()
}

/// Every diagnostic as `file:line:column: title; label`.
fn said(error: &TemplateError) -> String {
    let (kind, diagnostics) = match error {
        TemplateError::Template(diagnostics) => ("template", diagnostics),
        TemplateError::Answer(diagnostics) => ("answer", diagnostics),
    };
    let rows = diagnostics.iter().map(|d| {
        let places = d.locations.iter().map(|l| format!("{}:{}:{} {}", l.path, l.start.line, l.start.column, l.label));
        format!("{}; {}", d.title, places.collect::<Vec<_>>().join("; "))
    });
    format!("{kind}: {}", rows.collect::<Vec<_>>().join(" | "))
}

fn outcome(layers: &[(&str, &[(&str, &str)])], given: serde_json::Value) -> String {
    match render(layers, given) {
        Err(error) => said(&error),
        Ok(rendered) => format!("no error but {:?}", rendered.files.keys()),
    }
}

fn differs(said: String, expected: &str) -> Option<String> {
    (said != expected).then(|| format!("said {said:?}\n  but expected {expected:?}"))
}

#[track_caller]
fn fails(layers: &[(&str, &[(&str, &str)])], given: serde_json::Value, expected: &str) {
    assert_eq!(outcome(layers, given), expected);
}

const NAME: &str = "inputs:\n  name: {type: string, pattern: '[a-z-]+', default: my-orders}\n";

#[test]
fn names_and_contents_are_rendered_and_the_rest_is_copied() {
    let files: &[(&str, &str)] = &[
        ("files/src/{{ name | snake }}.rs.tera", "// {{ name | pascal }}\r\n"),
        ("files/{{ name }}/raw.txt", "{{ not touched }}"),
        ("files/{% if name == 'x' %}only-x{% endif %}/f", ""),
        ("partials/head.tera", "head of {{ name }}"),
        ("files/with-partial.tera", "{% include \"partials/head.tera\" %}\n"),
        ("files/kept.tera", "{{ raw }}"),
    ];
    let manifest = format!("{NAME}files:\n- {{path: kept.tera, verbatim: true}}\n- {{path: 'src/**', class: seeded}}\n");
    let rendered = render(&[(&manifest, files)], json!({})).unwrap();
    let paths: Vec<_> = rendered.files.keys().map(ToString::to_string).collect();
    assert_eq!(paths, ["kept.tera", "my-orders/raw.txt", "polity.lock", "polity.yaml", "src/my_orders.rs", "with-partial"]);
    assert_eq!(text(&rendered, "src/my_orders.rs"), "// MyOrders\r\n");
    assert_eq!(text(&rendered, "my-orders/raw.txt"), "{{ not touched }}");
    assert_eq!(text(&rendered, "with-partial"), "head of my-orders\n");
    assert_eq!(rendered.files[&RepoPath::new("src/my_orders.rs").unwrap()].class, crate::config::FileClass::Seeded);
}

#[test]
fn delimiters_are_those_of_the_template() {
    for (word, open, close) in [("curly", "{{", "}}"), ("square", "[[", "]]"), ("angle", "<<", ">>")] {
        let manifest = format!("delimiters: {word}\n{NAME}values: {{again: '{{{{ name }}}}'}}\n");
        let path = format!("files/{open} name {close}.tera");
        let body = format!("{{{{ }}}} [[ ]] {open} again {close}").replacen(&format!("{open} {close}"), "", 1);
        let rendered = render(&[(&manifest, &[(&path, &body)])], json!({})).unwrap();
        assert!(text(&rendered, "my-orders").ends_with(" my-orders"), "{word}");
    }
}

#[test]
fn defaults_follow_from_earlier_answers_and_conditions_hold() {
    let manifest = "inputs:
  name: {type: string, default: '{{ folder | kebab }}'}
  store: {type: choice, choices: [sqlite, postgres], default: sqlite}
  pool: {type: integer, when: \"store == 'postgres'\", default: '{{ name | length }}'}
  tags: {type: list, default: ['{{ name }}', x]}
  loud: {type: bool, default: \"{{ store == 'sqlite' }}\"}
values:
  first: '{{ name }}!'
  second: '{{ first }}{{ pool }}'
";
    let files: &[(&str, &str)] = &[("files/f.tera", "{{ second }} {% if pool %}pool{% endif %} {{ tags | join(sep=\",\") }} {{ loud }}")];
    let rendered = render(&[(manifest, files)], json!({})).unwrap();
    assert_eq!(text(&rendered, "f"), "my-folder!  my-folder,x true");
    assert_eq!(
        serde_json::to_value(&rendered.answers).unwrap(),
        json!({"name": "my-folder", "store": "sqlite", "tags": ["my-folder", "x"], "loud": true})
    );
    let rendered = render(&[(manifest, files)], json!({"store": "postgres", "name": "abc"})).unwrap();
    assert_eq!(text(&rendered, "f"), "abc!3 pool abc,x false");
    fails(
        &[(manifest, files)],
        json!({"pool": 3}),
        "answer: answer for `pool` is not wanted, because its condition does not hold; a/template.yaml:6:3 the input is declared here",
    );
}

#[test]
fn an_upper_layer_restates_and_narrows() {
    let lower = "inputs:\n  name: {type: string, max_length: 9, default: low}\n";
    let upper = "inputs:\n  name: {type: string, pattern: '[a-z]+', default: high}\n";
    let layers: &[(&str, &[(&str, &str)])] = &[(lower, &[]), (upper, &[("files/f.tera", "{{ name }}")])];
    assert_eq!(text(&render(layers, json!({})).unwrap(), "f"), "high");
    fails(
        layers,
        json!({"name": "A"}),
        "answer: answer for `name` does not match `[a-z]+`; b/template.yaml:4:3 the input is declared here",
    );
    fails(
        layers,
        json!({"name": "abcdefghij"}),
        "answer: answer for `name` is longer than 9 characters; a/template.yaml:4:3 the input is declared here",
    );
    let other = "inputs:\n  name: {type: bool}\n";
    fails(
        &[(lower, &[]), (other, &[])],
        json!({}),
        "template: layers disagree on the type of `name`; b/template.yaml:4:10 restated here; a/template.yaml:4:10 declared here with another type",
    );
}

#[test]
fn layers_share_a_path_only_when_both_say_how() {
    let merge = "files:\n- {path: .gitignore, merge: lines}\n";
    let rendered = render(&[(merge, &[("files/.gitignore", "a\n")]), (merge, &[("files/.gitignore", "a\nb\n")])], json!({})).unwrap();
    assert_eq!(text(&rendered, ".gitignore"), "a\nb\n");
    assert_eq!(rendered.files[&RepoPath::new(".gitignore").unwrap()].layers, ["t/a", "t/b"]);
    fails(
        &[(merge, &[("files/.gitignore", "a\n")]), ("", &[("files/.gitignore", "b\n")])],
        json!({}),
        "template: two layers write `.gitignore`; b/files/.gitignore:1:1 written by `t/b`, without `merge`; \
         a/files/.gitignore:1:1 written by `t/a`, with `merge: lines`",
    );
}

#[test]
fn mistakes_in_a_manifest_have_a_place() {
    let mut wrong = Vec::new();
    let mut one = |manifest: &str, expected: &str| wrong.extend(differs(outcome(&[(manifest, &[])], json!({})), expected));
    one(
        "inputs:\n  a: {type: string, pattern: '['}\n",
        "template: pattern is not a regular expression; a/template.yaml:4:21 unclosed character class",
    );
    one(
        "inputs:\n  a: {type: bool, min: 1}\n",
        "template: `min` means nothing for an input of type `bool`; a/template.yaml:4:19 not for this type",
    );
    one(
        "inputs:\n  a: {type: integer, min: 3, default: 2}\n",
        "template: default of `a` is not a valid answer; a/template.yaml:4:30 is less than 3",
    );
    one("inputs:\n  a: {type: choice}\n", "template: key `choices` is missing; a/template.yaml:4:7 a choice needs answers to choose from");
    one(
        "inputs:\n  A: {type: bool}\n",
        "template: `A` is not a name for an input; a/template.yaml:4:3 use lower-case letters, digits and `_`, starting with a letter",
    );
    one("inputs:\n  a: {type: text}\n", "template: unknown value `text`; a/template.yaml:4:7 in `inputs.a.type`");
    one("inputz: {}\n", "template: unknown key `inputz`; a/template.yaml:3:1 not a key of this file format");
    one("files:\n- {path: x, merge: xml}\n", "template: unknown value `xml`; a/template.yaml:4:13 in `files.0.merge`");
    one(
        "files:\n- {path: 'a{', class: seeded}\n",
        "template: path is not a glob; a/template.yaml:4:4 unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)",
    );
    one("requires: [a/b]\n", "template: `a/b` is not a requirement; a/template.yaml:3:12 `@` and a version are missing");
    one(
        "migrations:\n- {version: 9.0.0, files: {a: b}}\n",
        "template: migration is of version 9.0.0, which is still to come; a/template.yaml:4:4 above the template's own version",
    );
    one(
        "migrations:\n- {version: 1.0.0, inputs: {x: y}}\n",
        "template: input `x` is renamed to `y`, which is no input; a/template.yaml:4:29 no input has this name",
    );
    one("checks: [[]]\n", "template: check names no program; a/template.yaml:3:10 no program stands here");
    one(
        "inputs:\n  a: {type: string, default: '{{ b }}'}\n  b: {type: bool}\n",
        "template: `b` is not known here; a/template.yaml:4:34 comes later, or is not known here",
    );
    one("values: {x: '{{ nope }}'}\n", "template: `nope` is not known here; a/template.yaml:3:17 nothing has this name");
    one(
        "inputs:\n  a: {type: bool, default: true}\nvalues: {x: '{{ a | nope }}'}\n",
        "template: expression cannot be evaluated; a/template.yaml:5:14 unknown filter `nope`",
    );
}

#[test]
fn mistakes_in_a_file_have_a_place() {
    let mut wrong = Vec::new();
    let mut one = |body: &str, expected: &str| wrong.extend(differs(outcome(&[(NAME, &[("files/x.tera", body)])], json!({})), expected));
    one("a\nb {{ nam }}\n", "template: file cannot be rendered; a/files/x.tera:2:6 variable `nam` is not defined");
    one("a\n{% if name %}\n", "template: file cannot be rendered; a/files/x.tera:2:14 unexpected end of input");
    one("{{ name | nope }}", "template: file cannot be rendered; a/files/x.tera:1:11 unknown filter `nope`");
    one(
        "é {{ name + 1 }}",
        "template: file cannot be rendered; a/files/x.tera:1:6 `+` requires both operands to be numbers, found `string` and `i64`",
    );
    one("{% include \"files/x.tera\" %}", "template: file cannot be rendered; a/files/x.tera:1:1 the template includes itself");
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn paths_stay_inside_and_apart() {
    let one = |manifest: &str, path: &str, expected: &str| fails(&[(manifest, &[(path, "")])], json!({}), expected);
    let up = "values: {up: '../../x', root: /etc, git: .git}\n";
    one(up, "files/{{ up }}", "template: path `../../x` has a `..` component; a/files/{{ up }}:1:1 this file would be written there");
    one(
        up,
        "files/{{ root }}/passwd",
        "template: path `/etc/passwd` is absolute; a/files/{{ root }}/passwd:1:1 this file would be written there",
    );
    one(
        up,
        "files/{{ git }}/config",
        "template: path `.git/config` lies in a `.git` directory; a/files/{{ git }}/config:1:1 this file would be written there",
    );
    one(
        "",
        "files/aux.txt",
        "template: path `aux.txt` has the component `aux.txt`, which is reserved on some systems; a/files/aux.txt:1:1 this file would be written there",
    );
    one("", "files/{{ x }}", "template: file name cannot be rendered; a/files/{{ x }}:1:10 variable `x` is not defined");
    let deep = format!("files/{}x", "d/".repeat(32));
    one("", &deep, &format!("template: path is nested too deeply; a/{deep}:1:1 33 levels, more than 32"));
    let pair = |one: &str, two: &str, expected: &str| fails(&[("", &[(one, ""), (two, "")])], json!({}), expected);
    pair(
        "files/README.md",
        "files/readme.md",
        "template: paths `README.md` and `readme.md` are one on some file systems; a/files/readme.md:1:1 makes `readme.md`; a/files/README.md:1:1 makes `README.md`",
    );
    pair(
        "files/Docs/a",
        "files/docs/b",
        "template: paths `Docs` and `docs` are one on some file systems; a/files/docs/b:1:1 makes `docs`; a/files/Docs/a:1:1 makes `Docs`",
    );
    pair("files/a", "files/a/b", "template: `a` is a file and a folder; a/files/a/b:1:1 makes `a`; a/files/a:1:1 makes `a`");
    let free = "inputs: {name: {type: string}}\n";
    let expected = "answer: path `../evil.txt` has a `..` component; a/files/{{ name }}.txt:1:1 this file would be written there; \
                    a/template.yaml:3:10 the answer for this input is part of the path";
    fails(&[(free, &[("files/{{ name }}.txt", "")])], json!({"name": "../evil"}), expected);
}

#[test]
fn missing_answers_are_listed_together() {
    let manifest = "inputs:\n  a: {type: string, help: The A}\n  b: {type: integer}\n  c: {type: bool, default: true}\n";
    let TemplateError::Answer(diagnostics) = render(&[(manifest, &[])], json!({})).unwrap_err() else { panic!("an answer is missing") };
    assert_eq!((diagnostics.len(), diagnostics[0].title.as_str()), (1, "2 inputs have no value"));
    assert_eq!(diagnostics[0].notes, ["`a`: The A", "`b`: no help"]);
}

#[test]
fn the_record_and_the_lock_are_written_by_polity_alone() {
    let rendered = render(&[(NAME, &[("files/polity.yaml", "service: {name: x}")])], json!({})).unwrap();
    let expected = "service: {name: x}\n\ntemplate:\n  from: t/a\n  version: 1.0.0\n  answers:\n    name: my-orders\n";
    assert_eq!(text(&rendered, "polity.yaml"), expected);
    let lock = text(&rendered, "polity.lock");
    let digest = crate::tree::Digest::of(br#"{"name":"my-orders"}"#);
    assert!(lock.contains(&format!("answers: {digest}\n")), "{lock}");
    fails(
        &[("", &[("files/polity.lock", "")])],
        json!({}),
        "template: `polity.lock` is written by polity alone; a/files/polity.lock:1:1 this layer writes it",
    );
    fails(
        &[("", &[("files/polity.yaml", "service: {name: x}\ntemplate: {from: a, version: b}\n")])],
        json!({}),
        "template: key `template` is written by polity alone; polity.yaml (rendered by t/a):2:1 leave this key to polity",
    );
}

#[test]
fn a_job_is_the_same_in_another_process() {
    let stack = Stack::new(vec![layer("a", NAME, &[("files/f.tera", "{{ name }}"), ("files/b", "\0")]).unwrap()]).unwrap();
    let job = Job {
        given: serde_json::Map::new(),
        unanswered: Unanswered::Default,
        unwanted: Unwanted::Refuse,
        folder: "f".into(),
        dir: "d".into(),
    };
    let Outcome::Done(here) = make(&stack, &job, &mut |_| ()).unwrap() else { panic!("nothing is to be asked") };
    let mut heard = Vec::new();
    let response = wire::respond(&wire::request(&stack, &job).unwrap(), &mut |file| heard.push(file.to_owned())).unwrap();
    let Outcome::Done(there) = wire::outcome(&response).unwrap().unwrap() else { panic!("nothing is to be asked") };
    assert_eq!(here, there);
    assert_eq!(heard, ["a/files/b", "a/files/f.tera"]);
    for cut in [0, 1, response.len() / 2, response.len() - 1] {
        assert!(wire::outcome(&response[..cut]).is_err(), "{cut}");
    }
    let moved = String::from_utf8_lossy(&response).replacen("\"path\":\"b\"", "\"path\":\"../b\"", 1);
    assert!(wire::outcome(moved.as_bytes()).is_err(), "paths are checked again");
}

proptest! {
    /// An answer is data: it comes back from `polity.yaml` as it was, and is never read as a template.
    #[test]
    fn answers_survive_the_record(name in "(\\{\\{|\\}\\}|\\{%|\"|'|\\\\|: |#|- |\n|\\PC|[\u{1}-\u{9f}\u{2028}]){0,30}", tags in prop::collection::vec("(\\PC|, |: |\n){0,12}", 0..4)) {
        let manifest = "inputs:\n  name: {type: string}\n  tags: {type: list}\n";
        let files: &[(&str, &str)] = &[("files/f.tera", "{{ name }}"), ("files/polity.yaml.tera", "service: {name: {{ name | json }}}\n")];
        let rendered = render(&[(manifest, files)], json!({"name": name, "tags": tags})).unwrap();
        prop_assert_eq!(&text(&rendered, "f"), &name);
        let (service, _) = load::<ServiceFile>(&SourceText::new("polity.yaml", text(&rendered, "polity.yaml")), Format::Yaml).unwrap();
        prop_assert_eq!(&service.service.unwrap().name, &name);
        let answers = service.template.unwrap().answers;
        prop_assert_eq!(serde_json::Value::Object(answers), json!({"name": name, "tags": tags}));
    }

    /// Whatever an author writes, there is an answer and no panic.
    #[test]
    fn no_manifest_and_no_file_make_rendering_panic(
        manifest in "(inputs:\n|files:\n|values:\n|  a: |- |type: |string|integer|path: |\\{|\\}|\n|'|\\{\\{ a \\}\\}|\\PC){0,12}",
        body in "(\\{\\{|\\}\\}|\\{% if |\\{% endif %\\}|%\\}|name| \\| |upper|\n|\\PC){0,12}",
    ) {
        let _ = render(&[(&manifest, &[])], json!({}));
        let _ = render(&[(NAME, &[("files/x.tera", &body)])], json!({}));
    }
}
