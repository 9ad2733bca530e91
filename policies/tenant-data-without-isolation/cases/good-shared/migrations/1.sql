CREATE TABLE countries (id INT);
CREATE TABLE orders (tenant_id UUID);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenants ON orders USING (tenant_id = current_tenant());
