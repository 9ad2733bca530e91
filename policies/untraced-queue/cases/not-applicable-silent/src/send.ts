producer.send(message);
