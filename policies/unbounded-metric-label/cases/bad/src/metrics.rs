fn count(counter: &Counter<u64>, id: String) {
    counter.add(1, &[KeyValue::new("customer_id", id)]);
}

fn seen(id: String) {
    counter!("seen", "plan" => plan(&id), "user_id" => id).increment(1);
    self.seen.add(1, &[KeyValue::new("user.id", id)]);
}

static SEEN: Lazy<IntCounterVec> = Lazy::new(|| register_int_counter_vec!(
    opts!("seen", "seen"),
    &["plan", "user_id"]
).unwrap());
static MORE: Lazy<IntCounterVec> = Lazy::new(|| IntCounterVec::new(Opts::new("more", "more"), &["user_id"]).unwrap());
