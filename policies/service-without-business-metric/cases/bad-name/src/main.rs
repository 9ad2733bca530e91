// Counts orders.created, one day.
fn main() {}
