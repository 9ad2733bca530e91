export const breaker = circuitBreaker({ timeout: 2000 });
