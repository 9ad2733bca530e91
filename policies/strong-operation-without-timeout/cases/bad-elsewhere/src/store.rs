pub async fn list(pool: &Pool) -> Vec<Order> {
    pool.fetch("SELECT * FROM orders").await
}
// The timeout is not kept.
