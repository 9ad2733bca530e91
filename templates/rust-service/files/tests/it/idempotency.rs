//! A creation that is repeated with its key happens once, whatever happens in between.

use serde_json::json;
use service::names::ITEMS_PATH;

use super::support::database::Database;
use super::support::{Process, server};

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_also_after_changes() {
    let server = server::start().await;
    let api = &server.api;
    let first = api.create("a", Some("key")).await;
    let again = async || {
        let again = api.create("a", Some("key")).await;
        assert_eq!((again.status, &again.body), (201, &first.body));
        assert_eq!((again.location(), again.header("etag")), (first.location(), first.header("etag")));
    };
    again().await;
    let any = [("if-match", "*")];
    assert_eq!(api.send_json("PUT", first.location(), &any, &json!({"name": "b"})).await.status, 200);
    again().await;
    assert_eq!(api.send("DELETE", first.location(), &any, "").await.status, 204);
    again().await;
    assert_eq!(api.count().await, 0);
}

#[tokio::test]
async fn the_same_draft_in_other_words_is_the_same_request() {
    let server = server::start().await;
    let api = &server.api;
    let headers = [("idempotency-key", "key"), ("content-type", "application/json")];
    let first = api.send("POST", ITEMS_PATH, &headers, r#"{"name": "a", "note": ""}"#).await;
    let again = api.send("POST", ITEMS_PATH, &headers, "{ \"name\":\"\\u0061\" }").await;
    assert_eq!((again.status, again.body), (201, first.body));
}

#[tokio::test]
async fn another_body_is_a_conflict() {
    let server = server::start().await;
    let api = &server.api;
    assert_eq!(api.create("a", Some("key")).await.status, 201);
    api.create("b", Some("key")).await.expect_problem(409);
    assert_eq!(api.create("b", Some("other")).await.status, 201);
    assert_eq!(api.count().await, 2);
}

#[tokio::test]
async fn without_a_key_each_request_creates() {
    let server = server::start().await;
    let api = &server.api;
    let (first, second) = (api.create("a", None).await, api.create("a", None).await);
    assert_ne!(first.location(), second.location());
}

#[tokio::test]
async fn malformed_keys_are_refused() {
    let server = server::start().await;
    let api = &server.api;
    for key in ["", "a b", &"k".repeat(256)] {
        api.create("a", Some(key)).await.expect_problem(400);
    }
    assert_eq!(api.count().await, 0);
}

#[tokio::test]
async fn twenty_at_once_create_one() {
    let server = server::start().await;
    let api = &server.api;
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            tokio::spawn({
                let api = api.clone();
                async move { api.create("a", Some("key")).await }
            })
        })
        .collect();
    let mut locations = Vec::new();
    for task in tasks {
        let answer = task.await.unwrap();
        assert_eq!(answer.status, 201, "{answer:?}");
        locations.push(answer.location().to_owned());
    }
    locations.dedup();
    assert_eq!((locations.len(), api.count().await), (1, 1));
}

#[tokio::test]
async fn a_key_is_free_again_after_its_time() {
    let server = server::start_with(&[("IDEMPOTENCY_TTL_SECONDS", "1")]).await;
    let first = server.api.create("a", Some("key")).await;
    tokio::time::sleep(std::time::Duration::from_millis(2100)).await;
    let second = server.api.create("b", Some("key")).await;
    assert_eq!(second.status, 201);
    assert_ne!(first.location(), second.location());
    tokio::time::sleep(std::time::Duration::from_millis(2100)).await;
    assert_eq!(server.store.forget_keys().await.unwrap(), 1);
}

#[tokio::test]
async fn keys_and_items_survive_kill_9() {
    let database = Database::new().await;
    let process = Process::start(&database.url(), &[]).await;
    let first = process.api.create("a", Some("key")).await;
    assert_eq!(first.status, 201);
    // Others are being written at the moment of the kill; each is there afterwards if it was acknowledged.
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let api = process.api.clone();
            tokio::spawn(async move {
                let mut acknowledged = Vec::new();
                for number in 0.. {
                    let body = json!({"name": format!("{writer}-{number}")});
                    let headers = [("content-type", "application/json")];
                    match api.try_send("POST", ITEMS_PATH, &headers, &body.to_string()).await {
                        Some(answer) if answer.status == 201 => acknowledged.push(answer.location().to_owned()),
                        _ => break,
                    }
                }
                acknowledged
            })
        })
        .collect();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    process.signal("KILL");
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }
    drop(process);

    let process = Process::start(&database.url(), &[]).await;
    let again = process.api.create("a", Some("key")).await;
    assert_eq!(
        (again.status, again.body, again.headers["location"].clone()),
        (201, first.body, first.headers["location"].clone())
    );
    assert!(!acknowledged.is_empty());
    for path in acknowledged {
        assert_eq!(process.api.get(&path).await.status, 200, "{path} was acknowledged");
    }
}
