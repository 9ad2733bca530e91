const u = "http://of-jsx.shop.svc/x"
