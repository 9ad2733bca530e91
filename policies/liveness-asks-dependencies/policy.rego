package polity

deny contains finding if {
	some one in repo.containers("**/*.{yaml,yml,json}")
	probe := one.container.livenessProbe
	reason := fault(one.container, probe)
	m := one.manifest
	finding := {
		"message": sprintf("liveness of container `%v` %s", [object.get(one.container, "name", "unnamed"), reason]),
		"path": m.path,
		"document": m.index,
		"at": array.concat(one.at, ["livenessProbe"]),
		"label": sprintf("in %s `%v`", [m.document.kind, object.get(m.document, ["metadata", "name"], "unnamed")]),
		"help": "let liveness ask only whether the process itself answers, and readiness whether it can serve",
		"note": "when the dependency fails, all instances are restarted at once, and then all of them warm up at once",
	}
}

fault(_, probe) := sprintf("asks `%s`, which tells whether it can serve", [path]) if {
	path := probe.httpGet.path
	regex.match(`(?i)(^|/)(ready|readyz|readiness)([/?]|$)`, path)
}

# Spring's sum of all its indicators: database, queue, disk.
fault(_, probe) := sprintf("asks `%s`, the sum over all dependencies", [path]) if {
	path := probe.httpGet.path
	regex.match(`(^|/)(actuator|manage|management)/health/?$`, path)
}

# A store that is asked by its own container is no dependency.
fault(c, probe) := sprintf("runs `%s`", [tool]) if {
	command := probe.exec.command
	is_array(command) # polity:equivalent what is no list has no elements
	# polity:equivalent one tool is enough
	tool := regex.find_n(`\b(pg_isready|psql|mysqladmin|mysql|redis-cli|valkey-cli|mongosh?|cqlsh|rabbitmqctl|kafka-topics(\.sh)?)\b`, concat(" ", [word | some word in command; is_string(word)]), 1)[0]
	# polity:equivalent without an image it has no name of a store
	not regex.match(`(?i)(postgres|pg|mysql|maria|percona|redis|valkey|mongo|cassandra|scylla|rabbit|kafka|timescale|database|sql|bitnami)`, object.get(c, "image", ""))
}

# A program that asks by itself.
fault(_, probe) := "asks whether it can serve" if {
	command := probe.exec.command
	is_array(command) # polity:equivalent what is no list has no elements
	regex.match(`(?i)\b(curl|wget)\b[^|;&]*/(ready|readyz|readiness)\b`, concat(" ", [text | some text in command; is_string(text)]))
}

# Spring's group of liveness.
deny contains finding if {
	some hit in repo.search("**/application*.properties", `^management\.endpoint\.health\.group\.liveness\.include\s*[=:].*`)
	repo.runs(hit.path)
	name := asked(hit.text)
	finding := {
		"message": sprintf("liveness includes `%s`", [name]),
		"path": hit.path,
		"line": hit.line,
		"help": "leave `livenessState` alone in this group, and put what the service needs into `readiness`",
	}
}

deny contains finding if {
	some path in settings
	repo.runs(path)
	count(repo.matches(path, `\bliveness\b`)) > 0
	some i, document in repo.yaml(path)
	walk(document, [at, value])
	concat(".", [key | some key in at; is_string(key)]) == "management.endpoint.health.group.liveness.include"
	is_string(value)
	name := asked(value)
	finding := {
		"message": sprintf("liveness includes `%s`", [name]),
		"path": path,
		"document": i,
		"at": at,
		"help": "leave `livenessState` alone in this group, and put what the service needs into `readiness`",
	}
}

settings := {hit.path | some hit in repo.search("**/application*.{yaml,yml}", `^management\b`)}

# polity:equivalent one name is enough
asked(group) := regex.find_n(`\b(?:db|mongo|redis|rabbit|kafka|cassandra|elasticsearch|jms|ldap|mail|neo4j|couchbase|influxDb|r2dbc)\b|\*`, group, 1)[0]

not_applicable contains "there is neither a manifest nor a setting of Spring" if {
	count(repo.manifests("**/*.{yaml,yml,json}")) == 0
	count(repo.glob("**/application*.properties")) == 0
	count(settings) == 0
}
