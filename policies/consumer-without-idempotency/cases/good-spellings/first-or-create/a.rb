def on_message(m) = Order.find_or_create_by(id: m.id)
