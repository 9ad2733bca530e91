//! The environment as the binary sees it.

use super::support::database::Database;
use super::support::process::{Process, command};

#[test]
fn all_mistakes_are_reported_and_no_secret_is() {
    let output = command(&[
        ("HTTP_ADDR", "nowhere"),
        ("DATABASE_URL", "mysql://user:hunter2@host/db"),
        ("DRAIN_DELAY_MS", "soon"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ])
    .output()
    .unwrap();
    assert_eq!(output.status.code(), Some(78));
    let text = String::from_utf8(output.stderr).unwrap();
    for name in ["HTTP_ADDR", "DATABASE_URL", "DRAIN_DELAY_MS", "OTEL_EXPORTER_OTLP_PROTOCOL"] {
        assert!(text.contains(name), "{text}");
    }
    assert!(output.stdout.is_empty() && !text.contains("hunter2"), "{text}");
}

#[tokio::test]
async fn an_address_in_use_ends_the_start() {
    let database = Database::new().await;
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = holder.local_addr().unwrap().to_string();
    let output = command(&[("HTTP_ADDR", &address), ("DATABASE_URL", &database.url())]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains(&format!("cannot listen on {address}")) && text.contains("in use"), "{text}");
}

#[tokio::test]
async fn every_request_has_a_log_line_with_its_trace_and_nothing_has_a_secret() {
    let database = Database::new().await;
    let mut process = Process::start(&database.url(), &[("OTEL_EXPORTER_OTLP_HEADERS", "authorization=hunter2")]).await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    process.api.send("GET", "/traced", &[("traceparent", &parent)], "").await.expect_problem(404);
    process.signal("TERM");
    assert_eq!(process.ended().await.0.code(), Some(0));
    let log = process.log();
    let requests: Vec<_> = log.iter().filter(|line| line["message"] == "request").collect();
    assert!(requests.iter().all(|line| line["trace_id"].as_str().unwrap().len() == 32));
    assert!(requests.iter().all(|line| line["span_id"].as_str().unwrap().len() == 16));
    let traced: Vec<_> = requests.iter().filter(|line| line["url.path"] == "/traced").collect();
    assert_eq!(traced.len(), 1);
    assert_eq!((&traced[0]["trace_id"], &traced[0]["http.response.status_code"]), (&trace.into(), &404.into()));
    assert!(!log.iter().any(|line| line.to_string().contains("hunter2")));
}
