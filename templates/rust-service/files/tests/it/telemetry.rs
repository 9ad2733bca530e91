//! What leaves the service by OTLP, and that a collector which is gone or silent harms nothing.

use std::time::Duration;

use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use service::names::{CREATED_METRIC, CREATED_UNIT, ITEM_PATH, ITEMS_PATH, SERVICE, TABLE};

use super::support::Process;
use super::support::database::Database;
use super::support::sink::{self, Received, attribute};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Runs a service with a collector, makes a few requests in one trace, stops it, and gives back what arrived.
async fn received() -> Received {
    let (address, received) = sink::start().await;
    let database = Database::new().await;
    let endpoint = format!("http://{address}");
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_RESOURCE_ATTRIBUTES", "team=blue")];
    let mut process = Process::start(&database.url(), &variables).await;
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let headers = [("traceparent", parent.as_str()), ("tracestate", "a=1"), ("content-type", "application/json")];
    let keyed = [headers.as_slice(), &[("idempotency-key", "key")]].concat();
    for _ in 0..2 {
        assert_eq!(process.api.send("POST", ITEMS_PATH, &keyed, r#"{"name": "a"}"#).await.status, 201);
    }
    let missing = ITEM_PATH.replace("{id}", "x");
    process.api.send("GET", &missing, &headers, "").await.expect_problem(404);
    process.signal("TERM");
    assert_eq!(process.ended().await.0.code(), Some(0));
    std::mem::take(&mut *received.lock().unwrap())
}

#[tokio::test]
async fn spans_metrics_and_logs_arrive_when_the_service_stops() {
    let received = received().await;
    for resource in &received.resources {
        assert_eq!(attribute(&resource.attributes, "service.name"), SERVICE);
        assert_eq!(attribute(&resource.attributes, "service.version"), env!("CARGO_PKG_VERSION"));
        assert_eq!(attribute(&resource.attributes, "team"), "blue");
    }
    assert!(received.resources.len() >= 3);
    expect_spans(&received);
    expect_metrics(&received);
    expect_logs(&received);
}

fn expect_spans(received: &Received) {
    let in_trace: Vec<_> = received.spans.iter().filter(|span| hex(&span.trace_id) == TRACE).collect();
    let servers: Vec<_> = in_trace.iter().filter(|span| span.kind == SpanKind::Server as i32).collect();
    assert_eq!(servers.len(), 3);
    for span in &servers {
        assert_eq!(hex(&span.parent_span_id), "00f067aa0ba902b7");
        assert_eq!(span.trace_state, "a=1");
    }
    let create: &Span = servers[0];
    assert_eq!(create.name, format!("POST {ITEMS_PATH}"));
    for (key, value) in [
        ("http.request.method", "POST"),
        ("http.route", ITEMS_PATH),
        ("http.response.status_code", "201"),
        ("url.path", ITEMS_PATH),
        ("url.scheme", "http"),
        ("server.address", "127.0.0.1"),
    ] {
        assert_eq!(attribute(&create.attributes, key), value, "{key}");
    }
    let noise = ["thread.id", "thread.name", "busy_ns", "idle_ns", "code.file.path", "target", "level"];
    assert!(create.attributes.iter().all(|attribute| !noise.contains(&attribute.key.as_str())), "{create:?}");
    let statement = in_trace.iter().find(|span| span.parent_span_id == create.span_id).expect("the store has a span");
    assert_eq!((statement.kind, statement.name.as_str()), (SpanKind::Client as i32, &*format!("INSERT {TABLE}")));
    assert_eq!(attribute(&statement.attributes, "db.collection.name"), TABLE);
}

fn expect_metrics(received: &Received) {
    let metric =
        |name: &str| received.metrics.iter().find(|metric| metric.name == name).unwrap_or_else(|| panic!("no {name}"));
    let created = metric(CREATED_METRIC);
    assert_eq!(created.unit, CREATED_UNIT);
    let Some(Data::Sum(sum)) = &created.data else { panic!("{created:?}") };
    // The repeated request created nothing.
    assert!(sum.is_monotonic && sum.data_points[0].value == Some(Value::AsInt(1)), "{sum:?}");

    let duration = metric("http.server.request.duration");
    assert_eq!(duration.unit, "s");
    let Some(Data::Histogram(histogram)) = &duration.data else { panic!("{duration:?}") };
    let count = |route: &str, status: &str| {
        let same = |key, value| move |attributes: &[_]| attribute(attributes, key) == value;
        let (route, status) = (same("http.route", route), same("http.response.status_code", status));
        let points = histogram.data_points.iter().filter(|point| route(&point.attributes) && status(&point.attributes));
        points.map(|point| point.count).sum::<u64>()
    };
    assert_eq!((count(ITEMS_PATH, "201"), count(ITEM_PATH, "404")), (2, 1));
    let Some(Data::Sum(active)) = &metric("http.server.active_requests").data else { panic!() };
    assert!(active.data_points.iter().all(|point| point.value == Some(Value::AsInt(0))), "{active:?}");
}

fn expect_logs(received: &Received) {
    let mut lines = received.logs.iter().filter(|record| hex(&record.trace_id) == TRACE);
    let line = lines.find(|record| attribute(&record.attributes, "http.response.status_code") == "404");
    let line = line.expect("the request's log record is in its trace");
    assert_eq!(attribute(&line.attributes, "http.route"), ITEM_PATH);
    assert!(received.spans.iter().any(|span| span.span_id == line.span_id));
}

#[tokio::test]
async fn a_collector_that_is_down_harms_nothing() {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    survives(&format!("http://{address}")).await;
}

#[tokio::test]
async fn a_collector_that_is_silent_harms_nothing() {
    // The system accepts the connections, and nobody ever reads from them.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    survives(&format!("http://{}", listener.local_addr().unwrap())).await;
}

async fn survives(endpoint: &str) {
    let database = Database::new().await;
    let mut process = Process::start(&database.url(), &[("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)]).await;
    for _ in 0..50 {
        assert_eq!(process.api.get(ITEMS_PATH).await.status, 200);
    }
    assert_eq!(process.api.get("/readyz").await.status, 200);
    process.signal("TERM");
    let (status, took) = process.ended().await;
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
