fn stop() { tokio::signal::unix::signal(SignalKind::terminate()); }
