//! Masking and filling of chart templates: values come from the chart, places from the template.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::policy::helm::unseen::Lacks;

fn chart_with(root: Json) -> Chart {
    Chart { root: chart::root(&root), problems: Vec::new(), defines: Default::default(), helpers: Vec::new() }
}

/// What a template shows first.
fn shown(source: &SourceText, chart: &Chart) -> Template {
    templated(source, chart, &Choices::default()).unwrap_or_else(|p| panic!("{:?}", p.diagnostic))
}

/// The documents of a template, with the values of a chart.
#[track_caller]
fn check(template: &str, values: Json, expected: &[Json]) {
    let source = SourceText::new("t.yaml", template);
    let root = json!({"Values": values, "Chart": {"Name": "shop", "Version": "1.2.3", "AppVersion": null}});
    let found: Vec<_> = shown(&source, &chart_with(root)).documents.iter().map(Document::to_json).collect();
    assert_eq!(found, expected);
}

#[test]
fn simple_values_are_filled_in() {
    let values = json!({"image": {"name": "a", "tag": "1"}, "port": 80, "empty": ""});
    check("image: \"{{ .Values.image.name }}:{{ .Values.image.tag }}\"\n", values.clone(), &[json!({"image": "a:1"})]);
    check("port: {{ .Values.port }}\nq: {{ .Values.port | quote }}\n", values.clone(), &[json!({"port": 80, "q": "80"})]);
    check("a: {{ .Values.none | default 3 }}\nb: {{ default \"x\" .Values.empty }}\n", values.clone(), &[json!({"a": 3, "b": "x"})]);
    check(
        "a: {{ .Values.none }}\nname: {{ .Chart.Name }}-{{ .Release.Name }}\n",
        values.clone(),
        &[json!({"a": null, "name": "shop-<templated>"})],
    );
    check("a: {{ include \"x\" . }}\n{{ .Values.image.name }}: 1\n", values, &[json!({"a": "<templated>", "a": 1})]);
}

#[test]
fn blocks_stand_where_they_are_put() {
    let values = json!({"resources": {"limits": {"cpu": 1}}, "env": [{"name": "A"}], "none": {}});
    let one = "resources:\n  {{- toYaml .Values.resources | nindent 2 }}\n";
    check(one, values.clone(), &[json!({"resources": {"limits": {"cpu": 1}}})]);
    let several = "labels:\n  {{- include \"labels\" . | nindent 2 }}\n  app: x\n";
    check(several, values.clone(), &[json!({"labels": {"app": "x"}})]);
    let list = "env:\n  {{- toYaml .Values.env | nindent 2 }}\n  - name: B\n";
    check(list, values.clone(), &[json!({"env": [{"name": "A"}, {"name": "B"}]})]);
    check(
        "a: {{ toYaml .Values.resources | nindent 2 }}\nb:\n  {{- toYaml .Values.none | nindent 2 }}\n",
        values,
        &[json!({"a": {"limits": {"cpu": 1}}, "b": {}})],
    );
}

#[test]
fn a_block_that_begins_behind_its_key_goes_on_below() {
    let of = |rest: &str| format!("m:\n  labels: {{{{- include \"labels\" . | nindent 4 }}}}\n{rest}  n: 1\n");
    check(&of("    a: 1\n"), json!({}), &[json!({"m": {"labels": {"a": 1}, "n": 1}})]);
    check(&of("    {{- if .Values.x }}\n    b: 1\n    {{- end }}\n    a: 1\n"), json!({}), &[json!({"m": {"labels": {"a": 1}, "n": 1}})]);
    check(&of(""), json!({}), &[json!({"m": {"labels": "<templated>", "n": 1}})]);
    let list = "- labels: {{- include \"labels\" . | nindent 4 }}\n    a: 1\n- b\n";
    check(list, json!({}), &[json!([{"labels": {"a": 1}}, "b"])]);
}

#[test]
fn conditions_are_decided_where_they_can_be() {
    let values = json!({"on": true, "off": false, "list": ["x", "y"], "map": {"k": {"v": 1}}});
    check("{{- if .Values.on }}\na: 1\n{{- else }}\na: 2\n{{- end }}\n", values.clone(), &[json!({"a": 1})]);
    check(
        "{{- if .Values.off }}\na: 1\n{{- else if .Values.on }}\na: 2\n{{- else }}\na: 3\n{{- end }}\n",
        values.clone(),
        &[json!({"a": 2})],
    );
    check(
        "{{- if not .Values.off }}\na: 1\n{{- end }}\n{{- if and .Values.on .Values.off }}\nb: 1\n{{- end }}\n",
        values.clone(),
        &[json!({"a": 1})],
    );
    check("{{- if .Capabilities.x }}\na: 1\n{{- else }}\na: 2\n{{- end }}\n", values.clone(), &[json!({"a": 1})]);
    check("{{- with .Values.map.k }}\na: {{ .v }}\nb: {{ $.Values.on }}\n{{- end }}\n", values.clone(), &[json!({"a": 1, "b": true})]);
    check("a:\n{{- range .Values.list }}\n  - {{ . }}\n{{- end }}\n", values.clone(), &[json!({"a": ["x", "y"]})]);
    check(
        "{{- $p := .Values.map.k.v -}}\na: {{ $p }}\n{{/* a comment {{ with }} braces */}}\nb: 2\n",
        values.clone(),
        &[json!({"a": 1, "b": 2})],
    );
    check("{{- define \"x\" -}}\nbroken: [\n{{- end }}\na: 1\n", values, &[json!({"a": 1})]);
}

#[test]
fn conditions_that_are_not_known_have_another_case() {
    let both = |template: &str| -> Vec<Json> {
        let source = SourceText::new("t.yaml", template);
        let mut chart = chart_with(json!({"Values": {"on": true}}));
        chart.defines.add(template);
        let of = |choices: &Choices| templated(&source, &chart, choices).unwrap_or_else(|p| panic!("{:?}", p.diagnostic));
        let Template { documents: first, ways, .. } = of(&Choices::default());
        let cases = ways.iter().map(|way| of(way).documents);
        std::iter::once(first).chain(cases).map(|documents| documents.iter().map(Document::to_json).collect()).collect()
    };
    assert_eq!(both("{{ if .Values.on }}\na: 1\n{{ end }}\n"), [json!([{"a": 1}])]);
    let include = "{{ if (include \"x\" .) }}\na: 1\n{{ else }}\na: 2\n{{ end }}\nb: 1\n";
    assert_eq!(both(include), [json!([{"a": 1, "b": 1}]), json!([{"a": 2, "b": 1}])]);
    assert_eq!(both("a: 1\n{{ with .Capabilities.x }}\nb: 1\n{{ end }}\n"), [json!([{"a": 1, "b": 1}]), json!([{"a": 1}])]);
    let chain = "{{ if .Capabilities.x }}\na: 1\n{{ else if .Capabilities.y }}\na: 2\n{{ else }}\na: 3\n{{ end }}\n";
    assert_eq!(both(chain), [json!([{"a": 1}]), json!([{"a": 2}]), json!([{"a": 3}])]);
    let decided = "{{ if .Capabilities.x }}\na: 1\n{{ else if .Values.on }}\na: 2\n{{ end }}\n";
    assert_eq!(both(decided), [json!([{"a": 1}]), json!([{"a": 2}])]);
    // What stands inside of another one is turned alone: the whole document may depend on the outer one.
    let nested = "z: 1\n{{ if .Capabilities.x }}\na: 1\n{{ if .Capabilities.y }}\nb: 1\n{{ end }}\n{{ end }}\n";
    assert_eq!(both(nested), [json!([{"z": 1, "a": 1, "b": 1}]), json!([{"z": 1, "a": 1}]), json!([{"z": 1}])]);
    // Each is turned alone, and the same question has one answer.
    let two = "{{ if .Capabilities.x }}\na: 1\n{{ end }}\n{{ if .Capabilities.y }}\nb: 1\n{{ end }}\n{{ if not .Capabilities.x }}\nc: 1\n{{ end }}\n";
    assert_eq!(both(two), [json!([{"a": 1, "b": 1}]), json!([{"b": 1, "c": 1}]), json!([{"a": 1}])]);
    // Inside of a case that is not the first one, however deep.
    let open = |name: &str| format!("{{{{ if .Capabilities.{name} }}}}\n{{{{ else }}}}\n");
    let deep = format!("{}a: 1\n{}", ["v", "w", "x", "y", "z"].map(open).concat(), "{{ end }}\n".repeat(5));
    assert_eq!(both(&deep).last(), Some(&json!([{"a": 1}])));
    // What a named template asks.
    let named = "{{ define \"t\" }}{{ if .Capabilities.x }}{{ $_ := 1 }}\na: 1\n{{ else }}\na: 2\n{{ end }}{{ end }}\nb:\n  {{ include \"t\" . | nindent 2 }}\n";
    assert_eq!(both(named), [json!([{"b": {"a": 1}}]), json!([{"b": {"a": 2}}])]);
}

#[test]
fn parts_of_texts_decide() {
    let values = json!({"name": "shop/front"});
    let image = "{{- if contains \"/\" .Values.name }}\na: 1\n{{- else }}\na: 2\n{{- end }}\n";
    check(image, values.clone(), &[json!({"a": 1})]);
    check(image, json!({"name": "front"}), &[json!({"a": 2})]);
    check(
        "a: {{ hasPrefix \"shop\" .Values.name }}\nb: {{ .Values.name | hasSuffix \"shop\" }}\n",
        values,
        &[json!({"a": true, "b": false})],
    );
}

#[test]
fn collections_decide() {
    let values = json!({"more": {"a": {"x": 1}}, "none": null});
    let merged = "{{- $m := mergeOverwrite (dict) (default (dict) .Values.none) (dig \"a\" (dict) .Values.more) }}\n";
    let test = |condition: &str| format!("{merged}{{{{- if {condition} }}}}\na: 1\n{{{{- else }}}}\na: 2\n{{{{- end }}}}\n");
    for (condition, expected) in [
        ("hasKey $m \"x\"", 1),
        ("not (hasKey $m \"y\")", 1),
        ("hasKey (dict \"y\" 1) \"x\"", 2),
        ("eq 1 (dig \"a\" \"x\" 2 .Values.more)", 1),
        ("eq 2 (dig \"a\" \"y\" 2 .Values.more)", 1),
        ("hasKey (merge (dict \"k\" 1) $m) \"x\"", 1),
        ("not (empty $m)", 1),
        ("list", 2),
        ("list 1", 1),
    ] {
        check(&test(condition), values.clone(), &[json!({"a": expected})]);
    }
}

#[test]
fn helpers_that_render_nothing_fit_anywhere() {
    let guard = "{{- if regexMatch \"x\" .Values.a }}{{ fail \"no\" }}{{ end }}\na: 1\n---\nb: 1\n";
    check(guard, json!({}), &[json!({"a": 1}), json!({"b": 1})]);
    check("{{ include \"validate\" . }}\n---\na: [\"1\"\n{{ include \"x\" . }}\n, 2]\n", json!({}), &[json!({"a": ["1", 2]})]);
}

#[test]
fn every_item_of_a_list_is_there() {
    let values =
        json!({"jobs": [{"name": "a", "env": ["x", "y"]}, {"name": "b", "env": []}, {"name": "c", "env": ["z"]}], "map": {"k": 1, "j": 2}});
    let documents = "{{ range $i, $job := .Values.jobs }}\n---\nname: {{ $job.name }}{{ $i }}\nenv:\n  - w\n  {{- range .env }}\n  - {{ . }}\n  {{- end }}\n{{ end }}\n---\nlast: 1\n";
    let found = [
        json!({"name": "a0", "env": ["w", "x", "y"]}),
        json!({"last": 1}),
        json!({"name": "b1", "env": ["w"]}),
        json!({"name": "c2", "env": ["w", "z"]}),
    ];
    check(documents, values.clone(), &found);
    let members = "a:\n  z: 0\n  {{- range $k, $v := .Values.map }}\n  {{ $k }}: {{ $v }}\n  {{- end }}\n";
    check(members, values.clone(), &[json!({"a": {"z": 0, "j": 2, "k": 1}})]);
    check("a: [{{ range .Values.jobs }}{{ .name | quote }},{{ end }}]\n", values.clone(), &[json!({"a": ["a", "b", "c"]})]);
    // What is counted on the way is not known in the end.
    let counted = "{{ $n := 0 }}{{ range .Values.jobs }}{{ $n = add $n 1 }}{{ end }}\nn: {{ $n }}\n";
    check(counted, values, &[json!({"n": "<templated>"})]);
    // As many as are looked at.
    let many: Vec<_> = (0..100).collect();
    let root = json!({"Values": {"many": many}});
    let source = SourceText::new("t.yaml", "a:\n{{- range .Values.many }}\n  - {{ . }}\n{{- end }}\n");
    let Template { documents, unseen, .. } = shown(&source, &chart_with(root));
    assert!(documents[0].to_json()["a"].as_array().unwrap().len() > 30);
    assert_eq!(unseen.iter().map(|one| one.lacks.clone()).collect::<Vec<_>>(), [Lacks::Items]);
    let source = SourceText::new("t.yaml", "a:\n{{- range .Files.x }}\n  - 1\n{{- end }}\n");
    assert_eq!(shown(&source, &chart_with(json!({}))).open.len(), 1, "nobody knows whether there are any");
}

#[test]
fn functions_of_what_is_known_are_known() {
    let values = json!({"image": {"registry": "r.io", "repository": "a/b", "tag": "1", "digest": ""}, "name": "Shop-", "n": 8080, "on": false,
        "context": {"enabled": true, "runAsUser": 0}, "text": "{{ .Values.name | lower }}", "list": ["b", "a"]});
    for (expression, expected) in [
        ("printf \"%s/%s:%s\" .Values.image.registry .Values.image.repository .Values.image.tag", json!("r.io/a/b:1")),
        ("printf \"%d-%v\" (int .Values.n) .Values.on", json!("8080-false")),
        ("printf \"%s-x\" .Release.Name | quote", json!("<templated>-x")),
        (".Values.name | lower | trimSuffix \"-\"", json!("shop")),
        (".Values.name | upper | trunc 2 | squote", json!("SH")),
        ("printf \"%s-\" .Release.Name | trimSuffix \"-\"", json!("<templated>")),
        (".Values.image.repository | replace \"/\" \"-\"", json!("a-b")),
        ("ternary \"x\" \"y\" .Values.on", json!("y")),
        ("coalesce .Values.none .Values.image.digest .Values.image.tag | quote", json!("1")),
        ("and (gt .Values.n 80.0) (lt (len .Values.list) 3)", json!(true)),
        ("eq .Values.image.tag \"2\" \"1\"", json!(true)),
        ("or .Capabilities.x .Values.n", json!("<templated>")),
        ("if_ .Values.n", json!("<templated>")),
        ("omit .Values.context \"enabled\" | toYaml", json!({"runAsUser": 0})),
        ("tpl .Values.text $", json!("shop-")),
        ("tpl (toYaml .Values.list) . | nindent 2", json!(["b", "a"])),
        ("join \",\" (sortAlpha .Values.list)", json!("a,b")),
        ("dict \"a\" (list 1 .Release.Name) | toJson", json!({"a": [1, "<templated>"]})),
        ("(.Values.image).tag | int | add 1", json!(2)),
        ("index .Values.list 1", json!("a")),
        ("index .Values \"image\" \"tag\" | quote", json!("1")),
        ("\"admin\" | b64enc", json!("YWRtaW4=")),
        ("\"a b+c/é~\" | urlquery | replace \"+\" \"%20\"", json!("a%20b%2Bc%2F%C3%A9~")),
        ("printf \"%s:p w@%s\" .Release.Name .Release.Name | urlquery", json!("<templated>%3Ap+w%40<templated>")),
        // What is not known stands in the text that is encoded, and is not known after it is decoded.
        ("printf \"%s-a\" .Release.Name | b64enc", json!("PHRlbXBsYXRlZD4tYQ==")),
        ("printf \"%s-ab\" .Release.Name | b64enc | b64dec | trunc 3", json!("<templated>")),
        (".Release.Name | b64enc", json!("<templated>")),
        ("\"YWRtaQ==\" | b64dec", json!("admi")),
        ("\"YWRtaW4=\" | b64dec", json!("admin")),
        ("\"YWRtaW4\" | b64dec", json!("<templated>")),
        ("\"no*\" | b64dec", json!("<templated>")),
        ("\"/w==\" | b64dec", json!("<templated>")),
        ("regexReplaceAll \"[^a-z]\" .Values.image.repository \"\"", json!("ab")),
        ("required \"set it\" .Values.none", json!("<templated>")),
        ("kindIs \"string\" .Values.name", json!(true)),
        ("lookup \"v1\" \"Secret\" \"a\" \"b\"", json!("<templated>")),
    ] {
        check(&format!("a: {{{{ {expression} }}}}\n"), values.clone(), &[json!({"a": expected})]);
    }
    let changed = "{{ $d := dict }}{{ $_ := set $d \"k\" 1 }}{{ if $d }}\na: 1\n{{ end }}\nb: {{ $d.k }}\n";
    check(changed, values, &[json!({"a": 1, "b": 1})]);
}

#[test]
fn named_templates_are_rendered_as_far_as_they_are_known() {
    let mut chart =
        chart_with(json!({"Values": {"labels": {"team": "a"}, "ports": [80, 81], "security": {"enabled": true, "runAsUser": 0}}}));
    chart.defines.add(
        "{{- define \"labels\" -}}\napp: {{ include \"name\" . }}\nrelease: {{ .Release.Name }}\n{{- with .Values.labels }}\n{{ toYaml . }}\n{{- end }}\n{{- end -}}\n{{- define \"name\" -}}\n{{- if contains \"x\" .Release.Name -}}\n{{ .Release.Name }}\n{{- else -}}\n{{ printf \"%s-x\" .Release.Name }}\n{{- end -}}\n{{- end -}}",
    );
    chart.defines.add(
        "{{ define \"all\" }}\n{{- range $i, $p := .context.Values.ports }}\n- name: {{ $.prefix }}-{{ $i }}\n  port: {{ $p }}\n  securityContext: {{ omit $.context.Values.security \"enabled\" | toYaml | nindent 4 }}\n{{- end }}\n{{ end }}",
    );
    let documents = |text: &str| -> Vec<Json> {
        let source = SourceText::new("t.yaml", text);
        shown(&source, &chart).documents.iter().map(Document::to_json).collect()
    };
    let labels = json!({"app": "<templated>", "release": "<templated>", "team": "a"});
    assert_eq!(documents("labels:\n  {{- include \"labels\" . | nindent 2 }}\n"), [json!({"labels": labels})]);
    let mut more = labels;
    more["own"] = json!(1);
    assert_eq!(documents("labels: {{- include \"labels\" . | nindent 2 }}\n  own: 1\n"), [json!({"labels": more})]);
    let port = |name: &str, port: i32| json!({"name": name, "port": port, "securityContext": {"runAsUser": 0}});
    assert_eq!(
        documents(
            "ports:\n  {{- include \"all\" (dict \"prefix\" \"p\" \"context\" $) | nindent 2 }}\n  {{- include \"none\" . | nindent 2 }}\n"
        ),
        [json!({"ports": [port("p-0", 80), port("p-1", 81), "<templated>"]})]
    );
}

#[test]
fn blocks_of_text_may_begin_with_actions() {
    let values = json!({"on": true, "config": "a: 1\nb: 2"});
    let text = "a: |\n      {{- if .Values.on }}\n      {{- end }}\n  x\nb: 1\n";
    let source = SourceText::new("t.yaml", text);
    let Template { documents, .. } = shown(&source, &chart_with(json!({"Values": values})));
    assert_eq!(documents[0].to_json()["a"].as_str().map(str::trim), Some("x"));
    assert_eq!(source.location(documents[0].span_of(&[crate::config::Step::Key("b".to_owned())]), "").start.line, 5);
}

#[test]
fn places_are_those_of_the_template() {
    let source = SourceText::new("t.yaml", "{{- if true }}\na:\n  b: {{ .Values.x }} # {{ .Values.y }}\n{{- end }}\nc: 1\n");
    let Template { documents, .. } = shown(&source, &chart_with(json!({"Values": {"x": [1, 2, 3]}})));
    let place = |key: &str| {
        let at = source.location(documents[0].span_of(&[crate::config::Step::Key(key.to_owned())]), "");
        (at.start.line, at.start.column, at.excerpt)
    };
    assert_eq!(place("a"), (2, 1, "a:".to_owned()));
    assert_eq!(place("c"), (5, 1, "c: 1".to_owned()));
    let inner = documents[0].get("a").unwrap().get("b").unwrap();
    assert_eq!(source.location(inner.span.clone(), "").start, crate::finding::Position { line: 3, column: 6 });
}

#[test]
fn what_cannot_be_masked_is_reported_with_the_lines_of_the_template() {
    let source = SourceText::new("t.yaml", "a: [\n{{ if x }}\n");
    let Err(problem) = templated(&source, &chart_with(json!({})), &Choices::default()) else { panic!("the template cannot be understood") };
    assert_eq!(problem.diagnostic.title, "chart template cannot be understood without rendering it");
    assert!(!problem.diagnostic.locations[0].excerpt.contains('\u{e000}'));
}

#[test]
fn a_text_that_does_not_parse_may_be_a_manifest() {
    #[track_caller]
    fn told(text: &str, expected: bool) {
        assert_eq!(plain(&SourceText::new("a.yaml", text)).is_err(), expected, "{text}");
    }
    let pod = |text: &str| text.replace("BODY", "metadata: {name: w, name: w}");
    for text in [
        "apiVersion: v1\nkind: Pod\nBODY\n",
        "\"apiVersion\": v1\n\"kind\": Pod\nBODY\n",
        "'kind' : Pod\n'apiVersion' : v1\nBODY\n",
        "  apiVersion: v1\n  kind: Pod\n  BODY\n",
        "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", BODY}\n",
        "--- {kind: Pod, apiVersion: v1, BODY}\n",
        "\u{feff}\"apiVersion\": v1\nkind: Pod\nBODY\n",
        "{kind: Pod, apiVersion: v1, args: [\"{{workflow.name}}\"], BODY}\n",
        "a: 1\n---\n\"apiVersion\": v1\nkind: Pod\nargs: [\"{{x}}\"]\nBODY\n",
    ] {
        told(&pod(text), true);
    }
    for text in [
        "{{ range .x }}\n  apiVersion: v1\n  kind: Pod\n{{ end }}\n",
        "{% for x in y %}\n- apiVersion: v1\n  kind: Pod\n{% endfor %}\n",
        "description: which apiVersion is that\nBODY\n",
        "groups: [{apiVersion: v1}]\nBODY\n",
    ] {
        told(&pod(text), false);
    }
}

#[test]
fn what_a_named_template_makes_cannot_be_seen() {
    #[track_caller]
    fn lacks(template: &str, expected: Option<(Lacks, &str)>) {
        let mut chart = chart_with(json!({"Values": {"none": [], "own": [{"name": "a"}]}}));
        chart.defines.add(
            "{{ define \"made\" }}\n{{ include \"inner\" . }}{{ end }}{{ define \"inner\" }}\n{{ if .x }}\nkind: Pod\n{{ end }}\n{{ .Files.x }}\n{{ end }}",
        );
        chart.defines.add(
            "{{ define \"guard\" }}{{ if .x }}{{ fail \"no\" }}{{ end }}{{ end }}{{ define \"some\" }}\nkind: {{ .Files.kind }}\n{{ end }}{{ define \"again\" }}\n{{ include \"again\" . }}{{ end }}",
        );
        chart
            .defines
            .add("{{ define \"scaler\" }}\nkind: Scaler\nspec:\n  scaleTargetRef:\n    kind: {{ .kind }}\n{{ .Files.x }}\n{{ end }}");
        chart.defines.add("{{ define \"two\" }}\napiVersion: v1\nkind: Pod\n---\napiVersion: v1\nkind: Job\n{{ end }}");
        let source = SourceText::new("t.yaml", template);
        let template = shown(&source, &chart);
        let found: Vec<_> = template.unseen.iter().map(|one| (one.lacks.clone(), &source.text()[one.range.clone()])).collect();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{}", source.text());
    }
    let pod = |rest: &str| format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a}}\nspec:\n{rest}");
    let inner = |rest: &str| pod(&format!("  template:\n    spec:\n{rest}"));
    let gone = |lacks, action| Some((lacks, action));
    let (list, spec) = ("{{- include \"c\" . | nindent 8 }}", "{{- include \"c\" . | nindent 6 }}");
    lacks(&inner(&format!("      containers:\n        {list}\n")), gone(Lacks::Containers, list));
    lacks(&inner(&format!("      containers: {list}\n")), gone(Lacks::Containers, list));
    lacks(&inner(&format!("      containers:\n        - name: a\n        {list}\n")), gone(Lacks::Containers, list));
    lacks(&inner(&format!("      containers: [{{name: a}}]\n      initContainers:\n        {list}\n")), gone(Lacks::Containers, list));
    lacks(&inner(&format!("      {spec}\n")), gone(Lacks::Pod, spec));
    lacks(&inner(&format!("      hostNetwork: true\n      {spec}\n")), gone(Lacks::Containers, spec));
    lacks(&pod("  {{ include \"c\" . | nindent 2 }}\n"), gone(Lacks::Pod, "{{ include \"c\" . | nindent 2 }}"));
    lacks(&pod("  replicas: 1\n  {{ include \"c\" . }}\n"), gone(Lacks::Pod, "{{ include \"c\" . }}"));
    let flow = "apiVersion: v1\nkind: Pod\nspec: {{ include \"c\" . | nindent 2 }}\n";
    lacks(flow, gone(Lacks::Pod, "{{ include \"c\" . | nindent 2 }}"));
    lacks("{{ include \"other.deployment\" . }}\n", gone(Lacks::Object, "{{ include \"other.deployment\" . }}"));
    lacks("{{- template \"made\" . -}}\n", gone(Lacks::OfKind(vec!["Pod".to_owned()]), "{{- template \"made\" . -}}"));
    lacks("{{ include \"some\" . }}\n", gone(Lacks::Object, "{{ include \"some\" . }}"));
    // Several objects, of which each is known.
    lacks("{{ include \"two\" . }}\n", gone(Lacks::OfKind(vec!["Pod".to_owned(), "Job".to_owned()]), "{{ include \"two\" . }}"));
    let scaler = "{{ include \"scaler\" . }}";
    lacks(scaler, gone(Lacks::OfKind(vec!["Scaler".to_owned()]), scaler));
    lacks("a: 1\n---\n{{ include \"made\" . }}\n", gone(Lacks::OfKind(vec!["Pod".to_owned()]), "{{ include \"made\" . }}"));
    // What is seen, what renders nothing, and what no workload is made of.
    for rest in ["guard", "again"].map(|name| format!("{{{{ include \"{name}\" . }}}}\n")) {
        lacks(&rest, None);
        lacks(&format!("{rest}---\n{}", inner("      containers: [{name: a}]\n")), None);
    }
    let labels = "      {{- include \"labels\" . | nindent 6 }}\n      containers:\n        - image: {{ include \"image\" . }}\n          {{- include \"env\" . | nindent 10 }}\n";
    lacks(&inner(labels), None);
    lacks(&inner("      containers: {{ toYaml .Values.own | nindent 8 }}\n"), None);
    lacks(
        &inner(
            "      containers: [{name: a}]\n      {{- with .Values.none }}\n      initContainers:\n        {{- tpl . $ | nindent 8 }}\n      {{- end }}\n",
        ),
        None,
    );
    lacks("apiVersion: v1\nkind: Service\nmetadata:\n  {{- include \"m\" . | nindent 2 }}\nspec: {{ include \"s\" . }}\n", None);
    lacks(&pod("  workloadRef: {name: b}\n"), None);
    let late = "      initContainers:\n        {{- if .Values.none }}\n        - name: b\n        {{- end }}\n      containers:\n        - name: a\n          image: {{ include \"image\" . }}\n";
    lacks(&inner(late), None);
    // Where one action fits nowhere, all of them are left out.
    let odd = "      args: [1\n        {{ include \"x\" . }}\n        , 2]\n";
    lacks(&inner(&format!("      initContainers:\n        # why\n        {list}\n{odd}")), gone(Lacks::Containers, list));
    lacks(&inner(&format!("      initContainers:\n      containers: [{{name: a}}]\n{odd}")), None);
    let of_kind = |kind: &str| Unseen { lacks: Lacks::OfKind(vec![kind.to_owned()]), range: 0..1 };
    assert!(of_kind("Pod").concerns("m.pod.spec") && of_kind("Service").concerns("m.document.kind == \"Service\""));
    assert!(!of_kind("Pod").concerns("m.document.kind == \"Service\"") && !of_kind("ServiceMonitor").concerns("m.pod.spec"));
}

proptest! {
    #[test]
    fn masking_keeps_every_line_as_long_as_it_was(text in "(\\{\\{-? ?|if |end|else|with |range |define |\\.Values\\.a|\\.|\\$x|:=|\\| ?nindent 4|\\| ?quote| -?\\}\\}|\"|`|\\(|\\)|/\\*|\\*/|a: |- |\n|  |é|\r\n){0,40}", case in 0usize..3) {
        let choices = Choices { cases: [(".".to_owned(), case), ("$x".to_owned(), 1)].into(), ..Choices::default() };
        let way = walk::walk(&walk::Script::new(&text), &chart_with(json!({"Values": {"a": [1]}})), &choices);
        let masked = mask::mask(&text, &way.blanks, mask::puts(&way), mask::Unknown::Kept);
        let lengths = |t: &str| t.split('\n').map(str::len).collect::<Vec<_>>();
        prop_assert_eq!(lengths(&masked.text), lengths(&text));
        let _ = templated(&SourceText::new("t.yaml", text), &chart_with(json!({"Values": {"a": {"b": 1}}})), &choices);
    }
}
