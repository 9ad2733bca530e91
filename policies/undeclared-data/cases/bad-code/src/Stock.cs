public class Stock
{
    public void Configure(EntityTypeBuilder<Stock> builder) => builder.ToTable("Stock", "shop");
}
