const u = "http://of-mjs.shop.svc/x"
