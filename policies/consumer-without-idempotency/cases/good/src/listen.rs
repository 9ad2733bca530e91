for message in consumer.subscribe("order.placed") {
    if !processed_messages.insert(message.id()) { continue; }
    stock.take(message.items());
}
