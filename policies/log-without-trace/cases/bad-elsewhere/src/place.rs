fn place(order: u64) {
    tracing::warn!(order, "no stock");
}
