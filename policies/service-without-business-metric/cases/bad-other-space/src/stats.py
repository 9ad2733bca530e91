Counter("orders", "x", subsystem="made")
Counter("gone", "x", namespace="orders")
