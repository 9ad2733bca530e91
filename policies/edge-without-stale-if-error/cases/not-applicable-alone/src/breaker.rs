pub fn limits() -> CircuitBreaker { breaker(timeout) }
