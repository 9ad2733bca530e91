fn place(order: &Order) {
    outbox.producer.enqueue("order.placed", &order)
}
/* Still to be done:
inject_context(&mut headers), or opentelemetry-instrumentation-kafka */
