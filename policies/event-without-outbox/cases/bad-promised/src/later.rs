// TODO: use an outbox
const HINT: &str = "TODO: use an outbox"; // Debezium
/* An outbox
   would be overkill: an outbox needs a table. */
