partial class ShopModelSnapshot
{
    void BuildModel(ModelBuilder builder) => builder.Entity("Wish", b => { b.ToTable("Wishes"); });
}
