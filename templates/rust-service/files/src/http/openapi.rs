//! Serves the contract. `build.rs` made the JSON from `contract/openapi.yaml`.

use axum::http::StatusCode;
use axum::response::Response;

/// The contract as JSON.
pub const CONTRACT: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));

/// `GET /openapi.json`.
pub async fn serve() -> Response {
    super::json(StatusCode::OK, CONTRACT.to_owned())
}
