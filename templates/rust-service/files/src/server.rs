//! Accepts connections and, when the service stops, ends them without losing a request.

use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};

use crate::lifecycle::{Lifecycle, Phase};

/// How long a connection may stay idle, or take to send its headers. Longer than load balancers keep idle connections,
/// so that it is not the service that closes one just when a request comes.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);
/// A pause when the system has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until the service drains, then in this order: goes on for `drain_delay`, stops accepting, lets requests in
/// flight finish within `timeout`.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    lifecycle: Lifecycle,
    drain_delay: Duration,
    timeout: Duration,
) {
    let connections = GracefulShutdown::new();
    let stop = async {
        lifecycle.reached(Phase::Draining).await;
        tokio::time::sleep(drain_delay).await;
    };
    tokio::pin!(stop);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => spawn(stream, router.clone(), &connections),
                Err(error) => {
                    tracing::warn!(error = error.to_string(), "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            () = &mut stop => break,
        }
    }
    // Who is in the system's queue already was told that the service listens.
    while let Ok(Ok((stream, _))) = tokio::time::timeout(Duration::ZERO, listener.accept()).await {
        spawn(stream, router.clone(), &connections);
    }
    drop(listener);
    let open = connections.count();
    tracing::info!(connections = open, "stopped accepting connections");
    if tokio::time::timeout(timeout, connections.shutdown()).await.is_err() {
        tracing::warn!("requests in flight did not finish in time");
    }
}

/// Serves one connection as a task of its own.
fn spawn(stream: TcpStream, router: Router, connections: &GracefulShutdown) {
    // Small answers go out at once; a system that cannot do this serves them later.
    let _ = stream.set_nodelay(true);
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(IDLE_TIMEOUT);
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = error.to_string(), "connection ended");
        }
    });
}
