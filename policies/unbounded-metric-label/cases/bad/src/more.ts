ordersTotal.inc({ user_id: id });
