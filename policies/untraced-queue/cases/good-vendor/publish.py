publisher.publish("orders", body)
