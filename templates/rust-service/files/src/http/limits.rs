//! What one request may cost, and when the service says that it cannot: 503 with `Retry-After`, at once.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::App;
use super::problem::Problem;
use crate::lifecycle::Phase;

/// Lets a request through when the service has started and is not overloaded, and bounds its time.
pub async fn apply(State(app): State<App>, request: Request, next: Next) -> Response {
    if app.lifecycle.phase() == Phase::Starting {
        return Problem::unavailable("the service is starting").into_response();
    }
    // Waiting for a slot would only move the queue from the client into the service.
    let Ok(_slot) = app.slots.try_acquire() else {
        return Problem::unavailable("the service is overloaded").into_response();
    };
    match tokio::time::timeout(app.limits.request_timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::unavailable("the service did not answer in time").into_response(),
    }
}
