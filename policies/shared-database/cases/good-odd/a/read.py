x = "select * from invoices"
y = "update public.other set x = 1"
