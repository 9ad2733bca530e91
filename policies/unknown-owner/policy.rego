package polity

# Teams of Backstage's catalog, by name, and those that the layer names.
teams contains known if {
	# A chart's template of that name is no plain YAML.
	some m in repo.manifests("**/*.{yaml,yml,json}")
	document := m.document
	document.kind == "Group"
	is_string(document.apiVersion)
	startswith(document.apiVersion, "backstage.io/")
	some name in [document.metadata.name, object.get(document, ["spec", "profile", "displayName"], document.metadata.name)]
	is_string(name)
	known := lower(name)
}

teams contains known if {
	some name in input.parameters.teams
	known := lower(name)
}

deny contains finding if {
	# Without a directory nobody is known and nobody is missing.
	count(teams) > 0
	some root in input.services
	path := file(root)
	some document in repo.yaml(path)
	owner := document.service.owner
	is_string(owner)
	count({lower(owner), slug(owner), lower(bare(owner))} & teams) == 0
	finding := {
		"message": sprintf("owner `%s` is in no team directory", [owner]),
		"path": path,
		"at": ["service", "owner"],
		"label": sprintf("%d teams are known", [count(teams)]),
		"help": array.concat([sprintf("name one of the known teams, or add this one to the directory: %s", [concat(", ", array.slice(sort(teams), 0, 5))])], []),
	}
}

# `group:default/payments` in Backstage, `@org/payments` on a forge.
bare(owner) := regex.replace(owner, `^(group:|@)([^/]*/)?`, "")

slug(owner) := trim(regex.replace(lower(owner), `[^a-z0-9]+`, "-"), "-")

file(root) := "polity.yaml" if {
	root == ""
} else := sprintf("%s/polity.yaml", [root])

not_applicable contains "there is no team directory" if count(teams) == 0
