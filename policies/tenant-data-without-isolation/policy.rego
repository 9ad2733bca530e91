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

# What migrations say, in the order in which they run: files by the numbers in their names, without comments and without what takes a migration back.
statements := [regex.replace(trim_space(regex.replace(lower(statement), `\s+`, " ")), block, "$1") |
	some row in sort([[numbered(path), path] | some path in {hit.path | some hit in repo.search("**/*.sql", `(?i)\b(row|policy)\b`)}])
	runs_forth(row[1])
	forth := regex.split(way_back, repo.text(row[1]))[0]
	plain := regex.replace(regex.replace(forth, `--[^\n]*|/\*[^*]*\*+([^/*][^*]*\*+)*/`, " "), `(?im)^[ \t]*(go|\\[a-z].*)\r?$`, ";")
	some statement in split(plain, ";")
]

# What stands before a statement in a block, such as one that goes on when the policy is there already.
block := `^.*\b(?:begin|then|else|loop) ((?:alter|create|drop) )`

runs_forth(path) if {
	repo.runs(path)
	not regex.match(`(?i)(^|[/._-])(down|undo|rollback|revert)s?(\.sql$|/)|(^|/)U[0-9][^/]*__[^/]*$`, path)
}

way_back := `(?im)^[ \t]*(--|#)[ \t/+-]*((goose|migrate|micrate)[: ]+down|!downs|@undo)\b`

# `V10` runs after `V9`.
numbered(path) := [part |
	some text in regex.find_n(`[0-9]+|[^0-9]+`, path, -1)
	digits := trim_left(text, "0")
	part := {true: [count(digits), digits], false: text}[regex.match(`^[0-9]`, text)]
]

# The statements of a form, and what stands in its groups.
stated(form) := [found |
	some statement in statements
	# polity:equivalent an expression that is bound to the start matches once
	some found in regex.find_all_string_submatch_n(form, statement, 1)
]

relation := "(?:[\"`\\[]?\\w+[\"`\\]]? ?\\. ?)*[\"`\\[]?(\\w+)"

switches := stated(sprintf(`^alter table (?:if exists )?(?:only )?%s\b.*\b(enable|disable) row level security`, [relation]))

# What each policy lets through; a statement that only renames one says nothing of that.
policies := [{"name": found[2], "table": found[3], "lets": which} |
	some found in stated(sprintf(`^(create|alter|drop) policy (?:if exists )?("[^"]*"|\S+) on %s\b(.*)`, [relation]))
	which := lets(found[1], found[4])
]

lets(verb, rest) := "none" if {
	verb == "drop"
} else := "all" if {
	is_constant(rest)
	not is_for_some(rest)
} else := "none" if {
	is_constant(rest)
} else := "fewer" if {
	regex.match(`^[^(]*\brestrictive\b`, rest)
	# polity:equivalent any word but the others
} else := "some" if {
	contains(rest, "(")
}

is_constant(rest) if regex.match(`^[^(]*\b(using|check) ?\(+ ?(true|1 ?= ?1) ?\)`, rest)

is_for_some(rest) if regex.match(`^[^(]*\b(restrictive|for (insert|update|delete))\b`, rest)

is_for_some(rest) if {
	regex.match(`^[^(]*\bto \w`, rest)
	not regex.match(`^[^(]*\bto public\b`, rest)
}

# The last word on each policy of a table.
let_through(table) := {which |
	some name in {one.name | some one in policies}
	words := [one.lets | some one in policies; one.table == table; one.name == name]
	which := words[count(words) - 1]
}

# SQL Server says all of it in one.
securities := [{"name": found[2], "tables": tables, "is_on": is_on} |
	some found in stated(`^(create|alter|drop) security policy (?:if exists )?(\S+)(.*)`)
	tables := {one[1] | some one in regex.find_all_string_submatch_n(sprintf(`\bon %s`, [relation]), found[3], -1)}
	is_on := {found[1] == "drop", regex.match(`\bstate ?= ?off\b`, found[3])} == {false}
]

is_secured(table) if {
	some one in securities
	table in one.tables
	states := [other.is_on | some other in securities; other.name == one.name]
	states[count(states) - 1]
}

# Why its rows are open to all. Both are needed, and neither may be taken back.
fault(table) := "no statement enables it" if {
	count(states(table)) == 0
} else := "a later statement disables it" if {
	states(table)[count(states(table)) - 1] == "disable"
} else := "no policy says whose rows are whose" if {
	count(let_through(table) - {"none"}) == 0
} else := "a policy lets all rows through" if {
	"all" in let_through(table)
	not "fewer" in let_through(table)
}

states(table) := [found[2] | some found in switches; found[1] == table]

deny contains finding if {
	is_tenant
	isolation == "row"
	some hit in repo.search("**/*.sql", "(?i)^[^-\\n]*create\\s+((unlogged|foreign)\\s+)?table\\s+(if\\s+not\\s+exists\\s+)?([\"`\\[]?[a-z0-9_]+[\"`\\]]?\\.)*[\"`\\[]?[a-z0-9_]+")
	table := name_of(hit.text)
	runs_forth(hit.path)
	table in {lower(name) | some name in facts.owns.data}
	not is_secured(table)
	reason := fault(table)
	finding := {
		"message": sprintf("table `%s` has no row-level security", [table]),
		"path": hit.path,
		"line": hit.line,
		"label": sprintf("%s, and it holds rows of every tenant by `%s`", [reason, facts.partitioning.key]),
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
