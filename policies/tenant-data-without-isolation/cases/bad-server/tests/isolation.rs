#[test]
fn another_tenant_sees_nothing() {
    let tenant = create("orders");
    assert!(as_tenant(other()).get(tenant).is_none());
}
