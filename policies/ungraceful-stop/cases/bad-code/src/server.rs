pub async fn serve(listener: TcpListener, router: Router) -> io::Result<()> {
    axum::serve(listener, router.layer(TimeoutLayer::new(LIMIT))).await
}
// SIGTERM is ignored.
