package polity

facts := input.service.facts

places := "**/*.{sql,yaml,yml,toml,xml,gradle,kts,csproj,json,props,properties,mod,txt}"

# An outbox of the service's own, of a library, or a log of changes that is read instead.
outbox := `(?i)\boutbox|_outbox|debezium|change_?data_?capture|pg_?logical|logical_decoding|wal2json|IntegrationEventLog|event_?store\b|eventstoredb`

has_outbox if count(repo.code(outbox)) > 0

has_outbox if count(repo.search(places, outbox)) > 0

deny contains finding if {
	count(facts.events.publishes) > 0
	count(facts.owns.data) > 0
	not has_outbox
	direct := repo.code(`(?i)\b(producer|publisher|channel|bus|jetstream|nats|kafka\w*|sns|sqs|pubsub)\w*\.(send|publish|produce|basic_?publish|emit)\w*\(`)
	finding := {
		"message": "what is stored and what is published can differ",
		"path": "polity.yaml",
		"at": ["events", "publishes"],
		"label": "published beside a store, without an outbox",
		"help": "write the event into a table in the transaction that changes the data, and let a second step publish from there",
		"note": "a crash between the write and the message loses the event; the other way round it tells of what never happened",
		"also": [{"path": hit.path, "line": hit.line, "label": "published here"} | some hit in array.slice(direct, 0, 1)],
	}
}

not_applicable contains "it publishes no event" if count(object.get(facts, ["events", "publishes"], [])) == 0

not_applicable contains "it owns no data" if count(object.get(facts, ["owns", "data"], [])) == 0
