package polity

facts := input.service.facts

key := facts.partitioning.key if is_string(facts.partitioning.key)

is_divided if facts.partitioning.kind in {"tenant", "geographic"}

is_divided if count(facts.residency) > 0

deny contains finding if {
	is_divided
	not key
	finding := {
		"message": "nothing decides where a record lives",
		"path": "polity.yaml",
		"at": ["partitioning"],
		"label": "`key` is not set here",
		"help": "name the field that every record and every request carries, for example `partitioning: {kind: tenant, key: tenant_id}`",
	}
}

# `tenant_id`, `tenant-id` and `tenantId` are one name.
words := [word |
	some word in split(regex.replace(regex.replace(key, `([a-z0-9])([A-Z])`, "$1 $2"), `[^\pL\pN]+`, " "), " ")
	word != ""
]

pattern := sprintf(`(?i)%s`, [concat("[_-]?", words)]) if count(words) > 0

# `polity.yaml` names it, too, and proves nothing.
is_carried if {
	some hit in repo.uncommented(repo.search("**/*.{sql,yaml,yml,json,proto,graphql,prisma}", pattern))
	hit.path != "polity.yaml"
}

is_carried if count(repo.uncommented(repo.code(pattern))) > 0

deny contains finding if {
	is_divided
	not is_carried
	finding := {
		"message": sprintf("partition key `%s` is in no contract, table or code", [key]),
		"path": "polity.yaml",
		"at": ["partitioning", "key"],
		"label": "nothing carries it",
		"help": "carry it in every request and store it with every record",
	}
}

not_applicable contains "it is not partitioned by tenant or region" if not is_divided
