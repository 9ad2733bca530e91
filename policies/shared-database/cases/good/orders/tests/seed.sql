UPDATE billing.invoices AS i SET paid = true;
-- UPDATE invoices SET paid = false;
