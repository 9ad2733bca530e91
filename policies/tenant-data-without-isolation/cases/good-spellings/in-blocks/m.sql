CREATE TABLE orders (tenant_id UUID);
DO $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_class WHERE relrowsecurity) THEN
    ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
  END IF;
END $$;
DO $$ BEGIN
  CREATE POLICY own ON orders USING (CASE WHEN is_admin() THEN true ELSE tenant_id = current_tenant() END);
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
