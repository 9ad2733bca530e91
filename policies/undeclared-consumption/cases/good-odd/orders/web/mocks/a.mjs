const u = "http://rates.finance.svc/x"
