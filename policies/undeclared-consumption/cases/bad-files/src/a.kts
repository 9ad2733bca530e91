const u = "http://of-kts.shop.svc/x"
