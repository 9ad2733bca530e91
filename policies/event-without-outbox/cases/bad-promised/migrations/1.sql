-- an outbox would be overkill
CREATE TABLE orders (id UUID);
