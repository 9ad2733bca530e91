CREATE TABLE orders (tenant_id UUID NOT NULL, id UUID NOT NULL, PRIMARY KEY (tenant_id, id));
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON orders USING (tenant_id = current_setting('app.tenant')::uuid);
