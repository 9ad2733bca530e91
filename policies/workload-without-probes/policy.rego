package polity

handlers := {"httpGet", "tcpSocket", "exec", "grpc"}

# A job ends by itself; these go on and are asked.
kinds := {"Deployment", "StatefulSet", "DaemonSet"}

# Only what listens can be asked whether it is well. A container without an image is part of a patch.
containers contains {"path": m.path, "document": m.index, "owner": sprintf("%s `%v`", [m.document.kind, name_of(m.document)]), "at": ["spec", "template", "spec", "containers", i], "container": c} if {
	some m in repo.manifests("**/*.{yaml,yml}")
	repo.runs(m.path)
	m.document.kind in kinds
	listed := m.document.spec.template.spec.containers
	is_array(listed)
	some i, c in listed
	c.image
	is_array(c.ports)
	count(c.ports) > 0
}

deny contains {
	"message": sprintf("container `%v` has no %s", [object.get(c.container, "name", "unnamed"), words(missing)]),
	"path": c.path,
	"document": c.document,
	"at": array.concat(c.at, ["name"]),
	"label": sprintf("in %s", [c.owner]),
	"help": [sprintf("add `%s` with `httpGet`, `tcpSocket`, `grpc` or `exec`", [name]) | some name in missing],
	"note": "without probes traffic goes to instances that cannot serve, and instances that hang are never replaced",
} if {
	some c in containers
	not is_open(c.container)
	missing := [name | some name in input.parameters.probes; not c.container[name]]
	count(missing) > 0
}

deny contains {
	"message": sprintf("`%s` of container `%v` asks nothing", [name, object.get(c.container, "name", "unnamed")]),
	"path": c.path,
	"document": c.document,
	"at": array.concat(c.at, [name]),
	"help": "add one of `httpGet`, `tcpSocket`, `grpc` and `exec`",
} if {
	some c in containers
	some name in input.parameters.probes
	probe := c.container[name]
	is_object(probe)
	not is_open(probe)
	count({key | some key, _ in probe; key in handlers}) == 0
}

words(names) := concat(" and no ", [sprintf("`%s`", [name]) | some name in names])

# A chart's block that cannot be known without rendering may hold anything.
is_open(value) if {
	is_object(value)
	some key, _ in value
	contains(key, "<templated>")
}

name_of(document) := document.metadata.name if {
	document.metadata.name
} else := "unnamed"

not_applicable contains "no container of a manifest listens" if count(containers) == 0
