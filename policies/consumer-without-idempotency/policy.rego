package polity

facts := input.service.facts

known := `(?i)(?:\binbox|_inbox|dedup|de-dup|duplicate_?(key|detection|entry|message|event)|\bis_?duplicate\b|idempot|already[_ ]?(processed|seen|handled)|(processed|handled|seen|consumed)_?(messages?|events?|ids?)(\b|_?(repo|store|table|dao))|exactly[_-]?once|on[\s_]*conflict|on\s+duplicate\b|insert[\s_]*(or[\s_]*)?ignore|(merge|replace)\s+into|upsert|skip_?duplicates|attribute_not_exists|\b(get|find|first|update)_?or_?(create|insert)|set_?nx\b|(?:set|put|add|insert|create|save|store)_?if_?absent\b|\bnx\s*[=:]\s*true|["']NX["']|unique_?(constraint_?)?violation|data_?integrity_?violation|\bIntegrityError\b|\b(23505|E?11000)\b|(seen|processed|handled|consumed)\w*\.(has|contains|includes)\(|exists\w*\(\s*(event|message|msg)\w*\.|ReceiveEndpoint.*Outbox)`

# What handles messages and does nothing but take away needs no memory: twice is the same.
is_taking if {
	count(handlers) > 0
	count([path | some path in handlers; not takes_away(path)]) == 0
}

handlers contains path if {
	some hit in repo.code(`\b(IIntegrationEventHandler|IEventHandler|IMessageHandler|INotificationHandler|IHandleMessages|IConsumer)<|@(KafkaListener|RabbitListener|SqsListener|JmsListener|StreamListener|EventPattern|MessagePattern)\b`)
	path := hit.path
}

# Every call is one that takes away, tells this process, looks or tells the log.
takes_away(path) if {
	said := repo.matches(path, `(?:[.>]|\bawait|\breturn|^)\s*[A-Za-z_]\w*(?:<[^<>()\n]*>)?\(`)
	some call in said
	is_harmless(call.text)
	count([other | some other in said; not is_harmless(other.text); not regex.match(sprintf(`\b(?:%s)\($`, [looking]), other.text)]) == 0
}

is_harmless(text) if regex.match(sprintf(`\b(?:%s)\($`, [taking]), text)

is_harmless(text) if regex.find_n(`[Nn]otify\w*\($`, text, 1)[0] in telling # polity:equivalent an expression that is bound to the end matches once

# Methods that tell others in this process, such as an open page: they have a body, and nothing in a file that has one leads out or keeps anything.
telling contains name if {
	some _, names in notifying
	some name in names
	count([other | some other, found in notifying; name in found; count(repo.matches(other, outward)) > 0]) == 0
}

notifying[path] contains name if {
	# polity:equivalent this only saves the search
	count(handlers) > 0
	some hit in repo.code(`\b(?:Task|ValueTask|void)\s+[Nn]otify\w*\([^;\n]*$`)
	path := hit.path
	name := regex.replace(hit.text, `^\w+\s+|[^(]*$`, "")
}

outward := `(?i)mail|sms|smtp|http|send|publish|push|queue|topic|save|insert|update|execute|repositor|context|client|write|store|gateway|hub`

taking := `(?:[Dd]elete|[Ii]nvalidate|[Ee]vict|[Ee]xpire)(?:[A-Z]\w*)?`

looking := `[Gg]et(?:By\w+|Id|Key|Value)?(?:Async)?|[Ee]xists(?:By\w+)?(?:Async)?|ConfigureAwait|Log(?:Information|Debug|Warning|Error|Trace)|info|debug|warn|error|trace|if|for|foreach|while|using|switch|catch|lock`

# What a comment speaks of is not there, nor is what is still to be done. A producer's own repeats, and requests that may be
# sent again, are none of a consumer.
is_known if {
	some hit in repo.uncommented(array.concat(repo.code(known), repo.search("**/*.sql", known)))
	line := split(repo.text(hit.path), "\n")[hit.line - 1]
	not regex.match(`(?i)\b(todo|fixme|xxx)\b|\b(not|non|no)[ -](yet )?(idempot|dedup)|enable[._]?idempotence|\bidempotent\s*:\s*true|idempotent[_ ]?producer|producer\.idempotent|idempotent_?(write|request)`, line)
}

deny contains finding if {
	count(facts.events.consumes) > 0
	first := received[0]
	not is_known
	not is_taking
	finding := {
		"message": "nothing here notices a message that comes twice",
		"path": "polity.yaml",
		"at": ["events", "consumes"],
		"label": "queues deliver at least once",
		"help": "keep the ids of what was done in the transaction that does it, or make the effect one that may happen twice (upsert, set)",
		"also": [{"path": first.path, "line": first.line, "label": "consumed here"}],
	}
}

not_applicable contains "it consumes no event" if count(object.get(facts, ["events", "consumes"], [])) == 0

# Without code there is nothing to judge.
received := repo.code(`(?i)consume|subscri|on_?message|handle|receive|listener`)

not_applicable contains "no code here is known to take messages" if {
	count(facts.events.consumes) > 0
	count(received) == 0
	not is_known
}
