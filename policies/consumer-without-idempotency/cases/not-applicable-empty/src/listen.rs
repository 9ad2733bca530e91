fn listen() {
    for message in consumer.subscribe("order.placed") { stock.take(message.items()); }
}
