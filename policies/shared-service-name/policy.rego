package polity

# What tests and examples describe runs beside nothing.
paths_of[name] contains path if {
	some root in input.services
	path := file(root)
	repo.runs(path)
	some document in repo.yaml(path)
	is_string(document.service.name)
	# Hosts, and dashboards beside each other, do not know them apart by their letters' case.
	name := lower(document.service.name)
}

file(root) := "polity.yaml" if {
	root == ""
} else := sprintf("%s/polity.yaml", [root])

# The first one keeps the name.
deny contains finding if {
	some name, paths in paths_of
	sorted := sort(paths)
	some i, path in sorted
	i > 0
	finding := {
		"message": sprintf("service `%s` has the name of another one", [name]),
		"path": path,
		"at": ["service", "name"],
		"label": "taken already",
		"also": [{"path": sorted[0], "at": ["service", "name"], "label": "the other one"}],
		"help": "give one of them a name of its own; traces, metrics, waivers and contracts are kept apart by it",
	}
}

not_applicable contains "there is no second service" if count([path | some paths in paths_of; some path in paths]) < 2
