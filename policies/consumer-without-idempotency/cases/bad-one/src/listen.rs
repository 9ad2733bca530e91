fn on_message(m: &Message) {
    let parent = extract_context(m.header("traceparent"));
    stock.take(m.items());
}
