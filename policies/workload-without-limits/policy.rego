package polity

manifests := [m | some m in repo.manifests("**/*.{yaml,yml,json}"); m.runs]

budgets := [m | some m in manifests; m.document.kind == "PodDisruptionBudget"]

scalers := [m | some m in manifests; m.document.kind == "HorizontalPodAutoscaler"]

workloads := [m | some m in manifests; is_array(m.pod.spec.containers)]

# A container without an image is part of a patch.
containers := [one |
	some one in repo.containers("**/*.{yaml,yml,json}")
	one.group != "ephemeralContainers"
	one.container.image
]

asked := [{"path": path, "part": part, "name": name, "parts": object.get(sources, part, [part])} |
	some path in input.parameters.resources
	part := split(path, ".")[0]
	name := trim_prefix(path, sprintf("%s.", [part]))
]

# Where only a limit is set, Kubernetes requests as much.
sources := {"requests": ["requests", "limits"]}

# Containers have resources of their own, or share those of the pod.
deny contains finding if {
	some one in containers
	some ask in asked
	m := one.manifest
	# polity:equivalent this only saves the call
	object.get(one.container, ["resources", ask.part, ask.name], null) in {null, ""}
	not is_set(one.container, ask)
	not is_set(m.pod.spec, ask)
	not is_open(one.container)
	not is_given(m, ask.part, ask.name)
	finding := {
		"message": sprintf("container `%v` sets no `%s`", [object.get(one.container, "name", "unnamed"), ask.path]),
		"path": m.path,
		"document": m.index,
		"at": array.concat(one.at, ["resources", ask.part, ask.name]),
		"label": sprintf("in %s `%v`", [m.document.kind, name_of(m.document)]),
		"help": "measure what it needs, and set `resources`: requests for the scheduler, a memory limit against leaks",
	}
}

is_set(c, ask) if {
	some part in ask.parts
	not object.get(c, ["resources", part, ask.name], null) in {null, ""}
}

is_set(c, ask) if {
	some part in ask.parts
	is_unknown_in(c, part)
}

# Inside a chart, a block may be known only when it is rendered.
is_unknown_in(c, _) if is_string(c.resources)

is_unknown_in(c, _) if is_open(c.resources)

is_unknown_in(c, part) if is_string(c.resources[part])

is_unknown_in(c, part) if is_open(c.resources[part])

# What a LimitRange sets for containers that say nothing: of its namespace where both name one, else beside them.
is_given(m, part, name) if {
	some range in ranges
	is_of(range, m)
	some key in fallbacks[part]
	amount := range.limit[key][name]
	not amount in {null, ""}
}

ranges contains row if {
	some m in manifests
	m.document.kind == "LimitRange"
	is_array(m.document.spec.limits)
	some limit in m.document.spec.limits
	limit.type == "Container"
	row := {"m": m, "limit": limit}
}

# Without an amount of its own kind, Kubernetes takes the next one.
fallbacks := {"limits": ["default", "max"], "requests": ["defaultRequest", "default", "max", "min"]}

is_of(range, m) if {
	range.m.document.metadata.namespace == m.document.metadata.namespace
	not is_vague(m.document.metadata.namespace)
}

is_of(range, m) if {
	folder(range.m.path) == folder(m.path)
	not is_apart(range.m.document, m.document)
}

is_apart(one, other) if {
	one.metadata.namespace != other.metadata.namespace
	not is_vague([one.metadata.namespace, other.metadata.namespace])
}

# One instance is interrupted whatever a budget says; from two on a drain may take all of them at once.
deny contains finding if {
	some m in workloads
	m.document.kind != "DaemonSet"
	m.pod.spec.containers[_].image
	place := several(m)
	not has_budget(m)
	finding := {
		"message": sprintf("%s `%v` has no disruption budget", [m.document.kind, name_of(m.document)]),
		"path": m.path,
		"document": m.index,
		"at": place,
		"label": "more than one instance",
		"help": "add a PodDisruptionBudget that selects its pods, for example with `maxUnavailable: 1`",
	}
}

several(m) := ["spec", "replicas"] if {
	is_number(m.document.spec.replicas)
	m.document.spec.replicas > 1
}

several(m) := ["metadata", "name"] if {
	not m.document.spec.replicas
	some scaler in minimums[[m.document.kind, name_of(m.document)]]
	scaler.smallest > 1
	# Variants of one deployment have one name: a scaler is of those that are nearest to it.
	near := nearness(scaler.path, m.path)
	count([other | some other in workloads; is_same(other, m); nearness(scaler.path, other.path) > near]) == 0
}

minimums[target] contains row if {
	some scaler in scalers
	target := [scaler.document.spec.scaleTargetRef.kind, scaler.document.spec.scaleTargetRef.name]
	is_number(scaler.document.spec.minReplicas)
	row := {"smallest": scaler.document.spec.minReplicas, "path": scaler.path}
}

is_same(one, other) if {
	name_of(one.document) == name_of(other.document)
	one.document.kind == other.document.kind
}

# How many folders two files share, from the top.
nearness(one, other) := count([n | some n in numbers.range(1, count(split(one, "/")) - 1); startswith(other, sprintf("%s/", [concat("/", array.slice(split(one, "/"), 0, n))]))])

# What each budget wants, by one of its labels, so that a workload is compared with few. What a chart leaves open is compared below.
wanted_by_label[label] contains row if {
	some budget in budgets
	selector := budget.document.spec.selector
	not selector.matchExpressions
	is_object(selector.matchLabels) # polity:equivalent what is no map has no members
	wanted := {[key, value] | some key, value in selector.matchLabels}
	not is_vague(wanted)
	label := min(wanted)
	row := {"budget": budget, "wanted": wanted}
}

labels_by_path[path] contains labels if {
	some m in workloads
	path := m.path
	is_object(m.pod.metadata.labels) # polity:equivalent what is no map has no members
	labels := {[key, value] | some key, value in m.pod.metadata.labels}
}

# The files with pods that have all labels that a budget wants.
selected[wanted] contains path if {
	some path, all in labels_by_path
	some labels in all
	some label in labels
	some row in wanted_by_label[label]
	wanted := row.wanted
	count(wanted - labels) == 0
}

has_budget(m) if {
	given := m.pod.metadata.labels
	is_object(given) # polity:equivalent what is no map has no members
	labels := {[key, value] | some key, value in given}
	some label in labels
	some row in wanted_by_label[label]
	count(row.wanted - labels) == 0
	not is_apart(row.budget.document, m.document)
	# Services in folders of their own have the same labels: without a namespace, a budget is of those that are nearest to it.
	near := nearness(row.budget.path, m.path)
	count([path | some path in selected[row.wanted]; nearness(row.budget.path, path) > near]) == 0
}

# A selector without labels selects everything in its namespace. What cannot be known without rendering is taken for what fits, of the
# same chart or folder.
has_budget(m) if {
	some budget in budgets
	is_of({"m": budget}, m)
	selector := budget.document.spec.selector
	selector != null
	not refuses(selector, m)
}

# Whether a label that is known keeps a workload out.
refuses(selector, m) if {
	is_object(selector.matchLabels) # polity:equivalent what is no map has no members
	some key, value in selector.matchLabels
	not may_be(m, key, [value])
}

refuses(selector, m) if {
	some one in expressions(selector, "In")
	is_array(one.values)
	not may_be(m, one.key, one.values)
}

refuses(selector, m) if {
	some one in expressions(selector, "NotIn")
	is_array(one.values) # polity:equivalent what is no list has no elements
	labels_of(m)[one.key] in one.values
	not is_vague([labels_of(m)[one.key]])
}

refuses(selector, m) if {
	some one in expressions(selector, "Exists")
	not may_be(m, one.key, ["<templated>"])
}

refuses(selector, m) if {
	some one in expressions(selector, "DoesNotExist")
	labels_of(m)[one.key]
}

expressions(selector, operator) := [one |
	is_array(selector.matchExpressions) # polity:equivalent what is no list has no elements
	some one in selector.matchExpressions
	one.operator == operator
]

# Whether a label may have one of these values.
may_be(m, key, values) if {
	some value in values
	fits(sprintf("%v", [labels_of(m)[key]]), sprintf("%v", [value]))
}

may_be(_, key, _) if is_vague(key)

# Where a part of the labels is not known, others may be.
may_be(m, key, _) if {
	is_vague(labels_of(m))
	not labels_of(m)[key]
}

labels_of(m) := object.get(m.pod, ["metadata", "labels"], {})

# Two texts that may be the same, by what is known at their beginnings and ends.
fits(one, other) if one == other

fits(one, other) if {
	is_vague([one, other])
	a := split(one, "<templated>")
	b := split(other, "<templated>")
	is_edge(startswith(a[0], b[0]), startswith(b[0], a[0]))
	is_edge(endswith(a[count(a) - 1], b[count(b) - 1]), endswith(b[count(b) - 1], a[count(a) - 1]))
}

is_edge(one, other) if true in {one, other}

is_vague(values) if contains(sprintf("%v", [values]), "<templated>")

# The folder of a file, or the one of its chart.
# polity:equivalent folders are only compared with each other
folder(path) := regex.replace(path, `(^|/)(templates/.*|[^/]*)$`, "")

is_open(value) if {
	is_object(value) # polity:equivalent what is no map has no named members
	some key, _ in value
	contains(key, "<templated>")
}

name_of(document) := object.get(document, ["metadata", "name"], "unnamed")

not_applicable contains "no manifest has a workload" if count(workloads) == 0
