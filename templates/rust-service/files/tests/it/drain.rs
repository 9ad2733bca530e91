//! The stop: no request is lost between the signal and the end.

use std::time::{Duration, Instant};

use serde_json::json;
use service::names::ITEMS_PATH;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::support::Process;
use super::support::database::Database;

#[tokio::test]
async fn draining_serves_new_connections_and_asks_them_to_close() {
    let database = Database::new().await;
    let mut process = Process::start(&database.url(), &[("DRAIN_DELAY_MS", "3000")]).await;
    assert_eq!(process.api.create("a", None).await.header("connection"), None);
    process.signal("TERM");
    process.until("/readyz", 503).await;
    let created = process.api.create("b", None).await;
    assert_eq!((created.status, created.header("connection")), (201, Some("close")));
    let ready = process.api.get("/readyz").await;
    assert_eq!((ready.status, &ready.body["checks"]["lifecycle"]["reason"]), (503, &"draining".into()));
    assert_eq!(process.api.get("/livez").await.status, 200);
    let (status, _) = process.ended().await;
    assert_eq!(status.code(), Some(0));
    assert!(process.api.try_send("GET", "/livez", &[], "").await.is_none());
    let last = process.log().pop().unwrap();
    assert_eq!(last["message"], "stopped");
}

#[tokio::test]
async fn a_request_in_flight_finishes_after_the_listener_is_gone() {
    let database = Database::new().await;
    let mut process = Process::start(&database.url(), &[("DRAIN_DELAY_MS", "100")]).await;
    let body = json!({"name": "slow"}).to_string();
    let mut connection = TcpStream::connect(process.address).await.unwrap();
    let head = format!(
        "POST {ITEMS_PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    process.signal("TERM");
    while TcpStream::connect(process.address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    connection.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201") && answer.contains("connection: close"), "{answer}");
    assert_eq!(process.ended().await.0.code(), Some(0));
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_hold_up_the_end() {
    let database = Database::new().await;
    let mut process = Process::start(&database.url(), &[("SHUTDOWN_TIMEOUT_MS", "300")]).await;
    let mut connection = TcpStream::connect(process.address).await.unwrap();
    let head = format!(
        "POST {ITEMS_PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    process.signal("TERM");
    let (status, took) = process.ended().await;
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn sigint_is_the_same_and_idle_connections_do_not_hold_it_up() {
    let database = Database::new().await;
    let mut process = Process::start(&database.url(), &[]).await;
    let idle = TcpStream::connect(process.address).await.unwrap();
    let began = Instant::now();
    process.signal("INT");
    assert_eq!(process.ended().await.0.code(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(5));
    drop(idle);
}

#[tokio::test]
async fn no_request_fails_while_a_client_keeps_calling() {
    let database = Database::new().await;
    let mut process = Process::start(&database.url(), &[("DRAIN_DELAY_MS", "2000")]).await;
    let api = process.api.clone();
    let began = Instant::now();
    process.signal("TERM");
    while began.elapsed() < Duration::from_millis(500) {
        assert_eq!(api.get(ITEMS_PATH).await.status, 200);
    }
    assert_eq!(process.ended().await.0.code(), Some(0));
}
