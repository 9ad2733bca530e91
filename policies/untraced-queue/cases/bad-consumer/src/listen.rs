fn listen() {
    for message in orders.subscribe("order.placed") {
        if processed_messages.insert(message.id()) { stock.take(message); }
    }
}
