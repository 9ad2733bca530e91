//! Calls to other services, each in a client span whose context goes along (semantic conventions for HTTP clients).

use std::time::Duration;

use opentelemetry::propagation::TextMapPropagator as _;
use reqwest::{Error, Method, Response, Url};
use tracing::Instrument as _;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::telemetry::propagator::{HeadersMut, TraceContext};

/// How long another service may take, unless the call says otherwise.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A connection pool for calls; clones share it.
#[derive(Clone, Debug)]
pub struct Client(reqwest::Client);

impl Client {
    /// A client with bounded waiting.
    ///
    /// # Errors
    /// When the system gives no resolver.
    pub fn new() -> Result<Self, Error> {
        reqwest::Client::builder().timeout(TIMEOUT).build().map(Self)
    }

    /// Sends a request with JSON text inside the current trace.
    ///
    /// # Errors
    /// When no answer comes; a 4xx or 5xx answer is no error here.
    pub async fn send(&self, method: Method, url: Url, json: String) -> Result<Response, Error> {
        let span = tracing::info_span!(
            "call",
            otel.name = method.as_str(),
            otel.kind = "client",
            otel.status_code = Empty,
            error.r#type = Empty,
            http.request.method = method.as_str(),
            http.response.status_code = Empty,
            server.address = url.host_str(),
            server.port = url.port_or_known_default(),
            url.full = url.as_str(),
        );
        let mut request = self.0.request(method, url).header("content-type", "application/json").body(json).build()?;
        TraceContext.inject_context(&span.context(), &mut HeadersMut(request.headers_mut()));
        let result = self.0.execute(request).instrument(span.clone()).await;
        let failed = match &result {
            Ok(response) => {
                span.record("http.response.status_code", i64::from(response.status().as_u16()));
                response.status().as_u16() >= 400
            }
            Err(_) => true,
        };
        if failed {
            span.record("otel.status_code", "ERROR");
            let kind =
                result.as_ref().map_or_else(|_| "no_answer".to_owned(), |answer| answer.status().as_u16().to_string());
            span.record("error.type", kind);
        }
        result
    }
}
