// TODO: not idempotent yet, add an inbox
/* Duplicates are counted twice:
   dedup is not our job. */
const NEXT: &str = "TODO: an inbox";
fn repeats(o: Producer) { o.set("producer.idempotent", true) }
