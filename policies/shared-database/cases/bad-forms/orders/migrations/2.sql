ALTER TABLE IF EXISTS invoices ADD COLUMN parcel int;
COPY billing.invoices (id) FROM stdin;
