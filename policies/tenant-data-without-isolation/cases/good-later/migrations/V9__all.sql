-- +goose Up
CREATE TABLE orders (tenant_id UUID);
CREATE TABLE items (tenant_id UUID);
ALTER TABLE items ENABLE ROW LEVEL SECURITY;
CREATE POLICY "all of them" ON items USING (true);
CREATE POLICY own ON items AS RESTRICTIVE USING (tenant_id = current_tenant());
CREATE TABLE notes (tenant_id UUID);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes DISABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notes USING (true);
ALTER POLICY own ON notes USING (tenant_id = current_tenant());
ALTER POLICY own ON notes RENAME TO mine;
CREATE POLICY admin ON notes TO admin USING (true);
-- +goose Down
DROP POLICY own ON items;
ALTER TABLE items DISABLE ROW LEVEL SECURITY;
