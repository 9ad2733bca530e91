//! Layouts that `opa fmt` gave, those it does not give because they would damage the policy, and generated policies.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use super::{LayoutError, RegoVersion, format};
use crate::config::formats::Means;
use crate::policy::conftest::{CheckOptions, CheckResult, Config, ConftestError, LoadOptions, Policies, Reader, RegoFile, check as run};

#[track_caller]
fn check(version: RegoVersion, text: &str, expected: &str) {
    let laid_out = format(text, version).unwrap();
    assert_eq!(laid_out, expected);
    assert_eq!(format(&laid_out, version).unwrap(), expected, "again");
}

#[test]
fn rules_are_laid_out_as_opa_does() {
    check(
        RegoVersion::V1,
        r##"package  a.b["c-d"]
import   data.z as y # last
import data.b
import input.x

# About p.
p:=1   if input.x
else := "a" if input.y == "b"
else := "c" if regex.match(`^a\d`, input.z)



q if {input.a; input.b
} else := 3 if { input.c
  not input.d }
a.b := 1
f(1) if true
f("x")
r := -input.x
one := 1
two := 2
default  three:=false
deny contains { "msg" : msg } if { some x in [1,2]; x > (1+2)*3 # why
  msg:=sprintf( "%d" ,[x])
}
s contains x if x := 1
e if every k,v in input { k!=v }
u if { ({1}|{2}) == input.s }
"##,
        r##"package a.b["c-d"]

import data.b
import data.z as y # last
import input.x

# About p.
p := 1 if input.x

else := "a" if input.y == "b"

else := "c" if regex.match("^a\\d", input.z)

q if {
	input.a
	input.b
} else := 3 if {
	input.c
	not input.d
}

a["b"] := 1
f(1) := true
f("x")
r := 0 - input.x
one := 1
two := 2

default three := false

deny contains {"msg": msg} if { # why
	some x in [1, 2]
	x > (1 + 2) * 3
	msg := sprintf("%d", [x])
}

s contains x if x := 1
e if every k, v in input { k != v }
u if {1} | {2} == input.s
"##,
    );
}

#[test]
fn terms_are_laid_out_as_opa_does() {
    check(
        RegoVersion::V1,
        r##"package a

x := [1,
 2,3,
4 ]
y := {"a":1,"b" : {"c":[ ]},
 }
z := { 1,2 ,1 }
empty := set( )
o := {k: v | some k, v in input
 v > 1 }
l := [ i|i := input[_];i>0 ]
t if { f(
  1,
  [2,3]); g(
   1
  )
  input.a with input as {"a":1}   with data.b as 2
  input.b with input.x as 1
      with input.y as 2
  some i , j
  input["x y"][i].ok["plain"][j]
  not 1 in input.c
  "k", 2 in input.d
  count(input.e)*(1+2)/3 - 1 == 2
}
n := [1.50, 1e3, -2, null, true, `raw\n`, "q\t"]
m := $"hello {input.name}"
"##,
        r##"package a

x := [
	1,
	2, 3,
	4,
]

y := {"a": 1, "b": {"c": []}}

z := {1, 2}
empty := set()
o := {k: v |
	some k, v in input
	v > 1
}

l := [i | i := input[_]; i > 0]

t if {
	f(
		1,
		[2, 3],
	)
	g(1)
	input.a with input as {"a": 1} with data.b as 2
	input.b with input.x as 1
		with input.y as 2
	some i, j
	input["x y"][i].ok.plain[j]
	not 1 in input.c
	"k", 2 in input.d
	((count(input.e) * (1 + 2)) / 3) - 1 == 2
}

n := [1.50, 1e3, -2, null, true, `raw\n`, "q\t"]
m := $"hello {input.name}"
"##,
    );
}

#[test]
fn comments_stay_where_opa_leaves_them() {
    check(
        RegoVersion::V1,
        r##"# METADATA
# title: x
package a # p

# one

# two
import data.b # b
p := [
  # first
  1, # after one
  2
  # last
]
q if {
  # above
  input.x # here

  # apart
  input.y
  # below
}
r := {
 # inner
 "a": 1 }

deny contains msg if {
 msg := sprintf("a %s", [
   # inner
   input.x, input.y
 ]) # trailing
}
# end
"##,
        r##"# METADATA
# title: x
package a # p

# one

# two
import data.b # b

p := [
	# first
	1, # after one
	2,
	# last
]

q if {
	# above
	input.x # here

	# apart
	input.y
	# below
}

r := {
 # inner
 "a": 1 }

deny contains msg if {
	msg := sprintf("a %s", [
   # inner
   input.x, input.y
 ]) # trailing
}

# end
"##,
    );
}

#[test]
fn version_0_keeps_its_forms() {
    check(
        RegoVersion::V0,
        r##"package a
import future.keywords.in
deny[msg] {
 input.x
 msg = "a"
} {
 # second
 not input.y
 msg = "b"
}
f(x) = y { y := x } else = 2 { x > 3 }
a.b.c { true }
default allow = false
allow { input.x with input as {"a":1} }
p["x"]
p[x] = y { y := input[x] }
g(_,"b")
s := { x|x in input }
"##,
        r##"package a

import future.keywords.in

deny[msg] {
	input.x
	msg = "a"
}

deny[msg] {
	# second
	not input.y
	msg = "b"
}

f(x) = y {
	y := x
}

else = 2 {
	x > 3
}

a.b.c = true

default allow = false

allow {
	input.x with input as {"a": 1}
}

p["x"]

p[x] = y {
	y := input[x]
}

g(_, "b")

s := {x | x in input}
"##,
    );
}

/// `opa fmt` forgets what follows a term with such a comment: the modifier, the comment, the arguments.
#[test]
fn nothing_is_lost_around_a_comment_without_room() {
    let modifier = "package a\n\nt if {\n\tf({{\n\t\t\"b\": 1,\n\t\t# why\n\t\t\"c\": 2,\n\t}}) with input as x\n}\n";
    check(RegoVersion::V1, modifier, modifier);
    let arguments = "package a\n\nf(\n\tx, # why\n) if {\n\tx\n\tinput.y\n}\n";
    check(RegoVersion::V1, arguments, arguments);
    check(
        RegoVersion::V0,
        "package a\nd[{\"m\": x}] {\n x\n} {\n # why\n y\n}\n",
        "package a\n\nd[{\"m\": x}] {\n\tx\n}\n\nd[{\"m\": x}] {\n\t# why\n\ty\n}\n",
    );
}

/// `opa fmt` leaves these parentheses out, and so makes other statements.
#[test]
fn parentheses_stay_that_mean_something() {
    let text = "package a\n\np if {\n\t1 == (2 == 3)\n\t(-3 + 1)\n}\n";
    check(RegoVersion::V1, text, text);
}

/// An operator by its name with a place for its result has another form.
#[test]
fn what_would_be_another_policy_is_refused() {
    assert!(matches!(format("package a\n\np if plus(1, 2, 3)\n", RegoVersion::V1), Err(LayoutError::Unsafe(_))));
}

#[test]
fn what_is_no_policy_is_refused_with_its_line() {
    for (text, row) in [
        ("x := 1\n", 1),
        ("package a\n\np { true }\n", 3),
        ("package a\n\np[x] if\n", 4),
        ("package a\n\np := {1,\n", 4),
        ("package a\n\np := \"x\n", 3),
        ("package a\np := 1 2\n", 2),
        ("package a\np := 01x\n", 2),
        ("package a\nimport foo.bar\n", 2),
        ("package a\np if { x y }\n", 2),
        ("package a\np if input.a or input.b\n", 2),
    ] {
        match format(text, RegoVersion::V1) {
            Err(LayoutError::Parse { row: found, .. }) => assert_eq!(found, row, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn deep_nesting_ends() {
    for open in ["[", "{", "(", "{1+", "f(", "x["] {
        assert!(format(&format!("package a\np := {}", open.repeat(20_000)), RegoVersion::V1).is_err());
    }
}

#[test]
fn a_mistake_in_deep_brackets_is_found_in_time() {
    for open in ["{1+", "[f(", "{x: {", "[x |"] {
        assert!(format(&format!("package a\np := {} :=", open.repeat(60)), RegoVersion::V1).is_err());
    }
}

/// Where white space, a new line or a comment may stand, and where a statement ends.
const GAP: char = '\u{1}';
const END: char = '\u{2}';

fn term() -> BoxedStrategy<String> {
    let leaf =
        ["1", "2.50", "\"a b\"", "`r\\n`", "input.a", "input.list[_]", "input[\"b\"].c", "true", "null", "[-3]", "[]", "{}", "set()"];
    prop::sample::select(leaf.to_vec())
        .prop_map(str::to_owned)
        .prop_recursive(3, 12, 3, |inner| {
            let two = (inner.clone(), inner.clone());
            prop_oneof![
                two.clone().prop_map(|(a, b)| format!("[~{a},~{b}~]")),
                two.clone().prop_map(|(a, b)| format!("{{~{a}~,{b},~}}")),
                two.clone().prop_map(|(a, b)| format!("{{~\"k\": {a},~\"l m\":~{b}~}}")),
                (two.clone(), prop::sample::select(vec!["+", "-", "*", "&", "==", "<"]))
                    .prop_map(|((a, b), sign)| format!("({a} {sign}~{b})")),
                two.clone().prop_map(|(a, b)| format!("object.get(~{a},~\"k\",{b}~)")),
                inner.clone().prop_map(|a| format!("count({a})")),
                two.clone().prop_map(|(a, b)| format!("[v |~v :=~{a}^v != {b}~]")),
                two.clone().prop_map(|(a, b)| format!("{{~v: {b} | some v in~{a}~}}")),
                two.prop_map(|(a, b)| format!("{{~v |~some k, v in {a}^v != {b}~}}")),
            ]
        })
        .boxed()
}

fn statement() -> impl Strategy<Value = String> {
    let two = (term(), term());
    prop_oneof![
        two.clone().prop_map(|(a, b)| format!("{a} == {b}")),
        two.clone().prop_map(|(a, b)| format!("not {a} == {b}")),
        two.clone().prop_map(|(a, b)| format!("{a} in [{b},~1]")),
        two.clone().prop_map(|(a, b)| format!("every e in {a} {{~e != {b}^true }}")),
        two.clone().prop_map(|(a, b)| format!("count({a}) > 0 with input as~{b}")),
        two.prop_map(|(a, b)| format!("f({a}, {b})")),
        term(),
    ]
}

fn rule() -> impl Strategy<Value = String> {
    (prop::collection::vec(statement(), 1..4), term(), 0_u8..4).prop_map(|(body, value, form)| {
        let statements = body.join("^");
        match form {
            0 => format!("deny contains~sprintf(\"%v\",~[{value}]) if {{~{statements}~}}\n"),
            1 => format!("deny contains \"one\" if input.a != {value}\n"),
            2 => format!("warn contains {{~\"msg\": sprintf(\"%v\", [{value}~])~}} if {{ {statements} }}\n\n\n"),
            _ => format!("f(a, b) := {value} if {{~a != b^{statements}~}} else := {value}\n"),
        }
    })
}

/// A policy, with white space and comments where its seed says.
fn policy() -> impl Strategy<Value = String> {
    (prop::collection::vec(rule(), 1..4), prop::collection::vec(any::<u8>(), 64)).prop_map(|(rules, seed)| {
        let text = format!("package main\n\nf(0, 0) := 0\n{}", rules.concat());
        let mut out = String::new();
        for (index, c) in text.replace('~', &GAP.to_string()).replace('^', &END.to_string()).chars().enumerate() {
            let choice = seed[index % seed.len()] % 16;
            match c {
                GAP => out += ["\n", " ", "\n\t", "  \n\n", " # c\n", " "].get(usize::from(choice)).unwrap_or(&" "),
                END => out += ["\n", ";", "\n\n", " # d\n", "\n# e\n  "].get(usize::from(choice)).unwrap_or(&"\n"),
                c => out.push(c),
            }
        }
        out
    })
}

fn results(text: &str) -> Result<Vec<CheckResult>, ConftestError> {
    let options = LoadOptions {
        version: RegoVersion::V1,
        strict: false,
        allowed: None,
        builtin_errors: false,
        tracing: false,
        limit: Duration::from_secs(10),
        now: 0,
        runtime: serde_json::json!({}),
        reader: Reader { read: Arc::new(|_| Err(String::new())), means: Means::default() },
    };
    let policies = Policies::load(&[RegoFile { path: "a.rego".to_owned(), text: text.to_owned() }], &[], options)?;
    let config = Config { path: "a.json".to_owned(), value: json!({"a": [1, 2], "b": {"c": 3}, "list": [{"k": 1}, "a b", 2.5]}) };
    let options = CheckOptions { namespaces: vec!["main".to_owned()], folder: String::new() };
    run(&policies, &[config], |config| Ok(config.clone()), &options)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn a_layout_changes_no_result_and_no_comment(text in policy()) {
        let laid_out = match format(&text, RegoVersion::V1) {
            // Not every comment finds a place.
            Err(LayoutError::Unsafe(_)) if text.contains('#') => return Ok(()),
            other => other.unwrap(),
        };
        prop_assert_eq!(laid_out.matches('#').count(), text.matches('#').count());
        prop_assert_eq!(format(&laid_out, RegoVersion::V1).unwrap(), laid_out.clone());
        match (results(&text), results(&laid_out)) {
            (Ok(before), Ok(after)) => prop_assert_eq!(before, after),
            (before, after) => prop_assert_eq!(before.is_err(), after.is_err(), "{:?} {:?}", before, after),
        }
    }
}
