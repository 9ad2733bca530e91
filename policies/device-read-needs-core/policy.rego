package polity

facts := input.service.facts

is_device if facts.service.tier == "device"

relies if count(facts.consumes) > 0

relies if {
	some one in facts.dependencies
	one.kind == "service"
}


remote := `\bfetch\(|\baxios\b|XMLHttpRequest|\bky\.(get|post)|URLSession|Alamofire|Retrofit|OkHttpClient|HttpURLConnection|\bdio\.(get|post)|\bhttp\.get\(|reqwest::|HttpClient\b`

# Stores on the device, and libraries that keep a copy there.
local := `(?i)indexeddb|\bidb(-keyval)?\b|dexie|localforage|pouchdb|rxdb|watermelondb|sqlite|sqlx|\bsql\.js\b|roomdatabase|androidx\.room|core ?data|nspersistentcontainer|swiftdata|@model\b|\brealm\b|\bhive\b|\bdrift\b|objectbox|asyncstorage|\bmmkv\b|caches\.(open|match)|workbox|cachestorage|automerge|\byjs\b|electric-sql|powersync|replicache|\bsled\b|\bredb\b|rusqlite|persistqueryclient|datastore<`

deny contains finding if {
	is_device
	relies
	first := repo.code(remote)[0]
	count(repo.uncommented(repo.code(local))) == 0
	count(repo.uncommented(repo.search("**/{package.json,Cargo.toml,*.gradle,*.kts,Podfile,pubspec.yaml,Package.swift,*.csproj}", local))) == 0
	finding := {
		"message": "reading on the device needs the core",
		"path": "polity.yaml",
		"at": ["service", "tier"],
		"label": "the service is on the device",
		"help": "read from a store on the device, and let a task in the background bring it up to date",
		"also": [{
			"path": first.path,
			"line": first.line,
			"column": first.column,
			"end_column": first.end_column,
			"label": "what is shown comes from here, and nothing is kept on the device",
		}],
	}
}

not_applicable contains "it is not on a device" if not is_device

not_applicable contains "it relies on no other service" if not relies

# What reads from the device alone has a store there.
not_applicable contains "no code here is known to read, neither from elsewhere nor from a store" if {
	is_device
	relies
	count(repo.code(remote)) == 0
	count(repo.uncommented(repo.code(local))) == 0
}
