const u = "http://of-tsx.shop.svc/x"
