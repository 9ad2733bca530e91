meterRegistry.counter("seen", "userId", id).increment();
