CREATE TABLE orders (region TEXT);
