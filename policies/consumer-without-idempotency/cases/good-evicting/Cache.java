class Cache {
    @KafkaListener(topics = "prices")
    void on(Price price) {
        cache.evict(price.getId());
    }
}
