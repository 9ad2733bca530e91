package polity

facts := input.service.facts

owned := {plain(name) | some name in object.get(facts, ["owns", "data"], [])} | {plain(one.data) | some one in object.get(facts, ["owns", "replicated"], [])}

# Tables by SQL, JPA, SQLAlchemy and Django, Entity Framework and Rails.
made := array.concat(
	array.concat(array.concat(of_changelogs, of_migrations), repo.search("**/*.sql", "(?i)^\\s*create\\s+(unlogged\\s+|foreign\\s+)?table\\s+(if\\s+not\\s+exists\\s+)?[\"`\\[]?([a-z0-9_]+[\"`\\]]?\\.[\"`\\[]?)?[a-z0-9_]+")),
	repo.code(`@Table\([^\n)]*\bname\s*=\s*"[A-Za-z0-9_]+|__tablename__\s*=\s*["'][A-Za-z0-9_]+|\bdb_table\s*=\s*["'][A-Za-z0-9_]+|\[Table\("[A-Za-z0-9_]+|\bcreate_table[\s(]+[:"'][A-Za-z0-9_]+|\bcreateTable(?:IfNotExists)?\(\s*["'][A-Za-z0-9_]+|\bSchema::create\(\s*["'][A-Za-z0-9_]+|\.ToTable\(\s*"[A-Za-z0-9_]+|\bCreateTable\(\s*name:\s*"[A-Za-z0-9_]+|\bTableName\(\) string \{\s*return "[A-Za-z0-9_]+|@Entity\(\s*["'][A-Za-z0-9_]+`),
)

# Those of Liquibase, in XML and in YAML.
of_changelogs := repo.search("**/*.xml", `<createTable\b[^>\n]*\btableName="[A-Za-z0-9_]+`)

# Those of Entity Framework, which names them on the next line.
of_migrations := [object.union(named, {"path": hit.path}) |
	some hit in repo.code(`\bCreateTable\(\s*$`)
	some named in repo.matches(hit.path, `^\s*name:\s*"[A-Za-z0-9_]+`)
	named.line == hit.line + 1
]

deny contains finding if {
	some name, hits in by_name
	not is_bookkeeping(name)
	not plain(name) in owned
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
	regex.match(`^(@Table|@Entity|\[Table|\.ToTable|__tablename__|db_table|TableName)`, text)
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
	regex.match(`^CreateTable\(|^\s*name:`, hit.text)
	count(repo.glob(sprintf("%s*ModelSnapshot.cs", [regex.replace(hit.path, `[^/]*$`, "")]))) > 0
}

# What tools and patterns keep for themselves is nobody's business.
is_bookkeeping(name) if regex.match(`^_|migrations?$|^(flyway|liquibase|databasechangelog|ar_internal|alembic|aspnet|sqlite|django|auth|qrtz|spring|__)|(outbox|inbox|integrationeventlog|idempotency|processed_|dedup|_tmp$|_temp$|_backup$)`, name)

plain(name) := regex.replace(lower(name), `[^a-z0-9]`, "")

not_applicable contains "its code makes no table" if count(made) == 0
