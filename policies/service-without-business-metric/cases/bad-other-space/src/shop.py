Counter("created_total", "x", namespace="shop")
