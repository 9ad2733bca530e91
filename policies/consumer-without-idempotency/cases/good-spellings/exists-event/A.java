void onMessage(Event event) { if (orders.existsById(event.id())) return; orders.save(event.order()); }
