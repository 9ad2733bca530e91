create table if not exists
  shop.ledger (id int);
