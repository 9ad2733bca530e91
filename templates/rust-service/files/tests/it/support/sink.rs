//! An OpenTelemetry collector in miniature: it decodes what OTLP over HTTP brings, and keeps it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use service::lifecycle::Lifecycle;
use tokio::net::TcpListener;

/// What arrived.
#[derive(Debug, Default)]
pub struct Received {
    /// The resources of all signals.
    pub resources: Vec<Resource>,
    /// Every span.
    pub spans: Vec<Span>,
    /// Every log record.
    pub logs: Vec<LogRecord>,
    /// The metrics of the last export.
    pub metrics: Vec<Metric>,
}

type Shared = Arc<Mutex<Received>>;

/// Starts a collector.
pub async fn start() -> (SocketAddr, Shared) {
    let received = Shared::default();
    let router = Router::new()
        .route("/v1/traces", post(traces))
        .route("/v1/metrics", post(metrics))
        .route("/v1/logs", post(logs))
        .with_state(received.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(service::server::serve(listener, router, Lifecycle::default(), Duration::ZERO, Duration::ZERO));
    (address, received)
}

async fn traces(State(received): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let request: ExportTraceServiceRequest = decode(&headers, body);
    let mut received = received.lock().unwrap();
    for group in request.resource_spans {
        received.resources.extend(group.resource);
        received.spans.extend(group.scope_spans.into_iter().flat_map(|scope| scope.spans));
    }
    StatusCode::OK
}

async fn metrics(State(received): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let request: ExportMetricsServiceRequest = decode(&headers, body);
    let mut received = received.lock().unwrap();
    received.metrics.clear();
    for group in request.resource_metrics {
        received.resources.extend(group.resource);
        received.metrics.extend(group.scope_metrics.into_iter().flat_map(|scope| scope.metrics));
    }
    StatusCode::OK
}

async fn logs(State(received): State<Shared>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let request: ExportLogsServiceRequest = decode(&headers, body);
    let mut received = received.lock().unwrap();
    for group in request.resource_logs {
        received.resources.extend(group.resource);
        received.logs.extend(group.scope_logs.into_iter().flat_map(|scope| scope.log_records));
    }
    StatusCode::OK
}

fn decode<T: Message + Default>(headers: &HeaderMap, body: Bytes) -> T {
    assert_eq!(headers["content-type"], "application/x-protobuf");
    T::decode(body).expect("the body is OTLP")
}

/// An attribute as text; empty when it is missing.
pub fn attribute(attributes: &[KeyValue], key: &str) -> String {
    let found = attributes.iter().find(|attribute| attribute.key == key);
    match found.and_then(|attribute| attribute.value.as_ref()).and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    }
}
