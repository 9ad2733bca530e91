// TODO: use an outbox
