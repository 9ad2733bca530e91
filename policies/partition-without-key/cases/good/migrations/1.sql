CREATE TABLE orders (region TEXT NOT NULL, id UUID NOT NULL, PRIMARY KEY (region, id));
