async fn main() -> std::io::Result<()> {
    HttpServer::new(|| App::new()).bind(ADDRESS)?.run().await
}
