public class Initial : Migration
{
    protected override void Up(MigrationBuilder builder)
    {
        builder.CreateTable(
            name: "Packs",
            columns: table => new { Id = table.Column<int>() });
        builder.CreateIndex(
            name: "IX_Packs");
    }
}
