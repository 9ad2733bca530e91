publisher.Publish(message);
