package polity

facts := input.service.facts

places := "**/*.{sql,yaml,yml,toml,xml,gradle,kts,csproj,json,props,properties,mod,txt,tf}"

# An outbox of the service's own, of a library, or a log of changes that is read instead.
outbox := `(?i)(outbox|debezium|change_?data_?capture|pg_?logical|logical_decoding|wal2json|IntegrationEventLog|event_?store\b|eventstoredb|DotNetCore\.CAP\b|WolverineFx|spring-modulith|modulith\.events|eventuate|watermill/components/forwarder|\bstream_(enabled\s*=\s*true|view_type)|StreamViewType)`

has_outbox if {
	# What a comment speaks of is not there, nor is what is still to be done.
	some hit in repo.uncommented(array.concat(repo.code(outbox), repo.search(places, outbox)))
	line := split(repo.text(hit.path), "\n")[hit.line - 1]
	not regex.match(`(?i)\b(todo|fixme|xxx)\b|\b(no|without an?) (transactional )?outbox`, line)
}

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
