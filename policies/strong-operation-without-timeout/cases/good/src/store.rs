pub async fn list(pool: &Pool) -> Result<Vec<Order>, Elapsed> {
    tokio::time::timeout(LIMIT, pool.fetch("SELECT * FROM orders")).await
}
