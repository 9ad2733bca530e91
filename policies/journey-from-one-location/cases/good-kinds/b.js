call("/orders");
