//! The probes: what each of them says in each phase, and when the store is gone.

use std::time::{Duration, Instant};

use service::lifecycle::Phase;
use service::names::ITEMS_PATH;

use super::support::server;

#[tokio::test]
async fn before_the_start_only_liveness_is_ok() {
    let server = server::start_unprepared(&[]).await;
    assert_eq!(server.api.get("/livez").await.status, 200);
    assert_eq!(server.api.get("/startupz").await.status, 503);
    let ready = server.api.get("/readyz").await;
    assert_eq!((ready.status, &ready.body["checks"]["lifecycle"]["reason"]), (503, &"starting".into()));
    server.api.get(ITEMS_PATH).await.expect_problem(503);

    server.store.migrate().await.unwrap();
    server.lifecycle.enter(Phase::Serving);
    for probe in ["/livez", "/readyz", "/startupz"] {
        assert_eq!(server.api.get(probe).await.status, 200, "{probe}");
    }
}

#[tokio::test]
async fn without_the_store_the_service_is_alive_but_not_ready() {
    let server = server::start().await;
    let ready = server.api.get("/readyz").await;
    assert_eq!(ready.body["checks"]["store"]["status"], "ok");
    assert!(ready.body["checks"]["store"]["duration_ms"].is_u64());

    server.store.close().await;
    let began = Instant::now();
    let ready = server.api.get("/readyz").await;
    assert_eq!((ready.status, &ready.body["checks"]["store"]["status"]), (503, &"unavailable".into()));
    assert_eq!(ready.body["checks"]["lifecycle"]["status"], "ok");
    assert!(began.elapsed() < Duration::from_secs(2));
    assert_eq!(server.api.get("/livez").await.status, 200);
    assert_eq!(server.api.get(ITEMS_PATH).await.expect_problem(503).header("retry-after"), Some("1"));
}

#[tokio::test]
async fn several_replicas_prepare_one_store_at_once() {
    let server = server::start_unprepared(&[]).await;
    let store = &server.store;
    let results = tokio::join!(store.migrate(), store.migrate(), store.migrate(), store.migrate());
    let results = [results.0, results.1, results.2, results.3];
    // Without advisory locks a loser may fail once; its next attempt finds everything done.
    assert!(results.iter().any(Result::is_ok), "{results:?}");
    store.migrate().await.unwrap();
    server.lifecycle.enter(Phase::Serving);
    assert_eq!(server.api.create("a", None).await.status, 201);
}
