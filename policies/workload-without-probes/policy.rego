package polity

handlers := {"httpGet", "tcpSocket", "exec", "grpc"}

# Only what listens can be asked whether it is well, and what goes on: a job ends by itself. A container without an image is part of a patch.
containers contains row if {
	some m in repo.manifests("**/*.{yaml,yml,json}")
	repo.runs(m.path)
	m.pod.ends == false
	some group in ["containers", "initContainers"]
	is_array(m.pod.spec[group])
	some i, c in m.pod.spec[group]
	goes_on(group, c)
	c.image
	is_array(c.ports)
	count(c.ports) > 0
	row := {"path": m.path, "document": m.index, "owner": sprintf("%s `%v`", [m.document.kind, name_of(m.document)]), "at": array.concat(m.pod.at, [group, i]), "container": c}
}

goes_on(group, _) if group == "containers"

# A container that accompanies the others begins before them.
goes_on("initContainers", c) if c.restartPolicy == "Always"

deny contains finding if {
	some c in containers
	not is_open(c.container)
	some name in input.parameters.probes
	object.get(c.container, name, null) == null
	finding := {
		"message": sprintf("container `%v` has no `%s`", [object.get(c.container, "name", "unnamed"), name]),
		"path": c.path,
		"document": c.document,
		"at": array.concat(c.at, [name]),
		"label": sprintf("in %s", [c.owner]),
		"help": sprintf("add `%s` with `httpGet`, `tcpSocket`, `grpc` or `exec`", [name]),
		"note": "without probes traffic goes to instances that cannot serve, and instances that hang are never replaced",
	}
}

deny contains finding if {
	some c in containers
	some name in input.parameters.probes
	probe := c.container[name]
	is_object(probe)
	not is_open(probe)
	count({key | some key, handler in probe; key in handlers; handler != null}) == 0
	finding := {
		"message": sprintf("`%s` of container `%v` asks nothing", [name, object.get(c.container, "name", "unnamed")]),
		"path": c.path,
		"document": c.document,
		"at": array.concat(c.at, [name]),
		"help": "add one of `httpGet`, `tcpSocket`, `grpc` and `exec`",
	}
}

# A chart's block that cannot be known without rendering may hold anything.
is_open(value) if {
	is_object(value)
	some key, _ in value
	contains(key, "<templated>")
}

name_of(document) := object.get(document, ["metadata", "name"], "unnamed")

not_applicable contains "no container of a manifest listens" if count(containers) == 0
