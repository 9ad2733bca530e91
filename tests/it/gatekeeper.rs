//! `polity gatekeeper`: constraint templates of our own in the form of Gatekeeper's, their constraints, objects and suites.

use crate::support::{Repo, repo};

const TEMPLATE: &str = r#"apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: maxreplicas}
spec:
  crd:
    spec:
      names: {kind: MaxReplicas}
      validation:
        openAPIV3Schema:
          type: object
          properties:
            max: {type: integer, default: 3}
  targets:
    - target: admission.k8s.gatekeeper.sh
      code:
        - engine: Rego
          source:
            rego: |
              package maxreplicas

              import data.lib.texts

              violation[{"msg": msg, "details": {"max": limit}}] {
                limit := input.parameters.max
                input.review.operation != "DELETE"
                input.review.object.spec.replicas > limit
                msg := texts.much(input.review.object.metadata.name, limit)
              } {
                limit := input.parameters.max
                other := data.inventory.namespace[input.review.namespace]["apps/v1"].Deployment[name]
                name != input.review.object.metadata.name
                other.spec.paused
                msg := sprintf("%v is paused", [name])
              }
            libs:
              - |
                package lib.texts

                much(name, limit) = msg {
                  msg := sprintf("%v has more than %v replicas", [name, limit])
                }
"#;

const CONSTRAINT: &str = r#"apiVersion: constraints.gatekeeper.sh/v1beta1
kind: MaxReplicas
metadata: {name: few}
spec:
  enforcementAction: deny
  match:
    kinds: [{apiGroups: ["apps"], kinds: ["*"]}]
    excludedNamespaces: ["kube-*"]
"#;

fn deployment(name: &str, namespace: &str, spec: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}}}}}\nspec: {spec}\n"
    )
}

fn rules() -> Repo {
    repo().file("rules/template.yaml", TEMPLATE).file("rules/constraint.yaml", CONSTRAINT)
}

#[test]
fn a_template_that_asks_the_network_is_not_judged() {
    let asking = TEMPLATE.replace(
        "limit := input.parameters.max\n                input",
        "limit := http.send({\"method\": \"get\"}).body\n                input",
    );
    let folder = rules().file("rules/template.yaml", asking).file("o.yaml", deployment("a", "b", "{replicas: 9}"));
    let run = folder.polity(["gatekeeper", "test", "rules", "o.yaml"]).exits(3);
    assert!(run.stderr.contains("undefined function http.send"), "{run}");
}

#[test]
fn a_message_is_one_line_of_text() {
    let objects = deployment("\"b\\n::error::x\\u202e\"", "shop", "{replicas: 9}");
    let run = rules().file("objects.yaml", objects).polity(["gatekeeper", "test", "rules", "objects.yaml"]).exits(1);
    assert!(run.stdout.contains("[few] b\u{2424}::error::x\u{fffd} has more than 3 replicas\n"), "{run}");
}

#[test]
fn objects_are_reviewed_by_the_constraints_that_apply_to_them() {
    let objects = [
        deployment("big", "shop", "{replicas: 9}"),
        deployment("small", "shop", "{replicas: 1}"),
        deployment("system", "kube-system", "{replicas: 9}"),
        "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: shop}\nspec: {replicas: 9}\n".to_owned(),
    ];
    let folder = rules().file("objects.yaml", objects.join("---\n"));
    insta::assert_snapshot!(folder.polity(["gatekeeper", "test", "rules", "objects.yaml"]), @"
    exit: 1
    ----- stdout
    deny   objects.yaml: Deployment shop/big [few] big has more than 3 replicas
    4 objects, 1 constraint, 1 violation; no constraint applies to 2 objects
    ");
    let said = folder.polity(["gatekeeper", "test", "rules", "objects.yaml", "--format", "json"]).exits(1);
    let json: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(json["reviews"][0]["violations"][0]["details"]["max"], 3);
    assert!(said.stdout.starts_with("{\n  \"schema\": \"polity/gatekeeper-test/1\""), "{said}");
    let warned = CONSTRAINT.replace("deny", "warn").replace("match:", "parameters: {max: 0}\n  match:");
    let run = folder.file("rules/constraint.yaml", warned).polity(["gatekeeper", "test", "rules", "objects.yaml"]).exits(0);
    assert!(run.stdout.contains("warn   objects.yaml: Deployment shop/small [few] small has more than 0 replicas"), "{run}");
}

#[test]
fn conditions_of_constraints_hold_together() {
    let object = deployment("big", "shop", "{replicas: 9}");
    let namespace = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: pay}}\n";
    for (condition, applies) in [
        ("namespaces: [\"sh*\"]", true),
        ("namespaces: [\"other\"]", false),
        ("scope: Cluster", false),
        ("name: \"b*\"", true),
        ("labelSelector: {matchLabels: {app: big}}", true),
        ("labelSelector: {matchExpressions: [{key: app, operator: NotIn, values: [big]}]}", false),
        ("labelSelector: {matchExpressions: [{key: none, operator: DoesNotExist}]}", true),
        ("namespaceSelector: {matchLabels: {team: pay}}", true),
        ("namespaceSelector: {matchLabels: {team: web}}", false),
    ] {
        let folder =
            rules().file("rules/constraint.yaml", format!("{CONSTRAINT}    {condition}\n")).file("o.yaml", format!("{object}{namespace}"));
        let run = folder.polity(["gatekeeper", "test", "rules", "o.yaml"]);
        assert_eq!(run.code, i32::from(applies), "{condition}: {run}");
    }
    let folder = rules().file("rules/constraint.yaml", format!("{CONSTRAINT}    namespaceSelector: {{}}\n")).file("o.yaml", object);
    assert!(folder.polity(["gatekeeper", "test", "rules", "o.yaml"]).exits(3).stderr.contains("namespace `shop`, which was not given"));
}

#[test]
fn a_condition_on_labels_that_is_not_one_is_refused_at_its_place() {
    for (condition, part) in [
        (
            "labelSelector: {matchExpressions: [{key: app, operator: Frob}]}",
            "labelSelector`: `matchExpressions[0]` has the operator \"Frob\"",
        ),
        ("labelSelector: {matchExpressions: [{key: app, operator: In}]}", "labelSelector`: `matchExpressions[0]` has no `values`"),
        ("labelSelector: {matchExpressions: [{operator: Exists}]}", "labelSelector`: `matchExpressions[0]` has no `key`"),
        ("labelSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}", "has `values`, which its operator does not take"),
        ("namespaceSelector: {matchLabel: {team: pay}}", "namespaceSelector`: `matchLabel` is not supported"),
    ] {
        let folder = rules().file("rules/constraint.yaml", format!("{CONSTRAINT}    {condition}\n"));
        let run = folder.file("o.yaml", deployment("a", "b", "{replicas: 1}")).polity(["gatekeeper", "test", "rules", "o.yaml"]).exits(3);
        assert!(run.stderr.contains("rules/constraint.yaml: `spec.match.") && run.stderr.contains(part), "{condition}: {run}");
    }
}

#[test]
fn the_items_of_a_list_are_objects() {
    let list = r#"{"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "big", "namespace": "shop"}, "spec": {"replicas": 9}},
        {"apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "small", "namespace": "shop"}, "spec": {"replicas": 1}}]}]}"#;
    insta::assert_snapshot!(rules().file("list.json", list).polity(["gatekeeper", "test", "rules", "list.json"]), @"
    exit: 1
    ----- stdout
    deny   list.json: Deployment shop/big [few] big has more than 3 replicas
    2 objects, 1 constraint, 1 violation; no constraint applies to 0 objects
    ");
    let empty = r#"{"apiVersion": "v1", "kind": "List", "items": []}"#;
    let run = rules().file("list.json", empty).polity(["gatekeeper", "test", "rules", "list.json"]).exits(3);
    assert!(run.stderr.contains("hold no object"), "{run}");
}

#[test]
fn suites_say_what_is_expected() {
    let suite = "kind: Suite\napiVersion: test.gatekeeper.sh/v1alpha1\nmetadata: {name: s}\ntests:\n- name: replicas\n  template: template.yaml\n  constraint: constraint.yaml\n  cases:\n  - name: small\n    object: small.yaml\n    assertions: [{violations: no}]\n  - name: paused\n    object: small.yaml\n    inventory: [paused.yaml]\n    assertions: [{violations: 1, message: \"^old is paused$\"}]\n  - name: deleted\n    object: deleted.yaml\n  - name: wrong\n    object: small.yaml\n    assertions: [{violations: yes}]\n  - name: later\n    skip: true\n    object: none.yaml\n";
    let review = serde_json::json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {"operation": "DELETE", "oldObject": {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"replicas": 9}}}});
    let folder = rules()
        .file("rules/suite.yaml", suite)
        .file("rules/small.yaml", deployment("small", "shop", "{replicas: 1}"))
        .file("rules/paused.yaml", deployment("old", "shop", "{paused: true}"))
        .file("rules/deleted.yaml", review.to_string());
    insta::assert_snapshot!(folder.polity(["gatekeeper", "verify", "rules"]), @"
    exit: 1
    ----- stdout
    FAIL   rules/suite.yaml: replicas / wrong: wanted at least 1 violation, found 0
    5 cases: 3 as expected, 1 not, 1 left out
    ");
    let run =
        folder.file("rules/suite.yaml", suite.replace("yes", "no")).polity(["gatekeeper", "verify", "rules", "--format", "json"]).exits(0);
    assert!(run.stdout.contains("\"result\": \"skipped\"") && !run.stdout.contains("failed"), "{run}");
    assert!(run.stdout.starts_with("{\n  \"schema\": \"polity/gatekeeper-verify/1\""), "{run}");
}

#[test]
fn what_cannot_be_judged_is_never_a_pass() {
    let object = deployment("a", "b", "{replicas: 1}");
    let wrong = |template: &str, constraint: &str, object: &str, part: &str| {
        let folder = repo().file("t.yaml", template).file("c.yaml", constraint).file("o.yaml", object);
        let run = folder.polity(["gatekeeper", "test", "t.yaml", "c.yaml", "o.yaml"]).exits(3);
        assert!(run.stderr.contains(part), "{part}: {run}");
        assert_eq!(run.stdout, "");
    };
    wrong(&TEMPLATE.replace("engine: Rego", "engine: K8sNativeValidation"), CONSTRAINT, &object, "no Rego but K8sNativeValidation");
    wrong(
        &TEMPLATE.replace("replicas > limit", "replicas > unbound"),
        CONSTRAINT,
        &object,
        "t.yaml:26: rego_unsafe_var_error: var unbound",
    );
    wrong(TEMPLATE, &CONSTRAINT.replace("kind: Max", "kind: Min"), &object, "no constraint template defines `MinReplicas`");
    wrong(TEMPLATE, &CONSTRAINT.replace("excluded", "elsewhere"), &object, "`spec.match.elsewhereNamespaces` is not supported");
    wrong(TEMPLATE, &CONSTRAINT.replace("deny", "denny"), &object, "unknown `enforcementAction`: denny");
    wrong(TEMPLATE, CONSTRAINT, "a: 1\n", "o.yaml: the document is no Kubernetes object");
    wrong(TEMPLATE, CONSTRAINT, "", "hold no object");
    wrong(
        &TEMPLATE.replace("\"msg\": msg", "\"text\": msg"),
        CONSTRAINT,
        &deployment("a", "b", "{replicas: 9}"),
        "objects with a text `msg`",
    );
    assert!(repo().file("a.yaml", "a: 1\n").polity(["gatekeeper", "verify", "a.yaml"]).exits(3).stderr.contains("hold no suite"));
}
