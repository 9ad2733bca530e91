CREATE TABLE orders (tenant_id UUID);
