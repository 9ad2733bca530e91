//! One span, one log line and one measurement for every request (OpenTelemetry semantic conventions for HTTP servers).

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, header, uri};
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry::propagation::TextMapPropagator as _;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::propagator::{Headers, TraceContext};
use crate::http::App;

/// Serves a request inside its span, which continues the caller's trace.
pub async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let path = request.uri().path().to_owned();
    let span = server_span(&request, method, route.as_ref().map(MatchedPath::as_str));
    // This fails only when no subscriber keeps traces; then there is nothing to continue.
    let _ = span.set_parent(TraceContext.extract(&Headers(request.headers())));
    async move {
        let active = app.metrics.begin(method);
        let response = next.run(request).await;
        drop(active);
        let status = response.status().as_u16();
        let (route, duration) = (route.as_ref().map(MatchedPath::as_str), began.elapsed());
        record(status);
        app.metrics.end(method, route, status, duration);
        tracing::info!(
            http.request.method = method,
            http.route = route,
            http.response.status_code = status,
            url.path = path,
            duration_ms = duration.as_secs_f64() * 1000.0,
            "request"
        );
        response
    }
    .instrument(span)
    .await
}

fn server_span(request: &Request, method: &'static str, route: Option<&str>) -> Span {
    let headers = request.headers();
    let (host, port) = server(headers);
    let name = route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}"));
    tracing::info_span!(
        "request",
        otel.name = name,
        otel.kind = "server",
        otel.status_code = Empty,
        error.r#type = Empty,
        http.request.method = method,
        http.request.method_original = (method == OTHER).then(|| request.method().as_str()),
        http.response.status_code = Empty,
        http.route = route,
        network.protocol.version = version(request),
        server.address = host,
        server.port = port,
        url.path = request.uri().path(),
        url.scheme = "http",
        user_agent.original = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()),
    )
}

/// Only what the server did wrong is an error of its span.
fn record(status: u16) {
    let span = Span::current();
    // OpenTelemetry has no unsigned integers: the bridge would export this one as text.
    span.record("http.response.status_code", i64::from(status));
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
        span.record("error.type", status.to_string());
    }
}

const OTHER: &str = "_OTHER";

/// The method, if it is a well-known one: any other word a client invents would be one more time series.
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or(OTHER)
}

fn version(request: &Request) -> &'static str {
    if request.version() == axum::http::Version::HTTP_10 { "1.0" } else { "1.1" }
}

/// The host and port that the client asked for.
fn server(headers: &HeaderMap) -> (Option<String>, Option<u16>) {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let authority = host.and_then(|host| host.parse::<uri::Authority>().ok());
    authority.map_or((None, None), |authority| (Some(authority.host().to_owned()), authority.port_u16()))
}
