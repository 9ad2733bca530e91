fn count(counter: &Counter<u64>, plan: &str, id: &str) {
    span.record("customer_id", id);
    counter.add(1, &[KeyValue::new("plan", plan)]);
}

fn seen(id: String) {
    counter!("seen", "plan" => "user_id").increment(1);
    span.add_event("seen", vec![KeyValue::new("user.id", id)]);
}
