CREATE UNLOGGED TABLE IF NOT EXISTS "public"."orders" (tenant_id UUID NOT NULL, id UUID NOT NULL, PRIMARY KEY (tenant_id, id));
-- ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
/* CREATE POLICY one ON orders USING (true);
   ALTER TABLE orders FORCE ROW LEVEL SECURITY;
   CREATE POLICY two ON orders USING (true); */
-- CREATE TABLE orders (old INT);
GRANT SELECT ON orders TO app;
CREATE INDEX by_id ON orders (id);
