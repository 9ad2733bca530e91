package polity

kinds := {"Deployment", "StatefulSet", "DaemonSet"}

manifests := [m | some m in repo.manifests("**/*.{yaml,yml}"); not is_sample(m.path)]

budgets := [m | some m in manifests; m.document.kind == "PodDisruptionBudget"]

scalers := [m | some m in manifests; m.document.kind == "HorizontalPodAutoscaler"]

workloads contains m if {
	some m in manifests
	m.document.kind in kinds
	is_array(m.document.spec.template.spec.containers)
}

deny contains {
	"message": sprintf("container `%v` sets no `%s`", [object.get(c, "name", "unnamed"), concat("`, `", missing)]),
	"path": m.path,
	"document": m.index,
	"at": ["spec", "template", "spec", "containers", i, place],
	"label": sprintf("in %s `%v`", [m.document.kind, name_of(m.document)]),
	"help": "measure what it needs, and set `resources`: requests for the scheduler, a memory limit against leaks",
} if {
	some m in workloads
	some i, c in m.document.spec.template.spec.containers
	# A container without an image is part of a patch.
	c.image
	not is_open(c)
	missing := [path | some path in input.parameters.resources; not is_set(c, split(path, "."))]
	count(missing) > 0
	place := place_of(c)
}

place_of(c) := "resources" if {
	c.resources
} else := "name"

is_set(c, [part, name]) if c.resources[part][name]

# Inside a chart, a block may be known only when it is rendered.
is_set(c, _) if is_string(c.resources)

is_set(c, [part, _]) if is_string(c.resources[part])

is_set(c, [part, _]) if is_open(c.resources[part])

is_set(c, _) if is_open(c.resources)

# One instance is interrupted whatever a budget says; from two on a drain may take all of them at once.
deny contains {
	"message": sprintf("%s `%v` has no disruption budget", [m.document.kind, name_of(m.document)]),
	"path": m.path,
	"document": m.index,
	"at": place,
	"label": "more than one instance",
	"help": "add a PodDisruptionBudget that selects its pods, for example with `maxUnavailable: 1`",
} if {
	some m in workloads
	m.document.kind != "DaemonSet"
	m.document.spec.template.spec.containers[_].image
	place := several(m)
	not has_budget(m)
}

several(m) := ["spec", "replicas"] if {
	is_number(m.document.spec.replicas)
	m.document.spec.replicas > 1
}

several(m) := ["metadata", "name"] if {
	not m.document.spec.replicas
	some scaler in scalers
	scaler.document.spec.scaleTargetRef.kind == m.document.kind
	scaler.document.spec.scaleTargetRef.name == name_of(m.document)
	is_number(scaler.document.spec.minReplicas)
	scaler.document.spec.minReplicas > 1
}

has_budget(m) if {
	some budget in budgets
	selects(budget, m)
}

selects(budget, m) if {
	labels := budget.document.spec.selector.matchLabels
	is_object(labels)
	not is_open(labels)
	not has_open_member(labels)
	every name, value in labels {
		m.document.spec.template.metadata.labels[name] == value
	}
}

# A selector that cannot be known without rendering is taken for one of a workload of the same chart or folder.
selects(budget, m) if {
	is_unknown(budget.document.spec.selector)
	folder(budget.path) == folder(m.path)
}

selects(budget, m) if {
	budget.document.spec.selector.matchExpressions
	folder(budget.path) == folder(m.path)
}

is_unknown(selector) if is_string(selector)

is_unknown(selector) if is_open(selector)

is_unknown(selector) if is_string(selector.matchLabels)

is_unknown(selector) if is_open(selector.matchLabels)

is_unknown(selector) if has_open_member(selector.matchLabels)

folder(path) := trim_suffix(path, regex.find_n(`[^/]*$`, path, 1)[0])

is_open(value) if {
	is_object(value)
	some key, _ in value
	contains(key, "<templated>")
}

has_open_member(value) if {
	is_object(value)
	some _, member in value
	is_string(member)
	contains(member, "<templated>")
}

# What tests use is not what runs.
is_sample(path) if {
	regex.match(`(^|/)(([^/]*[-_.])?(tests?|testdata|fixtures?|e2e|testing)([-_.][^/]*)?|[^/]*[a-z]Tests?|test-?data|node_modules|vendor|third_party)/`, path)
}

name_of(document) := document.metadata.name if {
	document.metadata.name
} else := "unnamed"
