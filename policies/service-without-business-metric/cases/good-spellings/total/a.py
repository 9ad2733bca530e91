Counter("orders_created", "x")
