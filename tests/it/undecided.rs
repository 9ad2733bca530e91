//! Conditions of chart templates that nobody knows: what a rule would find in the other case is unknown, never a pass, and nothing else is said.

use serde_json::Value;

use crate::support::{Repo, Run, repo};

/// A chart whose container has the lines `body`, judged by a rule that wants `probe` in each container and no `privileged`.
fn chart(body: &str) -> Repo {
    let rule = r#"package polity

deny contains {"message": sprintf("%s has no probe", [c.name]), "path": m.path, "document": m.index, "at": array.concat(m.pod.at, ["containers", i])} if {
	some m in repo.manifests("**/*.yaml")
	some i, c in m.pod.spec.containers
	not c.probe
}

deny contains {"message": "privileged", "path": one.manifest.path, "document": one.manifest.index, "at": array.concat(one.at, ["privileged"])} if {
	some one in repo.containers("**/*.yaml")
	one.container.privileged
}

deny contains {"message": "no policy for pods", "path": m.path, "document": m.index, "at": ["kind"]} if {
	some m in repo.manifests("**/*.yaml")
	m.pod
	count([1 | some other in repo.manifests("**/*.yaml"); other.document.kind == "NetworkPolicy"]) == 0
}
"#;
    let pod = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n";
    repo()
        .file("rules/probe/policy.yaml", "version: 1.0.0\ntitle: t\nseverity: error\nowner: o\n")
        .file("rules/probe/policy.rego", rule)
        .file(".polityignore", "rules/\n")
        .file("Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n")
        .file("values.yaml", "on: true\n")
        .file("templates/pod.yaml", format!("{pod}{body}"))
        .file("templates/policy.yaml", "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n")
}

fn check(folder: &Repo, more: &[&str]) -> Run {
    folder.run(&[&["check", "--policies", "rules", "--policy", "probe"], more].concat())
}

#[track_caller]
fn comes_to(body: &str, verdict: &str, said: &[&str]) {
    let folder = chart(body);
    // The second run recalls what the first one kept.
    for _ in 0..2 {
        let run = check(&folder, &["--format", "json", "--fail-on", "never"]).exits(0);
        let value: Value = serde_json::from_str(&run.stdout).unwrap();
        let found = value["findings"].as_array().unwrap().iter();
        let found: Vec<_> =
            found.map(|one| format!("{} {}", one["severity"].as_str().unwrap(), one["message"].as_str().unwrap())).collect();
        assert_eq!(
            (value["evaluations"][0]["verdict"].as_str().unwrap(), &found.iter().map(String::as_str).collect::<Vec<_>>()[..]),
            (verdict, said),
            "{body}"
        );
    }
}

const UNKNOWN: &str = "warning a condition that is not known decides this: ";

#[test]
fn what_only_the_other_case_has_is_unknown() {
    let other = |text: &str| format!("{UNKNOWN}{text}");
    let probe = "      probe: {}\n";
    comes_to(probe, "pass", &[]);
    comes_to(&format!("      {{{{- if .Values.on }}}}\n{probe}      {{{{- end }}}}\n"), "pass", &[]);
    let include = "      {{- if (include \"x\" .) }}\n";
    comes_to(&format!("{include}{probe}      {{{{- end }}}}\n"), "unknown", &[&other("a has no probe")]);
    comes_to(
        &format!("{probe}{include}      privileged: false\n      {{{{- else }}}}\n      privileged: true\n      {{{{- end }}}}\n"),
        "unknown",
        &[&other("privileged")],
    );
    // The first case has a finding of its own; the other one has none.
    comes_to(&format!("{probe}{include}      privileged: true\n      {{{{- end }}}}\n"), "fail", &["error privileged"]);
    comes_to(&format!("{probe}{include}      image: x\n      {{{{- end }}}}\n"), "pass", &[]);
    // Inside of one that stays.
    let nested = format!("{include}      image: x\n{include}{probe}      {{{{- end }}}}\n      {{{{- end }}}}\n");
    comes_to(&nested, "unknown", &[&other("a has no probe")]);
}

#[test]
fn a_document_that_may_not_be_there_is_missed_where_it_is_wanted() {
    let policy = "{{ if .Capabilities.APIVersions.Has \"x\" }}\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n{{ end }}\n";
    let folder = chart("      probe: {}\n").file("templates/policy.yaml", policy);
    let run = check(&folder, &[]).exits(0);
    insta::assert_snapshot!(run, @r"
    exit: 0
    ----- stdout
    warning[unreadable-evidence]: a condition that is not known decides this: no policy for pods
     --> templates/pod.yaml:2:1
      |
    2 | kind: Pod
      | ^^^^
      |
      = help: let the chart's own values decide the condition, or check the rendered chart
      = note: `probe` asked for this file

    1 finding (1 warning) in a repository without `polity.yaml`, 1 policy
    verdicts: 1 unknown
    hidden by `.polityignore`: 2 files; `--vacuity` says by which patterns
    ");
    check(&folder, &["--fail-on", "warning"]).exits(1);
    // A whole document that may not be there is judged as if it were.
    let pod = "{{ if .Capabilities.x }}\napiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: a\n      probe: {}\n{{ end }}\n";
    let folder = chart("").file("templates/pod.yaml", pod);
    assert!(check(&folder, &[]).exits(0).stdout.starts_with("no findings"), "nothing else depends on it");
}

#[test]
fn containers_of_a_named_template_are_unknown() {
    let head = "apiVersion: v1\nkind: Pod\nspec:\n";
    let folder = chart("").file("templates/pod.yaml", format!("{head}  containers:\n    {{{{- include \"c.all\" . | nindent 4 }}}}\n"));
    let run = check(&folder, &[]).exits(0);
    insta::assert_snapshot!(run, @r#"
    exit: 0
    ----- stdout
    warning[unreadable-evidence]: containers of a workload cannot be seen without rendering the chart
     --> templates/pod.yaml:5:5
      |
    5 |     {{- include "c.all" . | nindent 4 }}
      |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write it out in this file, or check the rendered chart
      = note: `probe` asked for this file

    1 finding (1 warning) in a repository without `polity.yaml`, 1 policy
    verdicts: 1 unknown
    hidden by `.polityignore`: 2 files; `--vacuity` says by which patterns
    "#);
    check(&folder, &["--fail-on", "warning"]).exits(1);
    // What is found all the same is a finding.
    let seen = "  containers:\n    - name: a\n    {{- include \"c.more\" . | nindent 4 }}\n";
    let run = check(&folder.file("templates/pod.yaml", format!("{head}{seen}")), &[]).exits(1);
    assert!(run.stdout.contains("a has no probe"), "{}", run.stdout);
}

#[test]
fn whole_objects_of_a_named_template_are_unknown_as_long_as_it_makes_some() {
    let folder = chart("      probe: {}\n").file("templates/web.yaml", "{{ include \"c.web\" . }}\n");
    let verdict = |folder: &Repo| {
        let run = check(folder, &["--format", "json", "--fail-on", "never"]).exits(0);
        let value: Value = serde_json::from_str(&run.stdout).unwrap();
        value["evaluations"][0]["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(verdict(&folder), "unknown", "nobody knows what it makes");
    let folder = folder.file("templates/_web.tpl", "{{ define \"c.web\" }}{{ if .Values.off }}{{ fail \"no\" }}{{ end }}{{ end }}\n");
    assert_eq!(verdict(&folder), "pass");
    let of = |rest: &str| format!("{{{{ define \"c.web\" }}}}\napiVersion: v1\nkind: Pod\n{rest}{{{{ end }}}}\n");
    let folder = folder.file("templates/_web.tpl", of("{{ .Files.Get \"x\" }}\n"));
    assert_eq!(verdict(&folder), "unknown", "what was kept does not hold when the named template changes");
    let spec = "spec:\n  containers:\n    - name: {{ .Release.Name }}\n";
    let folder = folder.file("templates/_web.tpl", of(spec));
    let run = check(&folder, &[]).exits(1);
    assert!(run.stdout.contains("`<templated>` has no probe") || run.stdout.contains("<templated> has no probe"), "{}", run.stdout);
    assert!(run.stdout.contains("templates/web.yaml:1:1"), "{}", run.stdout);
    // Named templates stand in any file of the templates.
    let plain = "{{ define \"c.web\" }}{{ if .Values.off }}{{ fail \"no\" }}{{ end }}{{ end }}\n";
    let folder = folder.file("templates/_web.tpl", "").file("templates/service.yaml", plain);
    assert_eq!(verdict(&folder), "pass");
}

#[test]
fn a_kind_that_is_not_known_may_be_any() {
    let object = "apiVersion: v1\nkind: {{ .Files.Get \"kind\" }}\nspec:\n  containers:\n    - name: a\n";
    let folder = chart("      probe: {}\n").file("templates/any.yaml", object);
    let run = check(&folder, &[]).exits(0);
    assert!(run.stdout.contains("object cannot be seen without rendering the chart\n --> templates/any.yaml:2:7"), "{}", run.stdout);
    assert!(run.stdout.contains("verdicts: 1 unknown"), "{}", run.stdout);
    let known = object.replace("{{ .Files.Get \"kind\" }}", "{{ ternary \"Pod\" \"Job\" .Values.on }}");
    check(&folder.file("templates/any.yaml", known), &[]).exits(1);
}

#[test]
fn every_item_of_a_list_is_judged() {
    let list = "    {{- range .Values.more }}\n    - name: {{ .name }}\n      {{- if .probe }}\n      probe: {}\n      {{- end }}\n    {{- end }}\n";
    let of = |more: &str| chart(&format!("      probe: {{}}\n{list}")).file("values.yaml", format!("more:\n{more}"));
    let good = "  - {name: b, probe: true}\n";
    assert!(check(&of(good), &[]).exits(0).stdout.starts_with("no findings"));
    let run = check(&of(&format!("{good}  - {{name: c, probe: true}}\n  - {{name: d}}\n")), &[]).exits(1);
    assert!(run.stdout.contains("d has no probe\n --> templates/pod.yaml:8:7"), "{}", run.stdout);
    // Of a list that nobody knows, what is found may not be there.
    let unknown = list.replace(".Values.more", "(.Files.Get \"x\" | fromYamlArray)");
    let folder = chart(&format!("      probe: {{}}\n{unknown}"));
    let run = check(&folder, &[]).exits(0);
    assert!(run.stdout.contains("unknown"), "{}", run.stdout);
    let privileged = unknown.replace("probe: {}", "probe: {}\n      privileged: true").replace("if .probe", "if true");
    let run = check(&chart(&format!("      probe: {{}}\n{privileged}")), &[]).exits(0);
    assert!(run.stdout.contains("a list that is not known decides this: privileged"), "{}", run.stdout);
}
