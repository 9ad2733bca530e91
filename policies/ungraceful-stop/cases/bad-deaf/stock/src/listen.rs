async fn listen() -> io::Result<()> {
    HttpServer::new(|| App::new().timeout(2)).disable_signals().bind(ADDRESS)?.run().await
}
