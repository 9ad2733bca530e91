fn listen() {
    for message in consumer.subscribe("order.placed") { stock.take(message.items()); }
}

fn parent(m: &Message) -> Context { extract_context(m.header("traceparent")) }
