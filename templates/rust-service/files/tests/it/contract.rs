//! The contract is served as it stands in the file, and the routes are exactly its operations.

use serde_json::Value;

use service::names::ITEMS_PATH;

use super::support::{contract, server};

#[tokio::test]
async fn the_served_contract_is_the_file() {
    let server = server::start().await;
    let served = server.api.get("/openapi.json").await;
    assert_eq!((served.status, served.header("content-type")), (200, Some("application/json")));
    assert_eq!(served.body, *contract::CONTRACT);
}

#[tokio::test]
async fn the_routes_are_the_operations_of_the_contract() {
    let server = server::start().await;
    let mut routed: Vec<_> = service::http::operations().into_iter().map(|(path, _)| path).collect();
    routed.sort_unstable();
    let mut declared: Vec<_> = contract::paths().into_iter().map(|(path, _)| path).collect();
    declared.sort_unstable();
    assert_eq!(routed, declared);

    for (path, operations) in contract::paths() {
        // A route names the methods that it serves when it is asked for another one.
        let answer = server.api.send("PATCH", &path.replace("{id}", "x"), &[], "").await;
        answer.expect_problem(405);
        let mut allowed: Vec<_> =
            answer.header("allow").unwrap().split(',').filter(|method| *method != "HEAD").collect();
        allowed.sort_unstable();
        let mut methods: Vec<_> = operations.iter().map(|(method, _)| method.as_str()).collect();
        methods.sort_unstable();
        assert_eq!(allowed, methods, "{path}");
    }
}

#[test]
fn every_operation_declares_problems_for_what_can_go_wrong() {
    for (path, operations) in contract::paths() {
        for (method, operation) in operations {
            let responses = operation["responses"].as_object().unwrap();
            for status in ["400", "500", "503"] {
                assert!(responses.contains_key(status), "{method} {path} does not declare {status}");
            }
            assert!(operation["operationId"].is_string(), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn the_limits_of_the_contract_are_the_limits_of_the_service() {
    let server = server::start().await;
    let draft = contract::CONTRACT["components"]["schemas"].as_object().unwrap();
    let draft = draft.iter().find(|(name, _)| name.ends_with("Draft")).map(|(_, schema)| schema).unwrap();
    let max = |name: &str| usize::try_from(draft["properties"][name]["maxLength"].as_u64().unwrap()).unwrap();
    let body = |name: usize, note: usize| serde_json::json!({"name": "é".repeat(name), "note": "é".repeat(note)});
    for (name, note, status) in
        [(max("name"), max("note"), 201), (max("name") + 1, 0, 422), (1, max("note") + 1, 422), (0, 0, 422)]
    {
        let answer = server.api.send_json("POST", ITEMS_PATH, &[], &body(name, note)).await;
        assert_eq!(answer.status, status, "{name} {note}");
    }
    let get = &contract::CONTRACT["paths"][ITEMS_PATH]["get"]["parameters"];
    let limit = get.as_array().unwrap().iter().find(|parameter| parameter["name"] == "limit").unwrap();
    let max = limit["schema"]["maximum"].as_u64().unwrap();
    for (limit, status) in [(1, 200), (max, 200), (max + 1, 400), (0, 400)] {
        assert_eq!(server.api.get(&format!("{ITEMS_PATH}?limit={limit}")).await.status, status, "{limit}");
    }
    assert_eq!(draft["additionalProperties"], Value::Bool(false));
}
