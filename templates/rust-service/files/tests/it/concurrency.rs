//! Many at once: no update is lost, and overload is answered, not queued.

use std::time::Duration;

use serde_json::json;
use service::names::ITEMS_PATH;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::support::{Answer, Api, server};

#[tokio::test]
async fn of_twenty_writes_with_one_tag_one_wins() {
    let server = server::start().await;
    let api = &server.api;
    let created = api.create("a", None).await;
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let (api, path) = (api.clone(), created.location().to_owned());
            let body = json!({"name": format!("writer {number}")});
            tokio::spawn(async move { api.send_json("PUT", &path, &[("if-match", "\"1\"")], &body).await })
        })
        .collect();
    let mut winners = Vec::new();
    for task in tasks {
        let answer = task.await.unwrap();
        match answer.status {
            200 => winners.push(answer.body),
            _ => drop(answer.expect_problem(412)),
        }
    }
    assert_eq!(winners.len(), 1);
    let read = api.get(created.location()).await;
    assert_eq!((&read.body, read.header("etag")), (&winners[0], Some("\"2\"")));
}

#[tokio::test]
async fn writes_that_accept_any_version_all_succeed() {
    let server = server::start().await;
    let api = &server.api;
    let created = api.create("a", None).await;
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let (api, path) = (api.clone(), created.location().to_owned());
            tokio::spawn(async move {
                api.send_json("PUT", &path, &[("if-match", "*")], &json!({"name": "b"})).await.status
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), 200);
    }
    assert_eq!(api.get(created.location()).await.header("etag"), Some("\"11\""));
}

/// A request that stays in flight as long as the connection lives, because its body never ends.
async fn hold(address: std::net::SocketAddr) -> TcpStream {
    let mut connection = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST {ITEMS_PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    connection
}

#[tokio::test]
async fn overload_is_503_with_retry_after_and_probes_go_on() {
    let server = server::start_with(&[("CONCURRENCY_LIMIT", "1")]).await;
    let held = hold(server.address).await;
    let answer = until(&server.api, 503).await;
    assert_eq!(answer.expect_problem(503).header("retry-after"), Some("1"));
    for probe in ["/livez", "/readyz", "/startupz", "/openapi.json"] {
        assert_eq!(server.api.get(probe).await.status, 200);
    }
    drop(held);
    until(&server.api, 200).await;
}

/// Asks until the answer has a status; the service notices a held request, or its end, in its own time.
async fn until(api: &Api, status: u16) -> Answer {
    for _ in 0..200 {
        let answer = api.get(ITEMS_PATH).await;
        if answer.status == status {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the status does not become {status}")
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_503() {
    let server = server::start_with(&[("REQUEST_TIMEOUT_MS", "300")]).await;
    let head = format!("POST {ITEMS_PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n");
    let answer = server::raw(server.address, &format!("{head}Content-Length: 100\r\n\r\n{{")).await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("in time"), "{answer}");
}
