CREATE TABLE public.orders (id int);
ALTER TABLE public.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON public.orders USING (tenant_id = 1);
