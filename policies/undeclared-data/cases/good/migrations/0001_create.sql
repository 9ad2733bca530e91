CREATE TABLE orders (id UUID PRIMARY KEY);
CREATE TABLE IF NOT EXISTS public."refunds" (id UUID PRIMARY KEY);
CREATE TABLE _idempotency_keys (key TEXT);
