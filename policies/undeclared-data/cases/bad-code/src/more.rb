    create_table(:vouchers) do |t|
