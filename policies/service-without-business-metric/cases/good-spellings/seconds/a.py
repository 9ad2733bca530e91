Histogram("orders_latency_seconds", "x")
