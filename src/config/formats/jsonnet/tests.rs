//! Values and mistakes of programs.

use super::{Imported, evaluate};

fn run(text: &str) -> Result<String, String> {
    let files = [("lib.libsonnet", "{ f(x):: x + 1 }"), ("bad.libsonnet", "{\n  a: }"), ("loop.libsonnet", "import 'loop.libsonnet'")];
    let mut import = |from: &str, path: &str| {
        let found = files.iter().find(|(name, _)| *name == path);
        let (path, text) = found.ok_or_else(|| format!("{from} knows no {path}"))?;
        Ok(Imported { path: (*path).to_owned(), bytes: text.as_bytes().to_vec() })
    };
    evaluate("a.jsonnet", text, &mut import)
}

#[track_caller]
fn fails(text: &str, expected: &str) {
    assert_eq!(run(text).unwrap_err(), expected, "{text}");
}

#[test]
fn a_program_gives_its_value() {
    for (text, expected) in [
        ("{ a: 1, b:: 2, c: self.a + self.b }", r#"{"a": 1, "c": 3}"#),
        ("local lib = import 'lib.libsonnet'; [lib.f(1), importstr 'lib.libsonnet', std.thisFile]", r#"[2, "{ f(x):: x + 1 }", ""]"#),
        ("function(x=1) x + 1", "2"),
        ("importbin 'bad.libsonnet'", "[123, 10, 32, 32, 97, 58, 32, 125]"),
    ] {
        assert_eq!(run(text).unwrap(), expected, "{text}");
    }
}

#[test]
fn a_mistake_has_a_place() {
    fails("{\n  a: 1,\n  b: }", "a.jsonnet:3:6: unexpected `}`");
    fails("{ a: 1", "a.jsonnet:1:7: unexpected end of the file");
    fails("{ a: '", "a.jsonnet:1:6: a text is not closed");
    fails("{ ü: 1 }", "a.jsonnet:1:3: unexpected character 'ü'");
    fails("{\n  a: b }", "a.jsonnet:2:6: unknown variable `b`");
    fails("{ a: { b: 1 }.c }", "a.jsonnet:1:6: no field `c`");
    fails("{ ['ü']: 1 + {} + 1 }", "a.jsonnet:1:10: this operator does not take a number and an object");
    fails("std.length(1)", "a.jsonnet:1:1: argument 1 of `std.length` is a number");
    fails("{\n  a: error 'no \"a\"' }", "a.jsonnet:2:6: no \"a\"");
    fails("{ a: function(x) x }", "a.jsonnet: a function has no JSON");
    fails("std.extVar('x')", "a.jsonnet:1:1: no external variable `x`: conftest sets none");
    fails("local f(x) = f(x) + 1; f(1)", "a.jsonnet:1:14: more calls in each other than the 500 that Jsonnet allows");
    fails("local a = b, b = a; a", "a.jsonnet:1:18: a value needs itself");
    fails("import 'none'", "a.jsonnet:1:1: cannot import \"none\": a.jsonnet knows no none");
    fails("{ a: import 'bad.libsonnet' }", "a.jsonnet:1:6: cannot import \"bad.libsonnet\": bad.libsonnet:2:6: unexpected `}`");
    fails("import 'loop.libsonnet'", "loop.libsonnet:1:1: a value needs itself");
}
