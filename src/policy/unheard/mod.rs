//! What of a policy can never say anything: a file that nobody reads, a rule that nobody asks, a name that nobody defines. In Rego all of it is
//! undefined in silence, and a policy that cannot fire looks like one that found nothing.

mod names;

use crate::finding::{Diagnostic, Location, SourceText, nearest};
use crate::tree::Tree;

use super::manifest::{PolicyFile, SubjectKind};
use names::{Head, Names, Reference};

/// What polity asks a rule.
const ASKED: [&str; 2] = ["deny", "not_applicable"];
/// What conftest and Gatekeeper ask a rule, and polity does not; with `_` and more words as well, which holds for `deny`, too.
const FOREIGN: [&str; 2] = ["warn", "violation"];

/// A file of Rego beside the rule, and no file of its tests.
pub(super) fn beside(folder: &str, tree: &Tree) -> Option<Diagnostic> {
    let is_lost = |path: &str| {
        let is_apart = path == "policy.rego" || path.ends_with("_test.rego") || path.starts_with("cases/") || path.starts_with("fix/");
        std::path::Path::new(path).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("rego")) && !is_apart
    };
    let (path, _) = tree.iter().find(|(path, _)| is_lost(path.as_str()))?;
    let place = Location::file(format!("{folder}/{path}"), "nobody reads this file");
    let diagnostic = Diagnostic::new(format!("`{path}` is no part of the policy: its rule is `policy.rego` alone")).at(place);
    let diagnostic = diagnostic.help("move what it defines into `policy.rego`; a file of unit tests is called `…_test.rego`");
    Some(
        diagnostic.help(
            "policies share no code: what several need stands in each of them, or as data in a file of the repository that they read",
        ),
    )
}

/// The first thing in a rule that nobody asks or defines; nothing for a rule that does not parse, of which the engine says more.
pub(super) fn inside(source: &SourceText, file: &PolicyFile) -> Option<Diagnostic> {
    let names = Names::of(source)?;
    let unasked = names.heads.iter().find_map(|head| unasked(head, &names, source));
    unasked.or_else(|| names.references.iter().find_map(|one| undefined(source, one, &names, file)))
}

/// A rule that is meant to be asked and is not: a function, or one that another program asks. What the rule uses itself is a helper.
fn unasked(head: &Head, names: &Names, source: &SourceText) -> Option<Diagnostic> {
    let name = head.name.as_str();
    let at = source.location(head.at..head.at + name.len(), "nobody asks this");
    if ASKED.contains(&name) {
        let diagnostic = Diagnostic::new(format!("`{name}` is a function, and nobody calls it")).at(at);
        let variable = if name == "deny" { "finding" } else { "reason" };
        return head.is_function.then(|| diagnostic.help(format!("write `{name} contains {variable} if {{ … }}`")));
    }
    let is_foreign = |one: &str| name == one || name.strip_prefix(one).is_some_and(|rest| rest.starts_with('_'));
    let is_meant = FOREIGN.iter().any(|one| is_foreign(one)) || is_foreign("deny") || name == "exception";
    if !is_meant || names.uses(name) {
        return None;
    }
    let help = match name {
        "exception" => "a waiver lets a finding be; `polity conftest` asks the rules of conftest",
        _ if is_foreign("warn") => {
            "make it the `deny` of a policy of its own with `severity: warning`; `polity conftest` asks the rules of conftest"
        }
        _ => "call it `deny`; `polity conftest` asks the rules of conftest",
    };
    Some(Diagnostic::new(format!("rule `{name}` is never asked: polity asks `deny` and `not_applicable`")).at(at).help(help))
}

/// A name that leads to nothing, whatever the repository is.
fn undefined(source: &SourceText, reference: &Reference, names: &Names, file: &PolicyFile) -> Option<Diagnostic> {
    let parts: Vec<&str> = reference.parts.iter().map_while(Option::as_deref).collect();
    let found = match parts[..] {
        ["data", "polity", rule, ..] => names.heads.iter().all(|head| head.name != rule).then_some(("data.polity", rule)),
        ["data", package, ..] => (package != "polity").then_some(("data", package)),
        ["input", "parameters", parameter, ..] => (!file.parameters.contains_key(parameter)).then_some(("input.parameters", parameter)),
        ["input", "service", key, ..] if file.subject == SubjectKind::Service => {
            (!["root", "described", "facts"].contains(&key)).then_some(("input.service", key))
        }
        ["input", key, ..] => (!keys(file).contains(&key)).then_some(("input", key)),
        _ => None,
    };
    let (of, key) = found.filter(|(of, _)| !names.is_replaced(&parts[..=of.split('.').count()]))?;
    let diagnostic = Diagnostic::new(format!("`{of}.{key}` is defined nowhere"));
    let diagnostic = diagnostic.at(source.location(reference.at.clone(), "there is never anything here"));
    let near = |known: Vec<&str>| nearest(key, known.iter().copied()).map(|near| format!("did you mean `{of}.{near}`?"));
    Some(match of {
        "data" => diagnostic.help(
            "a rule has no data beside its own package: declare a parameter in policy.yaml, read a file of the repository, or define it in this \
             file; policies share no code",
        ),
        "data.polity" => {
            let near = near(names.heads.iter().map(|head| head.name.as_str()).collect());
            diagnostic.help(near.unwrap_or("define it in this file".to_owned()))
        }
        "input.parameters" => {
            let near = near(file.parameters.keys().map(String::as_str).collect());
            diagnostic.help(near.unwrap_or(format!("declare `{key}` below `parameters` in policy.yaml")))
        }
        "input.service" => diagnostic.help("what `polity.yaml` says stands in `input.service.facts`"),
        _ => {
            let help = near(keys(file)).unwrap_or(format!("there is {}; `facts` in policy.yaml asks for more", keys(file).join(", ")));
            diagnostic.help(help)
        }
    })
}

/// What `input` holds.
fn keys(file: &PolicyFile) -> Vec<&'static str> {
    let subject = if file.subject == SubjectKind::Service { "service" } else { "services" };
    [subject, "parameters"].into_iter().chain(file.facts.iter().map(|fact| fact.key())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Mode, RepoPath};

    const HEAD: &str = "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\nparameters: {most: {type: integer, default: 3, help: h}}\n";

    /// A rule of one line behind its package.
    #[track_caller]
    fn check_as(more: &str, rule: &str, expected: Option<&str>) {
        let file = PolicyFile::load(&SourceText::new("policy.yaml", format!("{HEAD}{more}"))).unwrap();
        let found = inside(&SourceText::new("policy.rego", format!("package polity\n{rule}\n")), &file);
        let said = found.map(|d| format!("{}:{}: {}", d.locations[0].start.line, d.locations[0].start.column, d.title));
        assert_eq!(said.as_deref(), expected, "{rule}");
    }

    #[track_caller]
    fn check(rule: &str, expected: Option<&str>) {
        check_as("", rule, expected);
    }

    #[test]
    fn a_rule_that_nobody_asks_is_found() {
        let unasked = |name: &str| format!("2:1: rule `{name}` is never asked: polity asks `deny` and `not_applicable`");
        for name in ["warn", "violation", "warn_later", "deny_all", "exception"] {
            check(&format!("{name} contains {{\"message\": \"x\"}} if true"), Some(&unasked(name)));
        }
        check("warn contains 1 if true\nwarn contains 2 if true\ndeny contains 3 if false", Some(&unasked("warn")));
        check("warn contains 1 if true\ndeny contains one if some one in warn", None);
        check("deny_rows := [1]\ndeny contains one if some one in data.polity.deny_rows", None);
        check("deny(x) := {\"message\": \"x\"}", Some("2:1: `deny` is a function, and nobody calls it"));
        check("not_applicable(x) if x", Some("2:1: `not_applicable` is a function, and nobody calls it"));
        check("denied(x) if x\nwarned := 1\nviolations := 2\ndeny contains 1 if denied(1)", None);
        check("# warn contains 1\ndeny contains {\"message\": \"warn violation\"} if true", None);
    }

    #[test]
    fn a_name_that_nobody_defines_is_found() {
        check("import data.lib\ndeny contains 1 if lib.bad", Some("2:8: `data.lib` is defined nowhere"));
        check("deny contains 1 if data.foo.bar == 1", Some("2:20: `data.foo` is defined nowhere"));
        check("deny contains 1 if data[\"foo\"] == 1", Some("2:20: `data.foo` is defined nowhere"));
        check("deny contains 1 if data.polity.helper", Some("2:20: `data.polity.helper` is defined nowhere"));
        check("helper if true\ndeny contains 1 if data.polity.helper", None);
        check("deny contains 1 if input.parameters.mots < 3", Some("2:20: `input.parameters.mots` is defined nowhere"));
        check("deny contains 1 if input.parameters[\"mots\"] < 3", Some("2:20: `input.parameters.mots` is defined nowhere"));
        check("deny contains 1 if input.parameters.most < 3\nx := input.parameters[\"most\"]\ny := input.parameters[k]", None);
        check("deny contains 1 if input.servce.described", Some("2:20: `input.servce` is defined nowhere"));
        check("deny contains 1 if input.service.name", Some("2:20: `input.service.name` is defined nowhere"));
        check("deny contains 1 if input.service.facts.service.name", None);
        check("deny contains 1 if input.hidden", Some("2:20: `input.hidden` is defined nowhere"));
        check_as("facts: [hidden]\n", "deny contains 1 if input.hidden", None);
        check("deny contains 1 if input.services", Some("2:20: `input.services` is defined nowhere"));
        check_as("subject: repository\n", "deny contains 1 if input.services", None);
        check_as("subject: repository\n", "deny contains 1 if input.service.root", Some("2:20: `input.service` is defined nowhere"));
        check(
            "# data.foo\ndeny contains {\"message\": \"data.foo input.x\"} if repo.yaml(\"a\")[0].data.foo == input.service.facts.data.foo",
            None,
        );
        check("import rego.v1\ndeny contains 1 if {some data_of in [1]; data_of == 1}", None);
        check("deny contains 1 if input[\"parameters\"][\"mots\"]", Some("2:20: `input.parameters.mots` is defined nowhere"));
        check("deny contains 1 if input[`kind`]", Some("2:20: `input.kind` is defined nowhere"));
        check("deny contains 1 if data[ \"lib\" ].x", Some("2:20: `data.lib` is defined nowhere"));
        check(
            "deny contains 1 if object.get(input.parameters, \"mots\", 0) == 3",
            Some("2:31: `input.parameters.mots` is defined nowhere"),
        );
        check("deny contains 1 if object.get(input.parameters, \"most\", 0) == 3", None);
    }

    #[test]
    fn other_names_for_the_same_are_followed() {
        check("import input.parameters as p\ndeny contains 1 if p.mots", Some("3:20: `input.parameters.mots` is defined nowhere"));
        check("import input.parameters.mots as p\ndeny contains 1 if p", Some("2:8: `input.parameters.mots` is defined nowhere"));
        check("import data.polity\ndeny contains 1 if polity.helper", Some("3:20: `data.polity.helper` is defined nowhere"));
        check("import data.polity as own\nhelper := 1\ndeny contains 1 if own.helper", None);
        check("p := input.parameters\ndeny contains 1 if p.mots", Some("3:20: `input.parameters.mots` is defined nowhere"));
        check("deny contains 1 if {p := input.parameters; p.mots}", Some("2:44: `input.parameters.mots` is defined nowhere"));
        check("deny contains 1 if {p := input.parameters; p.most}", None);
        // One of them is something else.
        check("a if {p := input.parameters; p.most > 1}\nb if {[1][_] = p; p.zz == 1}", None);
        check("a if {p := input.parameters; p.most > 1}\nb if {walk(input, [_, p]); p.zz == 1}", None);
        check("deny contains 1 if {p := input.parameters; p.most}\nf(p) := p.mots", None);
        check(
            "p := input.parameters if input.service.described\np := {\"mots\": 1} if not input.service.described\ndeny contains 1 if p.mots",
            None,
        );
        check("warn contains 1 if true\ndeny contains one if some one in data.polity[\"warn\"]", None);
        check("warn contains 1 if true\ndeny contains one if {some name in [\"warn\"]; some one in data.polity[name]}", None);
    }

    #[test]
    fn what_the_rule_itself_puts_there_is_there() {
        check("bad if input.kind == \"Pod\"\ndeny contains 1 if bad with input as {\"kind\": \"Pod\"}", None);
        check("bad if input.review.kind == 1\ndeny contains 1 if bad with input.review as {\"kind\": 1}", None);
        check("bad if input.review\ndeny contains 1 if bad with input.review.kind as 1", None);
        check("bad if input.kind\ndeny contains 1 if bad with input.review as 1", Some("2:8: `input.kind` is defined nowhere"));
        check("bad if data.config.n == 1\ndeny contains 1 if bad with data.config as {\"n\": 1}", None);
        check("test_it if input.kind == 1 with input.kind as 1", None);
        check("f(data) := data.foo\ng(input) := input.foo\ndeny contains 1 if f({})", None);
        check("deny contains 1 if {some data in [1]; data.foo}", None);
        check("deny contains 1 if {every data in [1] {data.foo}}", None);
        check("deny contains 1 if {input := {\"foo\": 1}; input.foo}", None);
        check("deny contains 1 if {", None);
    }

    #[test]
    fn a_file_of_rego_that_nobody_reads_is_found() {
        for (path, is_lost) in [
            ("lib.rego", true),
            ("lib/a.rego", true),
            ("lib.REGO", true),
            ("policy_test.rego", false),
            ("cases/bad/a.rego", false),
            ("fix/a.rego", false),
            ("notes.md", false),
        ] {
            let mut tree = Tree::new();
            for path in ["policy.rego", path] {
                tree.insert(RepoPath::new(path).unwrap(), Mode::File, &b""[..]);
            }
            let found = beside("p", &tree).map(|said| said.locations[0].path.clone());
            assert_eq!(found, is_lost.then(|| format!("p/{path}")));
        }
    }
}
