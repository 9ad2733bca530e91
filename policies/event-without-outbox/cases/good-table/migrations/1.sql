-- What is published.
CREATE TABLE order_outbox (id UUID);
