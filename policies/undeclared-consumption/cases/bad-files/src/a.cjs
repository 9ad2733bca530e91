const u = "http://of-cjs.shop.svc/x"
