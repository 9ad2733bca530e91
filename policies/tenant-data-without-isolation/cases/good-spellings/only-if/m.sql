create table if not exists orders (id int);
alter table if exists only orders enable row level security;
create policy p on orders using (tenant_id = 1);
