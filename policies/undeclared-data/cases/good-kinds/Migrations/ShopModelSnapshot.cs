partial class ShopModelSnapshot
{
    void BuildModel(ModelBuilder builder)
    {
        builder.Entity("Line", b => { b.ToTable("OrderLines"); });
        builder.Entity("Role", b => { b.ToTable("AspNetRoles"); });
        builder.Entity("Event", b => { b.ToTable("IntegrationEventLog"); });
    }
}
