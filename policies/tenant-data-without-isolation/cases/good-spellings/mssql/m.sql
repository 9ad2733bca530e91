CREATE TABLE [orders] (id int);
CREATE SECURITY POLICY pol
ADD FILTER PREDICATE dbo.f(tenant_id) ON dbo.orders WITH (STATE = ON);
