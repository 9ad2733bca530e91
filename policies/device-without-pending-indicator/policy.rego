package polity

facts := input.service.facts

is_device if facts.service.tier == "device"

relies if count(facts.consumes) > 0

relies if {
	some one in facts.dependencies
	one.kind == "service"
}

remote_write := `method:\s*["'](POST|PUT|PATCH|DELETE)["']|\baxios\.(post|put|patch|delete)\(|\.(post|put|patch|delete)\(\s*["']|httpMethod\s*=\s*"(POST|PUT|PATCH|DELETE)"|@(POST|PUT|PATCH|DELETE)\(|Method::(POST|PUT|PATCH|DELETE)`

shown := `(?i)\bpending|\bis_?pending|unsynced|un_?sent|not[-_ ]?(yet[-_ ]?)?(synced|sent|saved)|syncing|sync[-_ ]?(status|state|indicator|badge|icon)|waiting[-_ ]?(to|for)[-_ ]?(sync|send|network|link)|offline[-_ ]?(badge|banner|indicator|notice)|queued|isonline|navigator\.online|useonline|networkstatus`

deny contains finding if {
	is_device
	relies
	first := repo.code(remote_write)[0]
	count(repo.uncommented(repo.code(shown))) == 0
	count(repo.uncommented(repo.search("**/*.{html,vue,svelte,xml,arb,strings,json}", shown))) == 0
	finding := {
		"message": "user cannot see what is not sent yet",
		"path": "polity.yaml",
		"at": ["service", "tier"],
		"label": "the service is on the device",
		"help": "mark what is only on the device (`pending`, `not synced yet`) and since when, and what was refused",
		"also": [{
			"path": first.path,
			"line": first.line,
			"column": first.column,
			"end_column": first.end_column,
			"label": "whether this has arrived is shown nowhere",
		}],
	}
}

not_applicable contains "it is not on a device" if not is_device

not_applicable contains "it relies on no other service" if not relies

not_applicable contains "no code here is known to write to other services" if {
	is_device
	relies
	count(repo.code(remote_write)) == 0
	count(repo.uncommented(repo.code(shown))) == 0
}
