//! Everything that the service refuses, and how it says so.

use serde_json::{Value, json};
use service::names::ITEMS_PATH;
use uuid::Uuid;

use super::support::server;

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn paths_and_methods() {
    let server = server::start().await;
    let api = &server.api;
    for path in ["/", "/nothing", &format!("{ITEMS_PATH}/"), &format!("{ITEMS_PATH}/a/b")] {
        api.get(path).await.expect_problem(404);
    }
    for id in ["a", &Uuid::new_v4().simple().to_string(), &Uuid::new_v4().to_string(), "%00", "%ff"] {
        api.get(&format!("{ITEMS_PATH}/{id}")).await.expect_problem(404);
    }
    for (method, path) in [("DELETE", ITEMS_PATH), ("OPTIONS", ITEMS_PATH), ("POST", "/livez"), ("TRACE", "/readyz")] {
        let answer = api.send(method, path, &[], "").await;
        answer.expect_problem(405);
        assert!(answer.header("allow").unwrap().starts_with("GET"), "{answer:?}");
    }
}

#[tokio::test]
async fn the_seam_of_the_trace_context_harness_is_absent() {
    // The harness needs a build with the feature `trace-context-test`; no other build has the path.
    let answer = server::start().await.api.send("POST", "/test", &[JSON], "[]").await;
    if cfg!(feature = "trace-context-test") {
        assert_eq!(answer.status, 200);
    } else {
        answer.expect_problem(404);
    }
}

#[tokio::test]
async fn bodies() {
    let server = server::start_with(&[("BODY_LIMIT_BYTES", "1000")]).await;
    let api = &server.api;
    let post = async |headers: &[(&str, &str)], body: &str| api.send("POST", ITEMS_PATH, headers, body).await;
    post(&[], "{}").await.expect_problem(415);
    post(&[("content-type", "text/plain")], "{}").await.expect_problem(415);
    post(&[JSON], "").await.expect_problem(400);
    post(&[JSON], "{").await.expect_problem(400);
    post(&[JSON], &" ".repeat(1001)).await.expect_problem(413);
    let whole = post(&[JSON], "[]").await;
    assert_eq!(whole.expect_problem(422).body["detail"], "the body is not a JSON object");
    post(&[JSON, ("content-encoding", "gzip")], r#"{"name": "a"}"#).await.expect_problem(415);
    assert_eq!(api.count().await, 0);
}

#[tokio::test]
async fn a_body_without_a_length_is_limited_too() {
    let server = server::start_with(&[("BODY_LIMIT_BYTES", "1000")]).await;
    let head = format!("POST {ITEMS_PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n");
    let request = format!("{head}Transfer-Encoding: chunked\r\n\r\n7d0\r\n{}\r\n0\r\n\r\n", " ".repeat(2000));
    let answer = super::support::server::raw(server.address, &request).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn a_request_says_once_which_host_it_means() {
    let server = server::start().await;
    for (version, hosts, status) in
        [("1.1", "", 400), ("1.1", "Host: a\r\nHost: b\r\n", 400), ("1.0", "", 200), ("1.1", "Host: a\r\n", 200)]
    {
        let request = format!("GET {ITEMS_PATH} HTTP/{version}\r\n{hosts}Connection: close\r\n\r\n");
        let answer = super::support::server::raw(server.address, &request).await;
        assert!(answer.starts_with(&format!("HTTP/{version} {status} ")), "{request}{answer}");
    }
}

#[tokio::test]
async fn members() {
    let server = server::start().await;
    let api = &server.api;
    let refused = async |body: Value| {
        let answer = api.send_json("POST", ITEMS_PATH, &[], &body).await;
        answer.expect_problem(422);
        let errors = answer.body["errors"].as_array().unwrap().iter();
        errors.map(|error| error["at"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(refused(json!({})).await, ["/name"]);
    assert_eq!(refused(json!({"name": "a\0", "note": 1, "colour": "blue"})).await, ["/colour", "/name", "/note"]);
    assert_eq!(refused(json!({"name": "a", "id": "x"})).await, ["/id"]);
}

#[tokio::test]
async fn queries() {
    let server = server::start().await;
    let api = &server.api;
    for query in ["limit=0", "limit=x", "cursor=x", "sort=name", "limit=1&limit=1"] {
        let answer = api.get(&format!("{ITEMS_PATH}?{query}")).await;
        assert!(answer.expect_problem(400).body["errors"][0]["at"].is_string());
    }
    let path = format!("{}?verbose=1", api.create("a", None).await.location());
    api.get(&path).await.expect_problem(400);
    api.send("DELETE", &path, &[("if-match", "*")], "").await.expect_problem(400);
}

#[tokio::test]
async fn the_trace_of_the_caller_is_in_the_problem() {
    let server = server::start().await;
    let api = &server.api;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-00");
    let answer = api.send("GET", "/nothing", &[("traceparent", &parent)], "").await;
    assert_eq!(answer.expect_problem(404).body["trace_id"], trace);
}
