CREATE TABLE orders (tenant_id UUID, id UUID, PRIMARY KEY (tenant_id, id));
CREATE TABLE refunds (tenant_id UUID, id UUID);
ALTER TABLE refunds ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenants ON refunds USING (tenant_id = current_tenant());
