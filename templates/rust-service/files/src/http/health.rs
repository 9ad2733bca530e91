//! What the platform asks: is the process alive, has it started, should it get traffic.

use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::App;
use crate::lifecycle::Phase;

/// How long the store may take to give a sign of life; shorter than the timeout of a probe.
const STORE_TIMEOUT: Duration = Duration::from_millis(800);

/// `GET /livez`: the process answers. It asks nothing else, because a restart repairs no dependency.
pub async fn live() -> Response {
    answer(true, json!({}))
}

/// `GET /startupz`: the schema is up to date and traffic can come.
pub async fn started(State(app): State<App>) -> Response {
    let prepared = app.lifecycle.phase() > Phase::Starting;
    answer(prepared, json!({"migrations": check(prepared, "not applied yet")}))
}

/// `GET /readyz`: the store answers, and the service is neither starting nor draining.
pub async fn ready(State(app): State<App>) -> Response {
    let began = Instant::now();
    let store = match tokio::time::timeout(STORE_TIMEOUT, app.store.ping()).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => {
            tracing::warn!(error = error.to_string(), "store check failed");
            Some("does not answer")
        }
        Err(_) => Some("does not answer in time"),
    };
    let lifecycle = match app.lifecycle.phase() {
        Phase::Starting => Some("starting"),
        Phase::Serving => None,
        Phase::Draining => Some("draining"),
    };
    let mut checks = json!({
        "store": check(store.is_none(), store.unwrap_or_default()),
        "lifecycle": check(lifecycle.is_none(), lifecycle.unwrap_or_default()),
    });
    checks["store"]["duration_ms"] = json!(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
    answer(store.is_none() && lifecycle.is_none(), checks)
}

fn check(passed: bool, reason: &str) -> Value {
    if passed { json!({"status": "ok"}) } else { json!({"status": "unavailable", "reason": reason}) }
}

fn answer(passed: bool, checks: Value) -> Response {
    let (code, status) = match passed {
        true => (StatusCode::OK, "ok"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
    };
    super::json(code, json!({"status": status, "checks": checks}).to_string())
}
