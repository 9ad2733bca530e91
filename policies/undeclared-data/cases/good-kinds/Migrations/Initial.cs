public class Initial : Migration
{
    protected override void Up(MigrationBuilder builder)
    {
        builder.CreateTable(
            name: "Gone",
            columns: table => new { Id = table.Column<int>() });
        builder.CreateTable(name: "Lost", columns: table => new { Id = table.Column<int>() });
    }
}
