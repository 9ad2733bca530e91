package polity

not_applicable contains "no template made it: there is no `polity.lock`" if not repo.exists("polity.lock")

lock := repo.yaml("polity.lock")[0]

not_applicable contains "nothing is known here of the releases of its layers" if {
	is_array(lock.layers)
	count(known) == 0
}

known contains row if {
	some i, layer in lock.layers
	newer := input.releases[layer.name].newer
	row := {"index": i, "name": layer.name, "version": layer.version, "newer": newer}
}

too_many(newer) := [sprintf("%d newer releases, %d may be", [count(newer), input.parameters.max_releases]) |
	count(newer) > input.parameters.max_releases
]

too_old(newer) := [sprintf("%s waits for %d days, %d may pass", [newer[0].version, newer[0].days, input.parameters.max_days]) |
	newer[0].days > input.parameters.max_days
]

deny contains finding if {
	some layer in known
	reasons := array.concat(too_many(layer.newer), too_old(layer.newer))
	count(reasons) > 0
	finding := {
		"message": sprintf("layer `%s` %s lags behind %s", [layer.name, layer.version, layer.newer[count(layer.newer) - 1].version]),
		"path": "polity.lock",
		"at": ["layers", layer.index, "version"],
		"label": concat("; ", reasons),
		"help": "`polity update --dry-run --diff` shows what the newer ones change, `polity update` brings them",
	}
}
