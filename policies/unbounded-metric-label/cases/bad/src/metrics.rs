fn count(counter: &Counter<u64>, id: String) {
    counter.add(1, &[KeyValue::new("customer_id", id)]);
}
