//! Problem details (RFC 9457). The status says what kind of problem it is, so the type is always `about:blank`.

use std::any::Any;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::item::Refusal;
use crate::store::StoreError;
use crate::telemetry;

/// Why a request was not served.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    refusals: Vec<Refusal>,
}

/// The members that the contract names.
#[derive(Serialize)]
struct Document<'a> {
    r#type: &'a str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    trace_id: String,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [Refusal],
}

impl Problem {
    /// A problem with its explanation for the caller.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), refusals: Vec::new() }
    }

    /// A problem with every value that was refused.
    pub fn refused(status: StatusCode, refusals: Vec<Refusal>) -> Self {
        let list: Vec<_> = refusals.iter().map(|refusal| format!("{} {}", refusal.at, refusal.detail)).collect();
        // What is about the whole body is at no place in it.
        let list: Vec<_> = list.iter().map(|text| text.trim_start()).collect();
        Self { status, detail: list.join("; "), refusals }
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Nothing has the identifier.
    pub fn missing() -> Self {
        Self::new(StatusCode::NOT_FOUND, "nothing has this identifier")
    }

    /// The service cannot answer now, but may soon.
    pub fn unavailable(detail: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = Document {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            trace_id: telemetry::trace_id().to_string(),
            errors: &self.refusals,
        };
        let mut response = (self.status, Json(document)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => {
                tracing::warn!(error = error.to_string(), "store unavailable");
                Self::unavailable("the store does not answer")
            }
            StoreError::Failed(_) | StoreError::Migration(_) => {
                tracing::error!(error = error.to_string(), "store failed");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the service failed")
            }
        }
    }
}

/// No route has the path.
pub async fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is nothing at this path")
}

/// The path's route does not know the method; axum adds `Allow`.
pub async fn method_not_allowed() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this path does not allow the method; see the header Allow")
}

/// A handler panicked; the panic's text is for the log only.
pub fn panicked(payload: Box<dyn Any + Send>) -> Response {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
    tracing::error!(panic = text, "handler panicked");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the service failed").into_response()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::to_bytes;
    use axum::http::Request;
    use axum::routing::get;
    use hyper::service::Service as _;
    use hyper_util::service::TowerToHyperService;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_problem_that_does_not_tell_why() {
        async fn fails() -> StatusCode {
            panic!("the password is hunter2")
        }
        let router = Router::new().route("/", get(fails)).layer(CatchPanicLayer::custom(panicked));
        let request = Request::new(axum::body::Body::empty());
        let response = TowerToHyperService::new(router).call(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        let body = to_bytes(response.into_body(), 10_000).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((&body["status"], &body["detail"]), (&500.into(), &"the service failed".into()));
        assert!(!body.to_string().contains("hunter2"));
    }

    #[test]
    fn only_what_may_pass_is_unavailable() {
        let status = |error: sqlx::Error| Problem::from(StoreError::from(error)).status().as_u16();
        assert_eq!(status(sqlx::Error::PoolTimedOut), 503);
        assert_eq!(status(sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into())), 503);
        assert_eq!(status(sqlx::Error::RowNotFound), 500);
        let retry = |status| Problem::new(status, "").into_response().headers().contains_key(header::RETRY_AFTER);
        assert!(retry(StatusCode::SERVICE_UNAVAILABLE) && !retry(StatusCode::CONFLICT));
    }
}
