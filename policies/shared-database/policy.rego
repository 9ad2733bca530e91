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
addresses[address] contains row if {
	# polity:equivalent this only saves the search
	count(services) > 1
	some hit in repo.search("**/*.{yaml,yml,json,toml,properties,env,conf,ini}", `\b(jdbc:)?(postgres(ql)?|mysql|mariadb|sqlserver|mongodb(\+srv)?|cockroachdb)://(?:(?:\{\{[^}\n]*\}\}|\$\{[^}\n]*\}|\$\([^)\n]*\)|[^\s"'<>{}@/])*@)?[^\s"'<>{}$]+/[A-Za-z0-9_-]+`)
	not regex.match(`(?i)(^|/)(tests?|fixtures|examples?|e2e)/|localhost|127\.0\.0\.1`, sprintf("%s %s", [hit.path, hit.text]))
	root := root_of(hit.path)
	address := plain(regex.replace(regex.replace(hit.text, `^(jdbc:)?[a-z+]+://`, ""), `^.*@`, ""))
	row := {"root": root, "path": hit.path, "line": hit.line, "column": hit.column}
}

# A host has no case, and each store a port that need not be said.
plain(address) := concat("/", array.concat([host], array.slice(parts, 1, count(parts)))) if {
	parts := split(address, "/")
	host := regex.replace(lower(parts[0]), `:(5432|3306|1433|27017|26257)$`, "")
}

# As .NET writes it.
addresses[address] contains row if {
	# polity:equivalent this only saves the search
	count(services) > 1
	some hit in repo.search("**/*.{yaml,yml,json,config,env}", `(?i)\b(server|host|data source)=[^;"'\s<>{}$]+;[^"'\n]*\b(database|initial catalog)=[A-Za-z0-9_-]+`)
	not regex.match(`(?i)(^|/)(tests?|fixtures|examples?|e2e)/|=(localhost|127\.0\.0\.1|\.|\(local)`, sprintf("%s %s", [hit.path, hit.text]))
	root := root_of(hit.path)
	host := split(regex.replace(hit.text, `^[^=]*=`, ""), ";")[0]
	address := lower(sprintf("%s/%s", [regex.replace(host, `^tcp:|,1433$`, ""), regex.replace(hit.text, `^.*=`, "")]))
	row := {"root": root, "path": hit.path, "line": hit.line, "column": hit.column}
}

deny contains finding if {
	some address, found in addresses
	some one in found
	others := sort([[other.path, other.line, other] | some other in found; other.root != one.root])
	other := others[0][2]
	finding := {
		"message": sprintf("another service is set to use the database `%s`, too", [address]),
		"path": one.path,
		"line": one.line,
		"column": one.column,
		"thing": address,
		"redact": true,
		"label": "used here",
		"help": "give each service a database, or a schema and a role, of its own",
		"also": [{"path": other.path, "line": other.line, "column": other.column, "redact": true, "label": "and here"}],
	}
}

not_applicable contains "there is no second service" if count(services) < 2
