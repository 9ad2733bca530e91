var orders = promauto.NewCounterVec(prometheus.CounterOpts{
	Name: "orders_total",
}, []string{"route", "user_id"})

func seen() { m.orders.Add(ctx, 1, metric.WithAttributes(attribute.String("user.id", id))) }
