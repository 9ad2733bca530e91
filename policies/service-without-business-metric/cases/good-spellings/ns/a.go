prometheus.CounterOpts{Namespace: "orders", Name: "created_total"}
