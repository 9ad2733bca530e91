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

# Each of them is told: none of them is the first, whatever their folders are called.
deny contains finding if {
	some name, paths in paths_of
	some path in paths
	others := sort([other | some other in paths; other != path])
	finding := {
		"message": sprintf("service `%s` has the name of another one", [name]),
		"path": path,
		"at": ["service", "name"],
		"label": "taken twice",
		"also": [{"path": others[0], "at": ["service", "name"], "label": "the other one"}],
		"help": "give one of them a name of its own; traces, metrics, waivers and contracts are kept apart by it",
	}
}

not_applicable contains "there is no second service" if count([path | some paths in paths_of; some path in paths]) < 2
