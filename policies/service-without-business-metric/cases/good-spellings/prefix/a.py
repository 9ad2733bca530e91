Counter("orders_created_total", "x", namespace="shop")
