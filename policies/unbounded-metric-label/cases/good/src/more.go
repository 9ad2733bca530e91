var orders = promauto.NewCounterVec(prometheus.CounterOpts{
	Name: "orders_total",
}, []string{"route"})
var ids = []string{"user_id"}
