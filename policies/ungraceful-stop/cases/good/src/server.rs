    axum::serve(listener, router).with_graceful_shutdown(stopped()).await
