//! Masking and filling of chart templates: values come from the chart, places from the template.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::policy::helm::unseen::Lacks;

fn chart_with(root: Json) -> Chart {
    Chart { root, ..Chart::default() }
}

/// The documents of a template, with the values of a chart.
#[track_caller]
fn check(template: &str, values: Json, expected: &[Json]) {
    let source = SourceText::new("t.yaml", template);
    let root = json!({"Values": values, "Chart": {"Name": "shop", "Version": "1.2.3", "AppVersion": null}});
    let found: Vec<_> = templated(&source, &chart_with(root), None)
        .unwrap_or_else(|p| panic!("{:?}", p.diagnostic))
        .documents
        .iter()
        .map(Document::to_json)
        .collect();
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
    check("a:\n{{- range .Values.list }}\n  - {{ . }}\n{{- end }}\n", values.clone(), &[json!({"a": ["x"]})]);
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
        let of = |turned| {
            templated(&source, &chart_with(json!({"Values": {"on": true}})), turned).unwrap_or_else(|p| panic!("{:?}", p.diagnostic))
        };
        let Template { documents: first, levels, .. } = of(None);
        let cases = (0..levels).map(|level| of(Some(level)).documents);
        std::iter::once(first).chain(cases).map(|documents| documents.iter().map(Document::to_json).collect()).collect()
    };
    assert_eq!(both("{{ if .Values.on }}\na: 1\n{{ end }}\n"), [json!([{"a": 1}])]);
    let include = "{{ if (include \"x\" .) }}\na: 1\n{{ else }}\na: 2\n{{ end }}\nb: 1\n";
    assert_eq!(both(include), [json!([{"a": 1, "b": 1}]), json!([{"a": 2, "b": 1}])]);
    assert_eq!(both("a: 1\n{{ with .Release.x }}\nb: 1\n{{ end }}\n"), [json!([{"a": 1, "b": 1}]), json!([{"a": 1}])]);
    let chain = "{{ if .Release.x }}\na: 1\n{{ else if .Release.y }}\na: 2\n{{ else }}\na: 3\n{{ end }}\n";
    assert_eq!(both(chain), [json!([{"a": 1}]), json!([{"a": 3}])]);
    let decided = "{{ if .Release.x }}\na: 1\n{{ else if .Values.on }}\na: 2\n{{ end }}\n";
    assert_eq!(both(decided), [json!([{"a": 1}]), json!([{"a": 2}])]);
    // What stands inside of another one is turned alone: the whole document may depend on the outer one.
    let nested = "z: 1\n{{ if .Release.x }}\na: 1\n{{ if .Release.y }}\nb: 1\n{{ end }}\n{{ end }}\n";
    assert_eq!(both(nested), [json!([{"z": 1, "a": 1, "b": 1}]), json!([{"z": 1}]), json!([{"z": 1, "a": 1}])]);
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
fn places_are_those_of_the_template() {
    let source = SourceText::new("t.yaml", "{{- if true }}\na:\n  b: {{ .Values.x }} # {{ .Values.y }}\n{{- end }}\nc: 1\n");
    let Template { documents, .. } =
        templated(&source, &chart_with(json!({"Values": {"x": [1, 2, 3]}})), None).unwrap_or_else(|p| panic!("{:?}", p.diagnostic));
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
    let Err(problem) = templated(&source, &chart_with(json!({})), None) else { panic!("the template cannot be understood") };
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
            "{{ define \"made\" }}\n{{ include \"inner\" . }}{{ end }}{{ define \"inner\" }}\n{{ if .x }}\nkind: Pod\n{{ end }}\n{{ end }}",
        );
        chart.defines.add(
            "{{ define \"guard\" }}{{ if .x }}{{ fail \"no\" }}{{ end }}{{ end }}{{ define \"some\" }}\nkind: {{ .kind }}\n{{ end }}{{ define \"again\" }}\n{{ include \"again\" . }}{{ end }}",
        );
        chart.defines.add("{{ define \"scaler\" }}\nkind: Scaler\nspec:\n  scaleTargetRef:\n    kind: {{ .kind }}\n{{ end }}");
        let source = SourceText::new("t.yaml", template);
        let template = templated(&source, &chart, None).unwrap_or_else(|p| panic!("{:?}", p.diagnostic));
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
    fn masking_keeps_every_line_as_long_as_it_was(text in "(\\{\\{-? ?|if |end|else|with |range |define |\\.Values\\.a|\\.|\\$x|:=|\\| ?nindent 4|\\| ?quote| -?\\}\\}|\"|`|\\(|\\)|/\\*|\\*/|a: |- |\n|  |é|\r\n){0,40}", turned in proptest::option::of(0usize..2)) {
        let masked = mask::mask(&text, &json!({"Values": {"a": [1]}}), Unknown::Kept, turned);
        let lengths = |t: &str| t.split('\n').map(str::len).collect::<Vec<_>>();
        prop_assert_eq!(lengths(&masked.text), lengths(&text));
        let _ = templated(&SourceText::new("t.yaml", text), &chart_with(json!({"Values": {"a": {"b": 1}}})), turned);
    }
}
