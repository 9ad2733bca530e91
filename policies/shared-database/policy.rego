package polity

services := [{"root": root, "file": file(root), "facts": document} |
	some root in input.services
	some document in repo.yaml(file(root))
	is_object(document.service)
]

file(root) := sprintf("%spolity.yaml", [prefix(root)])

prefix(root) := "" if {
	root == ""
} else := sprintf("%s/", [root])

# The deepest root above a path.
root_of(path) := longest[count(longest) - 1][1] if {
	longest := sort([[count(root), root] | some root in input.services; startswith(path, prefix(root))])
}

owners[name] contains {"service": one, "index": i} if {
	some one in services
	listed := one.facts.owns.data
	is_array(listed)
	some i, entry in listed
	is_string(entry)
	name := lower(entry)
}

# Each of them is told, and only of itself: who joins is new, and the others stay what they were.
deny contains finding if {
	some name, found in owners
	some one in found
	others := sort([[other.service.file, other.index] | some other in found; other.service.root != one.service.root])
	finding := {
		"message": sprintf("data `%s` has another owner, too", [name]),
		"path": one.service.file,
		"at": ["owns", "data", one.index],
		"thing": name,
		"label": "declared here",
		"help": "let one service write it, and the other ask through its contract",
		"also": [{"path": others[0][0], "at": ["owns", "data", others[0][1]], "label": "and here"}],
	}
}

# Writes to a table that another service owns.
deny contains finding if {
	# polity:equivalent this only saves the search
	count(owners) > 0
	some hit in repo.uncommented(array.concat(repo.code(written), [sql | some sql in repo.search("**/*.sql", written); repo.runs(sql.path)]))
	not is_sentence(hit)
	# polity:equivalent there is one in each match
	name := lower(regex.find_all_string_submatch_n(writing, hit.text, 1)[0][1])
	# Of a library beside the services nobody says whose it is.
	root := root_of(hit.path)
	not root in {one.service.root | some one in owners[name]}
	owner := sort([[one.service.file, one] | some one in owners[name]])[0][1]
	finding := {
		"message": sprintf("`%s` is written here and owned by another service", [name]),
		"path": hit.path,
		"line": hit.line,
		"column": hit.column,
		"end_column": hit.end_column,
		"help": sprintf("ask `%s` through its contract", [owner.service.facts.service.name]),
		"also": [{"path": owner.service.file, "at": ["owns", "data", owner.index], "label": "the owner"}],
	}
}

# The name of a table, with or without that of its schema, and quotes that a text takes out of their meaning.
table := "\\s+(?:only\\s+)?(?:\\\\?[\"`\\[]?[a-z0-9_]+\\\\?[\"`\\]]?\\.)*\\\\?[\"`\\[]?([a-z0-9_]+)\\\\?[\"`\\]]?"

adding := `\b(?:(?:insert(?:\s+or\s+[a-z]+)?|replace|merge)\s+into|delete\s+from|truncate(?:\s+table)?)`

# A statement that writes, up to the name of the table.
writing := sprintf(`(?i)(?:%s|\bupdate|%s|\bcopy)%s`, [adding, changing, table])

# It changes what the table is.
changing := `\b(?:alter|drop)\s+table(?:\s+if\s+exists)?`

# And what follows it in a statement; a sentence goes on otherwise.
written := concat("|", [
	sprintf("(?i:%s%s(?:\\s+set|\\s*\\(|\\s+where|\\s+using|\\s*[\"'`;)]|\\s*$|\\s+values|\\s+select))", [adding, table]),
	sprintf(`(?i:\bupdate%s(?:\s+(?:as\s+)?[a-z_]\w*)?\s+set\b)`, [table]),
	sprintf("(?:\\bUPDATE|^\\s*update)(?i:%s)\\s*(?:[\"'`;)]|$)", [table]),
	sprintf("(?i:%s%s(?:\\s+(?:add|alter|drop|rename|modify|change|owner|enable|disable|cascade)\\b|\\s*[\"'`;)]|\\s*$))", [changing, table]),
	sprintf(`(?i:\bcopy%s(?:\s*\([^)\n]*\))?\s+from\s+(?:stdin|program|'))`, [table]),
])

# Words in a text that do not begin as a statement does: `could not delete from orders`.
is_sentence(hit) if {
	regex.match(`^[a-z]`, hit.text)
	before := substring(split(repo.text(hit.path), "\n")[hit.line - 1], 0, hit.column - 1)
	said := regex.replace(before, "^.*[\"'`]", "")
	said != before
	regex.match(`^\s*[A-Za-z][^;]*\s$`, said)
	not regex.match(`(?i)^\s*(?:with|explain|begin|if|do|set|create|select|insert|update|declare|merge|on|as)\b`, said)
}

# The same database in the settings of two services. An address holds a password, before the host or behind the name of the database.
url := `\b(jdbc:)?(postgres(ql)?|mysql|mariadb|sqlserver|mongodb(\+srv)?|cockroachdb)://(?:(?:\{\{[^}\n]*\}\}|\$\{[^}\n]*\}|\$\([^)\n]*\)|[^\s"'<>{}@/])*@)?[^\s"'<>{}$]+/[A-Za-z0-9_-]+`

# As .NET writes it.
pairs := `(?i)\b(server|host|data source)=[^;"'\s<>{}$]+;[^"'\n]*\b(database|initial catalog)=[A-Za-z0-9_-]+`

hits contains hit if {
	# polity:equivalent this only saves the search
	count(services) > 1
	some hit in repo.search("**/*.{yaml,yml,json,toml,properties,env,conf,ini}", url)
	not is_for_tests(hit.path)
}

hits contains hit if {
	# polity:equivalent this only saves the search
	count(services) > 1
	some hit in repo.search("**/*.{yaml,yml,json,config,env}", pairs)
	not is_for_tests(hit.path)
}

is_for_tests(path) if regex.match(`(?i)(^|/)(tests?|fixtures|examples?|e2e)/|localhost`, path)

# One on the own machine is nobody else's.
address_of(text) := plain(regex.replace(regex.replace(text, `^(jdbc:)?[a-z+]+://`, ""), `^.*@`, "")) if {
	regex.match(`^[a-z+:]+://`, text)
	not regex.match(`(?i)localhost|127\.0\.0\.1`, text)
}

address_of(text) := lower(sprintf("%s/%s", [regex.replace(host, `^tcp:|,1433$`, ""), regex.replace(text, `^.*=`, "")])) if {
	not regex.match(`^[a-z+:]+://`, text)
	not regex.match(`(?i)=(localhost|127\.0\.0\.1|\.|\(local)`, text)
	host := split(regex.replace(text, `^[^=]*=`, ""), ";")[0]
}

# A host has no case, and each store a port that need not be said.
plain(address) := concat("/", array.concat([host], array.slice(parts, 1, count(parts)))) if {
	parts := split(address, "/")
	host := regex.replace(lower(parts[0]), `:(5432|3306|1433|27017|26257)$`, "")
}

addresses[address] contains row if {
	some hit in hits
	address := address_of(hit.text)
	root := root_of(hit.path)
	not is_placed(hit)
	place := {"path": hit.path, "line": hit.line, "column": hit.column}
	row := {"root": root, "homes": [], "order": [hit.path, hit.line], "place": place}
}

# One file beside the services may be for many of them.
addresses[address] contains row if {
	some one in stated
	address := address_of(one.text)
	place := {"path": one.part.path, "document": one.part.document, "at": one.at}
	homes := [where | where := home(one.part, split(address, "/")[0])]
	row := {"root": one.part.root, "homes": homes, "order": [one.part.path, one.part.document, one.at], "place": place}
}

stated contains row if {
	some part in sections
	walk(part.value, [at, value])
	is_string(value)
	some pattern in [url, pairs]
	some text in regex.find_n(pattern, value, -1)
	row := {"part": part, "text": text, "at": array.concat(part.at, at)}
}

# It is known whose these are.
placed[path] contains text if {
	some one in stated
	path := one.part.path
	text := one.text
}

is_placed(hit) if hit.text in placed[hit.path]

shared contains path if {
	some hit in hits
	path := hit.path
	not root_below(path)
	repo.runs(path)
}

root_below(path) := root if {
	root := root_of(path)
	root != ""
}

# One for tests is no service's setting.
composes(path) if {
	regex.match(`(^|/)((docker-)?compose[^/]*|[^/]+\.compose)\.ya?ml$`, path)
	not regex.match(`(?i)[._-](tests?|e2e|ci|integration)\.[^/]*$`, path)
}

# Services of Compose, by the folder that they are built from, or else by their names.
sections contains part if {
	some path in shared
	composes(path)
	some i, document in repo.yaml(path)
	is_object(document.services)
	some name, value in document.services
	root := root_of_service(value, regex.replace(path, `[^/]*$`, ""), name)
	hosts := {lower(host): path | some host, _ in document.services}
	part := {"path": path, "document": i, "at": ["services", name], "value": value, "root": root, "hosts": hosts}
}

# Objects of Kubernetes, by their names.
sections contains part if {
	some path in shared
	regex.match(`(?i)\.(ya?ml|json)$`, path)
	some one in repo.manifests("**/*.{yaml,yml,json}")
	one.path == path
	is_string(one.document.metadata.name)
	root := named(trim_prefix(one.document.metadata.name, "<templated>-"))
	part := {"path": one.path, "document": one.index, "at": [], "value": one.document, "root": root}
}

# Where a short name of a host is looked up: two stacks may have a `db` each.
home(part, host) := found if {
	found := part.hosts[host]
} else := found if {
	not contains(host, ".")
	found := part.value.metadata.namespace
}

# What is built in the root of the repository may have the name of a service below; what nothing is said of is nobody's.
root_of_service(service, above, name) := root if {
	root := root_below(resolved(above, sprintf("%s/x", [context(service.build)])))
} else := root if {
	root := root_below(resolved(above, sprintf("%s/%s", [context(service.build), service.build.dockerfile])))
} else := root if {
	root := named(name)
} else := root_of(resolved(above, sprintf("%s/x", [context(service.build)])))

# A name that one service has, or else one folder of a service.
named(name) := root if {
	roots := {one.root | some one in services; one.facts.service.name == name}
	count(roots) == 1
	some root in roots
} else := root if {
	roots := {one.root | some one in services; regex.replace(one.root, `^.*/`, "") == name}
	count(roots) == 1
	some root in roots
}

context(build) := build if is_string(build)

context(build) := object.get(build, "context", ".") if is_object(build)

# A way from a folder, which may begin with steps up.
resolved(above, way) := concat("/", array.concat(array.slice(folders, 0, count(folders) - ups), down)) if {
	not startswith(way, "/")
	folders := steps(above)
	ups := count([step | some step in split(way, "/"); step == ".."])
	down := [step | some step in steps(way); step != ".."]
	ups <= count(folders)
}

steps(path) := [step | some step in split(path, "/"); not step in {"", "."}]

deny contains finding if {
	some address, found in addresses
	some one in found
	others := sort([[other.order, other] | some other in found; other.root != one.root; not is_apart(one.homes, other.homes)])
	other := others[0][1]
	finding := object.union(one.place, {
		"message": sprintf("another service is set to use the database `%s`, too", [address]),
		"thing": address,
		"redact": true,
		"label": "used here",
		"help": "give each service a database, or a schema and a role, of its own",
		"also": [object.union(other.place, {"redact": true, "label": "and here"})],
	})
}

is_apart(homes, others) if homes[0] != others[0]

not_applicable contains "there is no second service" if count(services) < 2
