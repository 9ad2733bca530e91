CREATE TABLE "orders" (id int);
ALTER TABLE "orders" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY "Tenants see their own" ON "orders" USING (tenant_id = current_tenant());
