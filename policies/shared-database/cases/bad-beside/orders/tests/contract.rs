#[test]
fn served_is_what_is_written() {
    let contract = include_str!("../contract/openapi.yaml");
    assert!(contract.contains("listOrders"));
}
