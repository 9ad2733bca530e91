Counter("created", "x", namespace="shop_orders")
