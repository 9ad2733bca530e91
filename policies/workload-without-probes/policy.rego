package polity

handlers := {"httpGet", "tcpSocket", "exec", "grpc"}

# Only what listens can be asked whether it is well, and what goes on: a job ends by itself. A container without an image is part of a patch.
containers := [one |
	some one in repo.containers("**/*.{yaml,yml,json}")
	goes_on(one)
	one.container.image
	one.manifest.pod.ends == false
	is_array(one.container.ports)
	count(one.container.ports) > 0
]

goes_on(one) if one.group == "containers"

# A container that accompanies the others begins before them.
goes_on(one) if one.container.restartPolicy == "Always"

deny contains finding if {
	some one in containers
	some name in input.parameters.probes
	object.get(one.container, name, null) == null
	not is_open(one.container)
	m := one.manifest
	finding := {
		"message": sprintf("container `%v` has no `%s`", [object.get(one.container, "name", "unnamed"), name]),
		"path": m.path,
		"document": m.index,
		"at": array.concat(one.at, [name]),
		"label": sprintf("in %s `%v`", [m.document.kind, object.get(m.document, ["metadata", "name"], "unnamed")]),
		"help": sprintf("add `%s` with `httpGet`, `tcpSocket`, `grpc` or `exec`", [name]),
		"note": "without probes traffic goes to instances that cannot serve, and instances that hang are never replaced",
	}
}

deny contains finding if {
	some one in containers
	some name in input.parameters.probes
	probe := one.container[name]
	is_object(probe)
	count({key | some key in handlers; probe[key] != null}) == 0
	not is_open(probe)
	finding := {
		"message": sprintf("`%s` of container `%v` asks nothing", [name, object.get(one.container, "name", "unnamed")]),
		"path": one.manifest.path,
		"document": one.manifest.index,
		"at": array.concat(one.at, [name]),
		"help": "add one of `httpGet`, `tcpSocket`, `grpc` and `exec`",
	}
}

# A chart's block that cannot be known without rendering may hold anything.
is_open(value) if {
	some key, _ in value
	contains(key, "<templated>")
}

not_applicable contains "no container of a manifest listens" if count(containers) == 0
