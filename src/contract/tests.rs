//! Documents and what is said about them, with places; hostile documents; laws.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

const HEAD: &str = "openapi: 3.1.0\ninfo: {title: T, version: 1.0.0}\n";

/// Reads `text` and lists its problems as `line:column message`.
#[track_caller]
fn problems(text: &str) -> Vec<String> {
    let source = SourceText::new("openapi.yaml", text);
    let root = parse(&source, Format::Yaml).unwrap().remove(0);
    let contract = read(&source).unwrap();
    let shown = contract.problems.iter().map(|problem| {
        let place = source.position(root.span_of(&problem.at).start);
        format!("{}:{} {}", place.line, place.column, problem.message)
    });
    shown.collect()
}

#[track_caller]
fn check(body: &str, expected: &[&str]) {
    assert_eq!(problems(&format!("{HEAD}{body}")), expected);
}

#[track_caller]
fn check_30(body: &str, expected: &[&str]) {
    assert_eq!(problems(&format!("{}{body}", HEAD.replace("3.1.0", "3.0.3"))), expected);
}

#[test]
fn a_whole_document_has_a_model_and_no_problem() {
    let text = format!(
        "{HEAD}servers: [{{url: 'https://{{host}}/v1', variables: {{host: {{default: example.org}}}}}}]
security: [{{token: []}}]
paths:
  /orders/{{id}}:
    parameters: [{{$ref: '#/components/parameters/Id'}}]
    get:
      operationId: getOrder
      parameters: [{{name: expand, in: query, schema: {{type: [string, 'null'], maxLength: 9}}}}]
      responses:
        '200': {{description: Found, content: {{application/json: {{schema: {{$ref: '#/components/schemas/Order'}}}}}}}}
        4XX: {{$ref: '#/components/responses/Problem'}}
        default: {{$ref: other.yaml#/x}}
    put:
      operationId: putOrder
      requestBody: {{content: {{application/json: {{schema: true}}}}, required: true}}
      responses: {{'204': {{description: Done}}}}
components:
  parameters: {{Id: {{name: id, in: path, required: true, schema: {{type: string, format: uuid}}}}}}
  responses: {{Problem: {{description: P, content: {{application/problem+json: {{schema: {{}}}}}}}}}}
  securitySchemes: {{token: {{type: http, scheme: bearer}}}}
  schemas:
    Order: {{type: object, properties: {{parent: {{$ref: '#/components/schemas/Order'}}, x-mark: {{type: string, pattern: '^\\p{{L}}+$'}}}}}}
"
    );
    let contract = read(&SourceText::new("c.yaml", text)).unwrap();
    assert_eq!(contract.problems, []);
    assert_eq!(contract.version, "3.1.0");
    let [get, put] = contract.operations.as_slice() else { panic!("{:?}", contract.operations) };
    assert_eq!((get.id.as_deref(), get.method.as_str(), get.path.as_str()), (Some("getOrder"), "GET", "/orders/{id}"));
    let names = |operation: &Operation| operation.parameters.iter().map(|p| format!("{} {}", p.location, p.name)).collect::<Vec<_>>();
    assert_eq!((names(get), names(put)), (vec!["path id".to_owned(), "query expand".to_owned()], vec!["path id".to_owned()]));
    assert_eq!(put.body, ["application/json"]);
    let responses: Vec<_> = get.responses.iter().map(|r| (r.status.as_str(), r.media_types.join(","), r.elsewhere)).collect();
    let expected = [("200", "application/json", false), ("4XX", "application/problem+json", false), ("default", "", true)];
    assert_eq!(responses, expected.map(|(status, types, elsewhere)| (status, types.to_owned(), elsewhere)));
}

#[test]
fn what_is_no_openapi_document_is_said_so() {
    let said = |path: &str, text: &str| read(&SourceText::new(path, text)).unwrap_err().to_string();
    let is_not = "document is not an OpenAPI 3 description: ";
    assert_eq!(said("a.yaml", "swagger: '2.0'\n"), format!("{is_not}it is a document of kind `swagger`"));
    assert_eq!(said("a.yaml", "openapi: 4.0.0\n"), format!("{is_not}version `4.0.0` is none of 3.0, 3.1 and 3.2"));
    assert_eq!(said("a.yaml", "openapi: [3]\n"), format!("{is_not}its `openapi` is no version"));
    assert_eq!(said("a.yaml", "- openapi\n"), format!("{is_not}the root is no mapping"));
    assert_eq!(said("a.yaml", "title: x\n"), format!("{is_not}it has no key `openapi`"));
    assert_eq!(said("a.yaml", ""), format!("{is_not}the file is empty"));
    assert_eq!(said("a.yaml", "a: 1\n---\nb: 1\n"), format!("{is_not}the file has more than one document"));
    assert_eq!(said("a.json", "openapi: 3.1.0"), "file is not valid JSON");
    assert_eq!(said("a.yaml", "a: [\n"), "file is not valid YAML");
}

#[test]
fn fields_are_those_of_the_version() {
    check("paths: {}\nservrs: []\n", &["4:1 `servrs` is not a key of a document in OpenAPI 3.1, did you mean `servers`?"]);
    check_30("paths: {}\nwebhooks: {}\n", &["4:1 `webhooks` is not a key of a document in OpenAPI 3.0, it belongs to OpenAPI 3.1"]);
    check_30("x-own: 1\n", &["1:1 document has no `paths`"]);
    check("", &["1:1 document has none of `paths`, `components` and `webhooks`"]);
    check("paths: []\n", &["3:1 must be a mapping (paths), but is a list"]);
    check("paths: {orders: {}}\n", &["3:9 path `orders` does not start with a slash"]);
    assert_eq!(
        problems("openapi: 3.1\ninfo: {title: T, version: 2}\npaths: {}\n"),
        ["1:1 must be a string, but is the number `3.1`", "2:18 must be a string, but is the number `2`"]
    );
    assert_eq!(
        problems("openapi: '3.1'\ninfo: {title: T, version: '2'}\npaths: {}\n"),
        ["1:1 version `3.1` has not three parts, such as `3.1.0`"]
    );
}

#[test]
fn operations_need_responses_and_unique_ids() {
    check(
        "paths:\n  /a:\n    get: {operationId: x}\n    put:\n      operationId: x\n      responses: {200: {description: d}}\n",
        &["5:5 operation declares no response", "7:7 operation id `x` is used twice, first in `paths` `/a` `get`"],
    );
    check(
        "paths:\n  /a:\n    get: {responses: {2xx: {description: d}, '201': {}}}\n",
        &["5:23 `2xx` is no status code, range such as `4XX`, or `default`", "5:46 response has no `description`"],
    );
}

#[test]
fn path_parameters_are_those_of_the_path() {
    let operation = "get: {responses: {default: {description: d}}}";
    check(&format!("paths:\n  /a/{{id}}:\n    {operation}\n"), &["5:5 path parameter `id` of `/a/{id}` is not declared"]);
    let parameter = "{name: id, in: path, schema: {}}";
    check(
        &format!("paths:\n  /a:\n    parameters:\n      - {parameter}\n    {operation}\n"),
        &["6:10 a path parameter must have `required: true`", "6:10 path parameter `id` does not stand in the path `/a`"],
    );
    let both = "paths:\n  /a/{b}: {}\n  /a/{c}:\n    get: {parameters: [{$ref: '#/x'}], responses: {default: {description: d}}}\n";
    check(both, &["6:25 reference `#/x` leads nowhere", "6:5 path parameter `c` of `/a/{c}` is not declared"]);
    check(&format!("paths:\n  /a/{{b:\n    {operation}\n"), &["4:3 the braces in path `/a/{b` do not match"]);
}

#[test]
fn paths_that_match_the_same_requests_are_told() {
    let item = |name: &str| {
        let parameter = format!("{{name: {name}, in: path, required: true, schema: {{}}}}");
        format!("  /a/{{{name}}}/x:\n    get: {{parameters: [{parameter}], responses: {{default: {{description: d}}}}}}\n")
    };
    check(&format!("paths:\n{}{}", item("b"), item("c")), &["6:3 path `/a/{c}/x` cannot be told from `/a/{b}/x`"]);
}

#[test]
fn references_lead_somewhere_and_to_the_right_kind() {
    check(
        "components:\n  schemas:\n    A: {$ref: '#/components/schemas/B'}\n    B: {$ref: '#/components/schemas/A'}\n",
        &[
            "5:9 reference `#/components/schemas/B` leads only to references, and so to nothing",
            "6:9 reference `#/components/schemas/A` leads only to references, and so to nothing",
        ],
    );
    check(
        "components:\n  schemas: {A: {}}\n  headers: {H: {$ref: '#/components/schemas/A'}}\n",
        &["5:17 reference leads to `components.schemas`, but `components.headers` belongs here"],
    );
    check(
        "components:\n  schemas: {A: {$ref: 3}, B: {$ref: '#/components/schemas/a~1b%20c'}, a/b c: {}}\n",
        &["4:71 the name of a component has only letters, digits, `.`, `-` and `_`", "4:17 must be a string, but is the number `3`"],
    );
    // An `$id` makes references relative to it, so they are not judged; neither are other files.
    check("components:\n  schemas: {A: {$id: 'https://x/y', items: {$ref: '#/nope'}}, B: {$ref: 'b.yaml#/nope'}}\n", &[]);
}

#[test]
fn schemas_are_possible() {
    let schema = |text: &str| format!("components:\n  schemas:\n    A: {text}\n");
    check(&schema("{type: strnig}"), &["5:9 `strnig` is no type of JSON Schema, did you mean `string`?"]);
    check(&schema("{type: [string, string]}"), &["5:9 type `string` is named twice"]);
    check(&schema("{pattern: '(('}"), &["5:9 pattern `((` is no regular expression of ECMA-262"]);
    check(&schema("{pattern: '^(?!a)b$'}"), &[]);
    check(&schema("{minimum: 3, maximum: 2}"), &["5:9 `minimum` is 3, more than the `maximum` of 2: no value fits"]);
    check(&schema("{minLength: -1}"), &["5:9 must be an integer from 0, but is the number `-1`"]);
    check(&schema("{exclusiveMinimum: true}"), &["5:9 must be a number, but is `true`"]);
    check(&schema("{required: [a, a], allOf: []}"), &["5:27 the list is empty", "5:9 `a` is required twice"]);
    check(&schema("{anything: 1}"), &[]);
    check_30(&format!("paths: {{}}\n{}", schema("{type: [string]}")), &["6:9 a type must be a string"]);
    check_30(&format!("paths: {{}}\n{}", schema("{type: array}")), &["6:5 an array has no `items`, which OpenAPI 3.0 requires"]);
    check_30(
        &format!("paths: {{}}\n{}", schema("{const: 1}")),
        &["6:9 `const` is not a key of a schema in OpenAPI 3.0, it belongs to OpenAPI 3.1"],
    );
    check_30(&format!("paths: {{}}\n{}", schema("{exclusiveMinimum: true}")), &[]);
}

#[test]
fn parts_that_belong_together_are_there() {
    check("security: [{token: []}]\npaths: {}\n", &["3:13 security scheme `token` is not declared in `components.securitySchemes`"]);
    check("components: {securitySchemes: {k: {type: apiKey, in: query}}}\n", &["3:32 security scheme of this type has no `name`"]);
    check("servers: [{url: '/{v}'}]\npaths: {}\n", &["3:12 server variable `v` is not declared"]);
    check(
        "components: {parameters: {p: {name: q, in: qery}}}\n",
        &["3:40 unknown value `qery`: did you mean `query`?", "3:27 parameter has neither `schema` nor `content`"],
    );
    check("components: {headers: {h: {schema: {}, example: 1, examples: {}}}}\n", &["3:52 `example` and `examples` exclude each other"]);
    check("tags: [{name: a}, {name: a}]\npaths: {}\n", &["3:1 tag `a` is declared twice"]);
}

#[test]
fn keys_exclude_each_other() {
    let part = |section: &str, text: &str| format!("components: {{{section}: {{p: {text}}}}}\n");
    check(&part("examples", "{value: 1, externalValue: x}"), &["3:39 `value` and `externalValue` exclude each other"]);
    check(&part("links", "{operationId: a, operationRef: b}"), &["3:26 `operationRef` and `operationId` exclude each other"]);
    check(&part("links", "{}"), &["3:22 link has neither `operationRef` nor `operationId`"]);
    check(
        &part("parameters", "{name: 'a b', in: header, style: form, allowReserved: true, schema: {}}"),
        &[
            "3:31 `a b` is no name of a header",
            "3:56 style `form` does not fit a parameter in `header`: one of simple",
            "3:69 nothing is percent-encoded here, so that nothing is reserved",
        ],
    );
    check(
        &part("parameters", "{name: a, in: query, style: form, content: {a/b: {}, c/d: {}}}"),
        &[
            "3:64 the content of a parameter has exactly one media type",
            "3:51 `style` says how a `schema` is written, but there is `content`",
        ],
    );
    check(&part("responses", "{description: d, headers: {'X:Y': {schema: {}}}}"), &["3:56 `X:Y` is no name of a header"]);
}

#[test]
fn new_parts_of_3_2_are_known() {
    let body = "paths:\n  /a:\n    query: {responses: {'200': {summary: s}}}\n    additionalOperations: {COPY: {responses: {'200': {}}}}\n";
    assert_eq!(problems(&format!("{}{body}", HEAD.replace("3.1.0", "3.2.0"))), Vec::<String>::new());
    let methods = read(&SourceText::new("a.yaml", format!("{}{body}", HEAD.replace("3.1.0", "3.2.0")))).unwrap();
    assert_eq!(methods.operations.iter().map(|o| o.method.as_str()).collect::<Vec<_>>(), ["QUERY", "COPY"]);
}

#[test]
fn a_rule_sees_places_as_lists() {
    let text = format!("{HEAD}paths:\n  /a:\n    get: {{operationId: a, responses: {{'200': {{description: d}}}}}}\nx: 1\n");
    let value = evidence(&SourceText::new("a.yaml", text)).unwrap();
    assert_eq!(value["operations"][0]["responses"][0]["at"], json!(["paths", "/a", "get", "responses", "200"]));
    assert_eq!(value["problems"][0], json!({ "message": "`x` is not a key of a document in OpenAPI 3.1", "at": ["x"] }));
    let value = evidence(&SourceText::new("a.yaml", "swagger: '2.0'")).unwrap();
    assert_eq!((&value["kind"], value["problems"].as_array().map(Vec::len)), (&json!("unknown"), Some(1)));
}

#[test]
fn other_languages_are_told_apart() {
    let said = |text: &str| {
        let value = evidence(&SourceText::new("a.yaml", text)).unwrap();
        let problems = value["problems"].as_array().unwrap().iter().map(|p| format!("{} {}", p["at"], p["message"].as_str().unwrap()));
        format!("{} {}", value["kind"].as_str().unwrap(), problems.collect::<Vec<_>>().join("; "))
    };
    assert_eq!(said("asyncapi: 3.0.0\ninfo: {title: T, version: '1'}\nchannels: {}\n"), "asyncapi ");
    let expected = r#"asyncapi ["asyncapi"] version of AsyncAPI is none of 2.x and 3.x; ["info"] info has no `version`; ["channels"] document has no `channels`"#;
    assert_eq!(said("asyncapi: 1.0.0\ninfo: {title: T}\n"), expected);
    assert_eq!(said("type: object\nproperties: {a: {type: string}}\n"), "jsonschema ");
    assert!(said("properties: {a: {type: strnig}}\n").starts_with(r#"jsonschema ["properties","a","type"] schema is not valid: "#));
    assert!(said("$schema: urn:nope\n").starts_with(r#"jsonschema ["$schema"] "#));
    assert!(said("swagger: '2.0'\ndefinitions: {}\nproperties: {}\n").starts_with("unknown [] "));
}

#[test]
fn hostile_documents_end_soon() {
    let within = |limit: u64, text: String| {
        let started = std::time::Instant::now();
        let said = problems(&format!("{HEAD}{text}"));
        assert!(started.elapsed() < std::time::Duration::from_secs(limit), "{:?} for {}…", started.elapsed(), &text[..60]);
        said
    };
    // 5,000 schemas, each a reference to the next, and the last to the first.
    let ring: String = (0..5_000).map(|i| format!("    S{i}: {{$ref: '#/components/schemas/S{}'}}\n", (i + 1) % 5_000)).collect();
    let said = within(10, format!("components:\n  schemas:\n{ring}"));
    assert_eq!((said.len(), said[200].as_str()), (201, "1:1 4800 more problems are not listed"));
    let deep = format!("components: {{schemas: {{A: {}1{}}}}}\n", "{not: ".repeat(100), "}".repeat(100));
    assert_eq!(within(5, deep).len(), 1);
    assert_eq!(within(5, format!("paths:\n  ? '/{}'\n  : {{get: {{}}}}\n", "{a}".repeat(100_000))).len(), 21);
    let names: String = (0..5_000).map(|i| format!("{{a{i}}}")).collect();
    let parameters = (0..5_000).map(|i| format!("      - {{name: a{i}, in: path, required: true, schema: {{}}}}\n")).collect::<String>();
    let many = format!("paths:\n  ? '/{names}'\n  : parameters:\n{parameters}    get: {{responses: {{default: {{description: d}}}}}}\n");
    assert_eq!(within(10, many), Vec::<String>::new());
    let pattern = |text: String| format!("components: {{schemas: {{A: {{pattern: '{text}'}}}}}}\n");
    within(5, pattern("(a{9})".repeat(600)));
    within(5, pattern("a".repeat(99_999)));
    within(5, pattern("(((a{99}){99}){99}){99}".to_owned()));
    assert_eq!(within(5, pattern("(".repeat(3_000))).len(), 1);
}

/// Documents made of the words of the specification in any order, so that the walk goes deep.
fn documents() -> impl Strategy<Value = Json> {
    let word = prop::sample::select(vec![
        "paths",
        "/a/{b}",
        "get",
        "parameters",
        "schema",
        "components",
        "schemas",
        "$ref",
        "responses",
        "200",
        "content",
        "type",
        "in",
        "name",
        "items",
        "properties",
        "allOf",
        "$id",
        "security",
        "servers",
        "url",
        "pattern",
        "callbacks",
        "enum",
        "minimum",
        "required",
    ]);
    let text = prop_oneof![
        word.clone().prop_map(str::to_owned),
        Just("#/components/schemas/a".to_owned()),
        Just("#/paths".to_owned()),
        "\\PC{0,8}"
    ];
    let leaf =
        prop_oneof![Just(Json::Null), any::<bool>().prop_map(Json::from), any::<i32>().prop_map(Json::from), text.prop_map(Json::from)];
    leaf.prop_recursive(8, 96, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::hash_map(word.clone(), inner, 0..6).prop_map(|map| map
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect::<serde_json::Map<_, _>>()
                .into()),
        ]
    })
}

proptest! {
    #[test]
    fn any_document_is_judged(body in documents(), minor in 0..3u8) {
        let mut document = json!({ "openapi": format!("3.{minor}.0"), "info": { "title": "T", "version": "1" } });
        if let Json::Object(body) = body {
            document.as_object_mut().unwrap().extend(body);
        }
        let contract = read(&SourceText::new("a.json", document.to_string())).unwrap();
        // Judging is a function of the text, and a reordered key changes no number of problems.
        prop_assert_eq!(&read(&SourceText::new("a.json", document.to_string())).unwrap(), &contract);
        let root = parse(&SourceText::new("a.json", document.to_string()), Format::Json).unwrap().remove(0);
        for problem in &contract.problems {
            // All but the last step exist, so that a place can be shown.
            let parents = &problem.at[..problem.at.len().saturating_sub(1)];
            prop_assert!(root.at(parents).is_some(), "{:?}", problem);
        }
        for operation in &contract.operations {
            prop_assert!(root.at(&operation.at).is_some(), "{:?}", operation.at);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(openapi: 3.1.0\n)?[ -~\n]{0,80}") {
        let _ = read(&SourceText::new("a.yaml", text));
    }
}
