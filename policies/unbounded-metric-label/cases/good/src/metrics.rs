fn count(counter: &Counter<u64>, plan: &str, id: &str) {
    span.record("customer_id", id);
    counter.add(1, &[KeyValue::new("plan", plan)]);
}
