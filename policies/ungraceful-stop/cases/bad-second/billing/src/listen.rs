async fn listen() { axum::serve(listener, app.timeout(2)).await; }
