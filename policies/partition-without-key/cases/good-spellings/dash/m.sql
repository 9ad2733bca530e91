create table a (tenant_id int);
