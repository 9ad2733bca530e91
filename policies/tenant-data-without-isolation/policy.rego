package polity

facts := input.service.facts

is_tenant if facts.partitioning.kind == "tenant"

isolation := object.get(facts, ["partitioning", "isolation"], "none")

deny contains finding if {
	is_tenant
	isolation == "none"
	finding := {
		"message": "nothing keeps tenants apart",
		"path": "polity.yaml",
		"at": ["partitioning"],
		"label": "`isolation` is not set here",
		"help": "set `isolation: row` with row-level security in the store, or `schema`, `database` or `process`",
	}
}

# What the store enforces, on as many lines as it is written, and not in a comment.
secured := [lower(statement) |
	some path in {hit.path | some hit in repo.search("**/*.sql", `(?i)\b(row|policy)\b`)}
	some statement in split(regex.replace(repo.text(path), `--[^\n]*|/\*[^*]*\*+([^/*][^*]*\*+)*/`, " "), ";")
	regex.match(secures, statement)
]

secures := `(?is)^\s*(alter\s+table\s.*(enable|force)\s+row\s+level\s+security|create\s+(security\s+)?policy\s)`

is_secured(table) if count(about(table)) > 1

# SQL Server says both in one.
is_secured(table) if {
	some text in about(table)
	regex.match(`^\s*create\s+security\s`, text)
}

about(table) := [text | some text in secured; regex.match(sprintf(`\b%s\b`, [table]), text)]

deny contains finding if {
	is_tenant
	isolation == "row"
	some hit in repo.search("**/*.sql", "(?i)^[^-\\n]*create\\s+((unlogged|foreign)\\s+)?table\\s+(if\\s+not\\s+exists\\s+)?([\"`\\[]?[a-z0-9_]+[\"`\\]]?\\.)*[\"`\\[]?[a-z0-9_]+")
	table := name_of(hit.text)
	table in {lower(name) | some name in facts.owns.data}
	not is_secured(table)
	finding := {
		"message": sprintf("table `%s` has no row-level security", [table]),
		"path": hit.path,
		"line": hit.line,
		"label": sprintf("holds rows of every tenant by `%s`", [facts.partitioning.key]),
		"help": sprintf("`ALTER TABLE %s ENABLE ROW LEVEL SECURITY;` and a policy on `%s`, and connect as a role that is not the table's owner", [table, facts.partitioning.key]),
	}
}

name_of(text) := lower(regex.find_n(`[A-Za-z0-9_]+$`, text, 1)[0])

deny contains finding if {
	is_tenant
	isolation != "none"
	reason := untested(object.get(facts, ["partitioning", "test"], ""))
	finding := {
		"message": "no test tries to reach another tenant's data",
		"path": "polity.yaml",
		"at": ["partitioning", "test"],
		"label": reason,
		"help": "write one that creates as one tenant and reads, changes, lists and deletes as another, and name it: `test: tests/isolation.rs`",
	}
}

untested(test) := "`test` is not set" if {
	test in {"", null}
} else := "there is no such file" if {
	not repo.exists(test)
} else := "the file speaks of no tenant" if {
	count(repo.matches(test, `(?i)tenant`)) == 0
}

not_applicable contains "it is not partitioned by tenant" if not is_tenant
