package polity

facts := input.service.facts

known := `(?i)\binbox|_inbox|dedup|de-dup|idempot|already[_ ]?(processed|seen|handled)|(processed|handled|seen|consumed)_?(messages?|events?|ids?)\b|exactly[_-]?once|on\s+conflict\b|insert\s+(or\s+ignore|ignore)|merge\s+into|upsert|ReceiveEndpoint.*Outbox`

deny contains finding if {
	count(facts.events.consumes) > 0
	# Without code there is nothing to judge.
	handlers := repo.code(`(?i)consume|subscri|on_?message|handle|receive|listener`)
	count(handlers) > 0
	count(repo.code(known)) == 0
	count(repo.search("**/*.sql", known)) == 0
	finding := {
		"message": "nothing here notices a message that comes twice",
		"path": "polity.yaml",
		"at": ["events", "consumes"],
		"label": "queues deliver at least once",
		"help": "keep the ids of what was done in the transaction that does it, or make the effect one that may happen twice (upsert, set)",
		"also": [{"path": hit.path, "line": hit.line, "label": "consumed here"} | some hit in array.slice(handlers, 0, 1)],
	}
}

not_applicable contains "it consumes no event" if count(object.get(facts, ["events", "consumes"], [])) == 0
