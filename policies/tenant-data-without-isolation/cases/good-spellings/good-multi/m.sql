CREATE TABLE orders (
 id int);
ALTER TABLE/* all of it */orders
  ENABLE ROW LEVEL SECURITY;
CREATE POLICY p
  ON orders
  USING (tenant_id = current_tenant());
