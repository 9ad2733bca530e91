meterRegistry.counter("seen", "userId", id).increment();
class More {
    Counter seen = Counter.builder("seen (of each)")
        .description("seen")
        .tag("plan", plan(of(customer)))
        .tag("customerId", customer.id())
        .register(registry);
    Counter also = Counter.builder("also").tag("customerId", id).register(registry);
    Timer took = Timer.builder("took").tags("route", route, "orderId", id).register(registry);
}
