const NAME: &str = "orders.created";
