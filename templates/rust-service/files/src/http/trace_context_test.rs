//! `POST /test`, the seam of the W3C Trace Context harness: the service calls each address that it is told.
//!
//! Only builds with the feature `trace-context-test` have it. It is not a part of the contract.

use axum::extract::{Json, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Extension, Router};
use reqwest::{Method, Url};
use serde::Deserialize;
use serde_json::Value;

use super::App;
use crate::client::Client;

#[derive(Deserialize)]
struct Call {
    url: String,
    arguments: Value,
}

pub(super) fn router() -> Router<App> {
    let client = Client::new().expect("this build is for a machine that has a resolver");
    Router::new().route("/test", post(call_all)).layer(Extension(client))
}

async fn call_all(
    State(_): State<App>,
    Extension(client): Extension<Client>,
    Json(calls): Json<Vec<Call>>,
) -> StatusCode {
    for call in calls {
        let Ok(url) = call.url.parse::<Url>() else { return StatusCode::BAD_REQUEST };
        if client.send(Method::POST, url, call.arguments.to_string()).await.is_err() {
            return StatusCode::BAD_GATEWAY;
        }
    }
    StatusCode::OK
}
