pallets = Table("pallets", metadata, Column("id", Integer))
