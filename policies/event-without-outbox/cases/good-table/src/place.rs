fn place(order: &Order) {
    producer.send(order);
    producer.send(order.total());
}
