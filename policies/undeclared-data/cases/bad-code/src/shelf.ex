  schema "shelves" do
