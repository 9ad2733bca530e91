fn carts() { one.merge(&other); }
