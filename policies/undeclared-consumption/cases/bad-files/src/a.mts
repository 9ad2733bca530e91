const u = "http://of-mts.shop.svc/x"
