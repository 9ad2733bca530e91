//! The life of the service: listen, prepare the store, serve, drain, end.

use std::io;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::config::Config;
use crate::http::{App, router};
use crate::lifecycle::{Lifecycle, Phase, stop_signal};
use crate::server;
use crate::store::Store;

/// How long the store's connections may take to close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// The first and the longest pause between attempts to prepare the store.
const RETRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));
/// How often expired idempotency keys are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(600);

/// Runs the service until a signal stops it.
///
/// # Errors
/// When the address cannot be bound, or signals cannot be received.
pub async fn run(config: Config) -> io::Result<()> {
    let wanted = config.http_addr;
    let listener = TcpListener::bind(wanted).await.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen on {wanted}, where HTTP_ADDR says: {error}"))
    })?;
    let address = listener.local_addr()?;
    let store = Store::new(&config.store);
    let lifecycle = Lifecycle::default();
    tracing::info!(address = address.to_string(), store = format!("{:?}", config.store.url), "listening");

    tokio::spawn(prepare(store.clone(), lifecycle.clone()));
    let stopping = tokio::spawn(drain_on_signal(lifecycle.clone()));
    let app = App::new(store.clone(), lifecycle.clone(), config.limits);
    let serving = server::serve(listener, router(app), lifecycle, config.drain_delay, config.shutdown_timeout);
    tokio::select! {
        () = serving => {}
        Ok(Err(error)) = stopping => return Err(error),
    }

    if tokio::time::timeout(CLOSE_TIMEOUT, store.close()).await.is_err() {
        tracing::warn!("the store did not close in time");
    }
    tracing::info!("stopped");
    Ok(())
}

/// Applies migrations until that succeeds, so that the store may start after the service; then keeps the store tidy.
async fn prepare(store: Store, lifecycle: Lifecycle) {
    let (mut pause, longest) = RETRY;
    while let Err(error) = store.migrate().await {
        tracing::warn!(error = error.to_string(), "the store is not prepared yet");
        tokio::time::sleep(pause).await;
        pause = longest.min(pause * 2);
    }
    lifecycle.enter(Phase::Serving);
    tracing::info!("started");
    loop {
        match store.forget_keys().await {
            Ok(count) => tracing::debug!(count, "forgot expired idempotency keys"),
            Err(error) => tracing::warn!(error = error.to_string(), "cannot forget idempotency keys"),
        }
        tokio::time::sleep(FORGET_EVERY).await;
    }
}

/// Never ends after a signal: the end of serving is the end.
async fn drain_on_signal(lifecycle: Lifecycle) -> io::Result<()> {
    stop_signal().await?;
    tracing::info!("draining");
    lifecycle.enter(Phase::Draining);
    std::future::pending().await
}
