var orders = promauto.NewCounterVec(prometheus.CounterOpts{
	Name: "orders_total",
}, []string{"route", "user_id"})
