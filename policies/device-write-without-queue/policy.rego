package polity

facts := input.service.facts

is_device if facts.service.tier == "device"

relies if count(facts.consumes) > 0

relies if {
	some one in facts.dependencies
	one.kind == "service"
}

remote_write := `method:\s*["'](POST|PUT|PATCH|DELETE)["']|\baxios\.(post|put|patch|delete)\(|\.(post|put|patch|delete)\(\s*["']|httpMethod\s*=\s*"(POST|PUT|PATCH|DELETE)"|@(POST|PUT|PATCH|DELETE)\(|Method::(POST|PUT|PATCH|DELETE)`

queued := `(?i)background[-_. ]?sync|syncmanager|workmanager|bgtaskscheduler|bgprocessingtask|\boutbox|offline[-_ ]?(queue|mutation|first)|(mutation|sync|write|send|upload|pending)[-_ ]?queue|queue[-_ ]?(mutation|offline|write)|pending[-_ ]?(operations|writes|changes|mutations|requests)|persistqueryclient|resumepausedmutations|redux-offline|automerge|\byjs\b|pouchdb|electric-sql|powersync|replicache|watermelondb`

deny contains finding if {
	is_device
	relies
	first := repo.code(remote_write)[0]
	count(repo.uncommented(repo.code(queued))) == 0
	count(repo.uncommented(repo.search("**/{package.json,Cargo.toml,*.gradle,*.kts,Podfile,pubspec.yaml,Package.swift,*.csproj}", queued))) == 0
	finding := {
		"message": "writing on the device needs the core",
		"path": "polity.yaml",
		"at": ["service", "tier"],
		"label": "the service is on the device",
		"help": "write into a queue on the device, with a key that makes a repeat harmless, and send from there",
		"also": [{
			"path": first.path,
			"line": first.line,
			"column": first.column,
			"end_column": first.end_column,
			"label": "without a link this fails, and what the user did is gone",
		}],
	}
}

not_applicable contains "it is not on a device" if not is_device

not_applicable contains "it relies on no other service" if not relies

not_applicable contains "no code here is known to write to other services" if {
	is_device
	relies
	count(repo.code(remote_write)) == 0
	count(repo.uncommented(repo.code(queued))) == 0
}
