const u = "http://of-scala.shop.svc/x"
