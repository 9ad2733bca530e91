package polity

kinds := {"Deployment", "StatefulSet", "DaemonSet"}

manifests := [m | some m in repo.manifests("**/*.{yaml,yml}"); repo.runs(m.path)]

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
	some scaler in minimums[[m.document.kind, name_of(m.document)]]
	scaler.smallest > 1
	# Variants of one deployment have one name: a scaler is of those that are nearest to it.
	near := nearness(scaler.path, m.path)
	count([other | some other in workloads; is_same(other, m); nearness(scaler.path, other.path) > near]) == 0
}

minimums[target] contains {"smallest": scaler.document.spec.minReplicas, "path": scaler.path} if {
	some scaler in scalers
	target := [scaler.document.spec.scaleTargetRef.kind, scaler.document.spec.scaleTargetRef.name]
	is_number(scaler.document.spec.minReplicas)
}

is_same(one, other) if {
	name_of(one.document) == name_of(other.document)
	one.document.kind == other.document.kind
}

# How many folders two files share, from the top.
nearness(one, other) := count([n | some n in numbers.range(1, count(split(one, "/")) - 1); startswith(other, sprintf("%s/", [concat("/", array.slice(split(one, "/"), 0, n))]))])

# What each budget wants, by one of its labels, so that a workload is compared with few.
wanted_by_label[label] contains wanted if {
	some budget in budgets
	labels := budget.document.spec.selector.matchLabels
	is_object(labels) # polity:equivalent what is no map has no members
	not is_unknown(budget.document.spec.selector)
	wanted := {[key, value] | some key, value in labels}
	label := min(wanted)
}

# A selector without labels selects everything; one that cannot be known without rendering is taken for one of a workload of the
# same chart or folder.
open_folders contains folder(budget.path) if {
	some budget in budgets
	selector := object.get(budget.document, ["spec", "selector"], {})
	is_wide(selector)
}

is_wide(selector) if is_unknown(selector)

is_wide(selector) if selector.matchExpressions

selects_all if {
	some budget in budgets
	budget.document.spec.selector.matchLabels == {}
}

selects_all if {
	some budget in budgets
	budget.document.spec.selector == {}
}

has_budget(_) if selects_all

has_budget(m) if folder(m.path) in open_folders

has_budget(m) if {
	given := m.document.spec.template.metadata.labels
	is_object(given) # polity:equivalent what is no map has no members
	labels := {[key, value] | some key, value in given}
	some label in labels
	some wanted in wanted_by_label[label]
	count(wanted - labels) == 0
}

is_unknown(selector) if is_string(selector)

is_unknown(selector) if is_open(selector)

is_unknown(selector) if is_string(selector.matchLabels)

is_unknown(selector) if is_open(selector.matchLabels)

is_unknown(selector) if has_open_member(selector.matchLabels)

# polity:equivalent folders are only compared with each other
folder(path) := regex.replace(path, `[^/]*$`, "")

is_open(value) if {
	is_object(value) # polity:equivalent what is no map has no named members
	some key, _ in value
	contains(key, "<templated>")
}

has_open_member(value) if {
	is_object(value) # polity:equivalent what is no map has no named members
	some _, member in value
	is_string(member)
	contains(member, "<templated>")
}

name_of(document) := document.metadata.name if {
	document.metadata.name
} else := "unnamed"

not_applicable contains "no manifest has a workload" if count(workloads) == 0
