partial class Initial
{
    void BuildTargetModel(ModelBuilder builder) => builder.Entity("Gone", b => { b.ToTable("Gone"); });
}
