package polity

facts := input.service.facts

owned := {plain(name) | some name in object.get(facts, ["owns", "data"], [])} | {plain(one.data) | some one in object.get(facts, ["owns", "replicated"], [])}

# Tables by SQL, JPA, SQLAlchemy and Django, Entity Framework and Rails.
made := array.concat(
	array.concat(of_changelogs, repo.search("**/*.sql", "(?i)^\\s*create\\s+(unlogged\\s+|foreign\\s+)?table\\s+(if\\s+not\\s+exists\\s+)?[\"`\\[]?([a-z0-9_]+[\"`\\]]?\\.[\"`\\[]?)?[a-z0-9_]+")),
	repo.code(`@Table\([^\n)]*\bname\s*=\s*"[A-Za-z0-9_]+|__tablename__\s*=\s*["'][A-Za-z0-9_]+|\bdb_table\s*=\s*["'][A-Za-z0-9_]+|\[Table\("[A-Za-z0-9_]+|\bcreate_table[\s(]+[:"'][A-Za-z0-9_]+|\bcreateTable(?:IfNotExists)?\(\s*["'][A-Za-z0-9_]+|\bSchema::create\(\s*["'][A-Za-z0-9_]+|\bCreateTable\(\s*name:\s*"[A-Za-z0-9_]+|\bTableName\(\) string \{\s*return "[A-Za-z0-9_]+|@Entity\(\s*["'][A-Za-z0-9_]+`),
)

# Those of Liquibase, in XML and in YAML.
of_changelogs := repo.search("**/*.xml", `<createTable\b[^>\n]*\btableName="[A-Za-z0-9_]+`)

deny contains finding if {
	some name, hits in by_name
	not is_bookkeeping(name)
	not plain(name) in owned
	hit := sort([[other.path, other.line, other] | some other in hits])[0][2]
	finding := {
		"message": sprintf("table `%s` is not declared as data of this service", [name]),
		"path": hit.path,
		"line": hit.line,
		"label": "made here",
		"help": sprintf("add it to `owns: {data: [%s]}` in `polity.yaml`, so that others know whom to ask", [name]),
	}
}

# Several dialects make one table.
by_name[name] contains row if {
	some hit in made
	not regex.match(`(?i)(^|/)(tests?|fixtures|testdata|examples?|seeds?)/`, hit.path)
	name := lower(regex.replace(hit.text, `^.*[^A-Za-z0-9_]`, ""))
	# `CREATE TABLE IF NOT EXISTS` before a name that is filled in.
	name != "if"
	row := {"path": hit.path, "line": hit.line}
}

# What tools and patterns keep for themselves is nobody's business.
is_bookkeeping(name) if regex.match(`^_|migrations?$|^(flyway|liquibase|databasechangelog|ar_internal|alembic|sqlite|django|auth|qrtz|spring|__)|(outbox|inbox|idempotency|processed_|dedup|_tmp$|_temp$|_backup$)`, name)

plain(name) := regex.replace(lower(name), `[^a-z0-9]`, "")

not_applicable contains "its code makes no table" if count(made) == 0
