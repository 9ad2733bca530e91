CREATE TABLE order_outbox (id UUID);
