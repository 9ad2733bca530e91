fn place(order: &Order) {
    propagator.inject(&mut headers);
    outbox.producer.enqueue("order.placed", &order, headers)
}
