fn listen() {
    for message in consumer.subscribe("order.placed") {
        if processed_messages.insert(message.id()) { stock.take(message); }
    }
}
