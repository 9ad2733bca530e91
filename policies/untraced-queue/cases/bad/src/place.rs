fn place(order: &Order) {
    outbox.producer.enqueue("order.placed", &order)
}
