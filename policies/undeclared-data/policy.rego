package polity

facts := input.service.facts

owned := {plain(name) | some name in object.get(facts, ["owns", "data"], [])} | {plain(one.data) | some one in object.get(facts, ["owns", "replicated"], [])}

# Tables by SQL, JPA, SQLAlchemy, Django and Alembic, Entity Framework, Rails, Laravel, Exposed, TypeORM, Drizzle, Sequelize and Ecto.
made := [hit |
	some found in [of_statements, of_code, of_changelogs, of_schemas, of_next_lines]
	some hit in found
]

of_statements := repo.search("**/*.sql", "(?i)^\\s*create\\s+(unlogged\\s+|foreign\\s+)?table\\s+(if\\s+not\\s+exists\\s+)?[\"`\\[]?([a-z0-9_]+[\"`\\]]?\\.[\"`\\[]?)?[a-z0-9_]+")

of_code := [object.union(hit, {"text": regex.replace(hit.text, `["'],\s*[\w.]*$|"\s+do$`, "")}) |
	some hit in repo.code(`@Table\([^\n)]*\bname\s*=\s*"[A-Za-z0-9_]+|__tablename__\s*=\s*["'][A-Za-z0-9_]+|\bdb_table\s*=\s*["'][A-Za-z0-9_]+|\[Table\("[A-Za-z0-9_]+|\bcreate_table[\s(]+[:"'][A-Za-z0-9_]+|\bcreateTable(?:IfNotExists)?\(\s*["'][A-Za-z0-9_]+|\bSchema::create\(\s*["'][A-Za-z0-9_]+|\.ToTable\(\s*"[A-Za-z0-9_]+|\bCreateTable\(\s*name:\s*"[A-Za-z0-9_]+|\bTableName\(\) string \{\s*return "[A-Za-z0-9_]+|@Entity\(\s*["'][A-Za-z0-9_]+|@Entity\(\{[^}\n]*\b(?:name|tableName)\s*:\s*["'][A-Za-z0-9_]+|\b(?:pg|mysql|sqlite)Table\(\s*["'][A-Za-z0-9_]+|\bobject\s+\w+\s*:\s*\w*Table\((?:name\s*=\s*)?"[A-Za-z0-9_]+|\bsequelize\.define\(\s*["'][A-Za-z0-9_]+|\bTable\(\s*["'][A-Za-z0-9_]+["'],\s*(?:meta|\w+\.meta)|^\s*schema\s+"[A-Za-z0-9_]+"\s+do\b|\bcreate\s+table\(:[A-Za-z0-9_]+`)
]

# Those of Liquibase, in XML, and in YAML and JSON.
of_changelogs := array.concat(repo.search("**/*.xml", `<createTable\b[^>\n]*\btableName="[A-Za-z0-9_]+`), [object.union(hit, {"path": path}) |
	some path in {one.path | some one in repo.search("**/*.{yaml,yml,json}", `\bcreateTable["']?\s*:`)}
	some document in repo.yaml(path)
	names := {value.createTable.tableName | walk(document, [_, value])}
	some hit in repo.matches(path, `\btableName["']?\s*:\s*["']?[A-Za-z0-9_]+`)
	regex.replace(hit.text, `^.*[^A-Za-z0-9_]`, "") in names
])

# Models of Prisma, by the name that they are mapped to.
of_schemas := [{"path": path, "line": hits[i].line, "text": sprintf("model %s", [name])} |
	some path in repo.glob("**/*.prisma")
	hits := repo.matches(path, `^model\s+\w+\s*\{`)
	some i, [_, model, body] in regex.find_all_string_submatch_n(`(?m)^model\s+(\w+)\s*\{([^}]*)\}`, repo.text(path), -1)
	# polity:equivalent a model has one name
	name := array.concat([mapped[1] | some mapped in regex.find_all_string_submatch_n(`@@map\(\s*(?:name:\s*)?"(\w+)`, body, 1)], [model])[0]
]

# Those whose name stands on the next line.
of_next_lines := [object.union(named, {"path": hit.path, "text": concat(" ", [hit.text, trim_space(named.text)])}) |
	some hit in array.concat(repo.search("**/*.sql", `(?i)^\s*create\s+table(\s+if\s+not\s+exists)?\s*$`), repo.code(`\b(?:CreateTable|create_table|createTable|(?:pg|mysql|sqlite)Table)\(\s*$|@Entity\(\{\s*$`))
	some named in repo.matches(hit.path, next[endswith(hit.path, ".sql")])
	named.line == hit.line + 1
]

next := {true: "^\\s*[\"`\\[]?(?:\\w+[\"`\\]]?\\.[\"`\\[]?)?\\w+", false: `^\s*(?:(?:name|tableName):\s*)?["'][A-Za-z0-9_]+`}

deny contains finding if {
	some name, hits in by_name
	not is_bookkeeping(name)
	not is_owned(plain(name))
	hit := sort([[other.how, other.path, other.line, other] | some other in hits])[0][3]
	finding := {
		"message": sprintf("table `%s` is not declared as data of this service", [name]),
		"path": hit.path,
		"line": hit.line,
		"label": sprintf("%s here", [hit.how]),
		"help": advice(hit.how, name),
	}
}

advice("made", name) := sprintf("add it to `owns: {data: [%s]}` in `polity.yaml`, so that others know whom to ask", [name])

advice("mapped", name) := sprintf("if it is this service's, add it to `owns: {data: [%s]}` in `polity.yaml`; if it is another one's, ask that one through its contract", [name])

# A class that stands for rows says nothing of who made the table.
how(text) := "mapped" if {
	regex.match(`^(@Table|@Entity|\[Table|\.ToTable|__tablename__|db_table|TableName|schema)`, text)
} else := "made"

# Several dialects make one table.
by_name[name] contains row if {
	some hit in made
	not regex.match(`(?i)(^|/)(tests?|fixtures|testdata|examples?|seeds?)/`, hit.path)
	name := lower(regex.replace(hit.text, `^.*[^A-Za-z0-9_]`, ""))
	# `CREATE TABLE IF NOT EXISTS` before a name that is filled in.
	name != "if"
	not is_past(hit)
	row := {"path": hit.path, "line": hit.line, "how": how(hit.text)}
}

# What Entity Framework knew at each migration; its snapshot, beside them, has the tables that there are.
is_past(hit) if endswith(hit.path, ".Designer.cs")

is_past(hit) if {
	regex.match(`^CreateTable\(`, hit.text)
	count(repo.glob(sprintf("%s*ModelSnapshot.cs", [regex.replace(hit.path, `[^/]*$`, "")]))) > 0
}

# A model is called by one of what its table has many of.
is_owned(name) if name in owned

is_owned(name) if sprintf("%ss", [name]) in owned

# What tools and patterns keep for themselves is nobody's business.
is_bookkeeping(name) if regex.match(`^_|migrations?$|^(flyway|liquibase|databasechangelog|ar_internal|alembic|aspnet|sqlite|django|auth|qrtz|spring|__)|(outbox|inbox|integrationeventlog|idempotency|processed_|dedup|_tmp$|_temp$|_backup$)`, name)

plain(name) := regex.replace(lower(name), `[^a-z0-9]`, "")

not_applicable contains "its code makes no table" if count(made) == 0
