//! The contract over HTTP: one table of routes, and what every request goes through.

mod body;
mod cursor;
mod health;
mod idempotency;
mod identifier;
mod items;
mod limits;
mod openapi;
mod precondition;
mod problem;
mod query;
#[cfg(feature = "trace-context-test")]
mod trace_context_test;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, Version, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get};
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;

use crate::config::Limits;
use crate::lifecycle::{Lifecycle, Phase};
use crate::names::{ITEM_PATH, ITEMS_PATH};
use crate::store::Store;
use crate::telemetry::{Metrics, request};

pub use self::openapi::CONTRACT;
pub use self::problem::Problem;

/// What handlers work with; clones share it.
#[derive(Clone, Debug)]
pub struct App {
    /// Where items are kept.
    pub store: Store,
    /// Whether the service is starting, serving or draining.
    pub lifecycle: Lifecycle,
    /// What one request may cost.
    pub limits: Limits,
    /// The service's instruments.
    pub metrics: Metrics,
    slots: Arc<Semaphore>,
}

impl App {
    /// Puts the parts together.
    pub fn new(store: Store, lifecycle: Lifecycle, limits: Limits) -> Self {
        let slots = Arc::new(Semaphore::new(limits.concurrency));
        Self { store, lifecycle, limits, metrics: Metrics::new(), slots }
    }
}

/// The operations of the contract. A test holds this table against the contract's paths.
pub fn operations() -> Vec<(&'static str, MethodRouter<App>)> {
    vec![
        (ITEMS_PATH, get(items::list).post(items::create)),
        (ITEM_PATH, get(items::read).put(items::replace).delete(items::delete)),
    ]
}

/// What the platform asks; no limit applies here, because a busy service is still alive.
pub fn probes() -> Vec<(&'static str, MethodRouter<App>)> {
    vec![
        ("/livez", get(health::live)),
        ("/readyz", get(health::ready)),
        ("/startupz", get(health::started)),
        ("/openapi.json", get(openapi::serve)),
    ]
}

/// Everything that the service answers.
pub fn router(app: App) -> Router {
    let with_limits = |table: Vec<(&'static str, MethodRouter<App>)>| {
        let routes = table.into_iter().fold(Router::new(), |router, (path, route)| router.route(path, route));
        routes.method_not_allowed_fallback(problem::method_not_allowed)
    };
    let contract = with_limits(operations()).layer(from_fn_with_state(app.clone(), limits::apply));
    let router = contract.merge(with_limits(probes()));
    #[cfg(feature = "trace-context-test")]
    let router = router.merge(trace_context_test::router());
    router
        .fallback(problem::not_found)
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(from_fn(one_host))
        .layer(from_fn_with_state(app.clone(), close_while_draining))
        .layer(from_fn_with_state(app.clone(), request::observe))
        .with_state(app)
}

/// A request says once which host it means (RFC 9112, section 3.2): of two names, a proxy and this service could each believe another.
async fn one_host(request: Request, next: Next) -> Response {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    if hosts > 1 || hosts == 0 && request.version() == Version::HTTP_11 {
        return Problem::new(StatusCode::BAD_REQUEST, "the request must have one header Host").into_response();
    }
    next.run(request).await
}

/// Asks clients to open their next connection elsewhere, instead of cutting off the ones that are open.
async fn close_while_draining(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if app.lifecycle.phase() == Phase::Draining {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// An answer of JSON text.
fn json(status: StatusCode, text: String) -> Response {
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
