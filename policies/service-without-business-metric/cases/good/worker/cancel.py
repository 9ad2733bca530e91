CANCELLED = Counter("orders_cancelled_total", "Orders that customers took back")
