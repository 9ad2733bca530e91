class More {
    Counter seen = Counter.builder("seen")
        .tag("plan", "user_id")
        .register(registry);
    Timer took = Timer.builder("userId").tag("route", route).register(registry);
    Span span = tracer.spanBuilder("x").tag("userId", id).start();
    void log() { log.tag("userId", id); }
}
