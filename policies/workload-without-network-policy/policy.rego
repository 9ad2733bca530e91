package polity

manifests := [m | some m in repo.manifests("**/*.{yaml,yml,json}"); m.runs]

of_namespaces := {"NetworkPolicy", "CiliumNetworkPolicy", "AuthorizationPolicy"}

of_clusters := {"CiliumClusterwideNetworkPolicy", "GlobalNetworkPolicy", "AdminNetworkPolicy", "BaselineAdminNetworkPolicy"}

kinds := of_namespaces | of_clusters

# Each with the labels that it selects, and its folder and namespace.
policies := [{"spec": spec, "labels": labels_of(spec), "asks": asks, "here": folder(m.path), "within": namespace(m.document)} |
	some m in manifests
	m.document.kind in kinds
	spec := object.get(m.document, "spec", {})
	asks := expressions(spec)
]

closing := [p | some p in policies; not lets_in(p.spec); not is_opened(p)]

# What several of Kubernetes' own say of one pod adds up, so that one that lets everybody in takes away what others beside it bound.
is_opened(p) if {
	some other in opening
	p.spec.podSelector
	other.here == p.here
	other.within == p.within
	count(other.asks) == 0
	count(other.labels - p.labels) == 0
}

opening := [p |
	some p in policies
	is_array(p.spec.ingress)
	some rule in p.spec.ingress
	is_for_all(rule)
]

# A job ends by itself, and nobody calls it.
workloads := [m | some m in manifests; m.pod.ends == false]

# What is said of the way out alone says nothing of the way in.
lets_in(spec) if {
	some key in ["policyTypes", "types"]
	spec[key] == ["Egress"]
}

lets_in(spec) if {
	spec.endpointSelector
	spec.egress
	not spec.ingress
	not spec.ingressDeny
}

# Cilium takes a rule without content for nobody.
lets_in(spec) if {
	not spec.endpointSelector
	is_array(spec.ingress)
	some rule in spec.ingress
	is_for_all(rule)
}

lets_in(spec) if {
	is_array(spec.ingress)
	some rule in spec.ingress
	rule.fromEntities == ["all"]
	not rule.toPorts
}

# Those of Istio.
lets_in(spec) if {
	is_object(spec)
	object.get(spec, "action", "ALLOW") in {"ALLOW", "AUDIT"}
	is_array(spec.rules)
	{} in spec.rules
}

is_for_all(rule) if rule in [{}, {"from": []}, {"action": "Allow"}]

is_for_all(rule) if {
	not rule.ports
	is_array(rule.from)
	some peer in rule.from
	peer in [{"namespaceSelector": {}}, {"namespaceSelector": {"matchLabels": {}}}, {"namespaceSelector": {}, "podSelector": {}}, {"ipBlock": {"cidr": "0.0.0.0/0"}}]
}

selector(spec) := found if {
	found := spec.podSelector
} else := found if {
	found := spec.endpointSelector
} else := found if {
	is_object(spec)
	found := object.get(spec, "selector", {})
} else := {}

labels_of(spec) := pairs(object.get({"selector": selector(spec)}, ["selector", "matchLabels"], {}))

expressions(spec) := [one |
	some one in selector(spec).matchExpressions
	is_object(one)
] if {
	is_array(selector(spec).matchExpressions)
} else := [ask | some term in split(text, "&&"); ask := asked(trim_space(term))] if {
	# Calico's words for the same. One that is not known only widens it.
	text := selector(spec)
	is_string(text)
	not contains(text, "||")
} else := []

asked(term) := ask if {
	# polity:equivalent an expression for all of it matches once
	found := regex.find_all_string_submatch_n(`^([\w./-]+)\s*(==|!=|in|not in)\s*(["'{].*)$`, term, 1)[0]
	values := [trim(value, `"'`) | some value in regex.find_n(`"[^"]*"|'[^']*'`, found[3], -1)]
	ask := {"key": found[1], "operator": {"==": "In", "in": "In", "!=": "NotIn", "not in": "NotIn"}[found[2]], "values": values}
} else := ask if {
	# polity:equivalent an expression for all of it matches once
	found := regex.find_all_string_submatch_n(`^(!?)\s*has\(([\w./-]+)\)$`, term, 1)[0]
	ask := {"key": found[2], "operator": {"": "Exists", "!": "DoesNotExist"}[found[1]]}
}

# Whether labels are as each of them asks. What is templated may be anything.
are_as(asks, labels) if {
	every ask in asks {
		is_as(ask, {trim_prefix(label, sprintf("%s=", [ask.key])) | some label in labels; startswith(label, sprintf("%s=", [ask.key]))})
	}
}

is_as(ask, values) if contains(concat(" ", array.concat([value | some value in values], object.get(ask, "values", []))), "<templated>")

is_as(ask, values) if {
	ask.operator == "In"
	some value in ask.values
	value in values
}

is_as(ask, values) if {
	ask.operator == "NotIn"
	count(values & {value | some value in ask.values}) == 0
}

is_as(ask, values) if {
	ask.operator == "Exists"
	count(values) > 0
}

is_as(ask, values) if {
	ask.operator == "DoesNotExist"
	count(values) == 0
}

pairs(labels) := {sprintf("%s=%s", [key, value]) | some key, value in labels; is_string(value)} if {
	is_object(labels)
} else := set()

# A selector that is empty, or that only rendering would tell, stands for everything in its folder and in its namespace.
wide[here] contains name if {
	some p in closing
	not is_known(p)
	here := p.here
	name := p.within
}

is_known(p) if {
	count(p.labels) + count(p.asks) > 0
	not contains(concat("", p.labels), "<templated>")
}

# By one label of each, so that a workload is compared with few.
by_label[label] contains row if {
	some p in array.concat(closing, exceptions)
	label := min(p.labels)
	row := {"labels": p.labels, "asks": p.asks, "namespace": p.within}
}

by_asks := [p | some p in array.concat(closing, exceptions); count(p.labels) == 0; count(p.asks) > 0]

# What lies beside one that denies by default is its exception.
exceptions := [p | some p in policies; is_below(p.here, p.within)]

# One that is not written here is given when it is applied, and may be any. What is in Istio's own holds everywhere.
namespace(document) := name if {
	name := document.metadata.namespace
	not document.kind in of_clusters
	name != "istio-system"
	is_string(name)
	not contains(name, "<templated>")
} else := ""

bare contains row if {
	some m in workloads
	is_array(m.pod.spec.containers)
	not m.pod.spec.hostNetwork
	here := folder(m.path)
	not is_selected(m, here, namespace(m.document))
	m.pod.spec.containers[_].image
	name := sprintf("%s `%v`", [m.document.kind, object.get(m.document, ["metadata", "name"], "unnamed")])
	row := {"path": m.path, "index": m.index, "name": name}
}

# What holds of most is asked first.
is_selected(m, here, within) if {
	is_below(here, within)
} else if {
	within != ""
	within in wide[_]
} else if {
	is_meant(labels_on(m), within)
} else if {
	more := added(m)
	count(more) > 0 # polity:equivalent this only saves asking again
	is_meant(labels_on(m) | more, within)
}

labels_on(m) := pairs(object.get(m.pod, ["metadata", "labels"], {}))

is_meant(labels, within) if {
	some label in labels
	some wanted in by_label[label]
	count(wanted.labels - labels) == 0
	are_as(wanted.asks, labels)
	agree(wanted.namespace, within)
}

is_meant(labels, within) if {
	some wanted in by_asks
	are_as(wanted.asks, labels)
	agree(wanted.within, within)
}

is_below(here, within) if {
	some name in wide[here]
	agree(name, within)
}

agree(one, other) if {
	"" in {one, other}
} else if {
	one == other
}

# What Kustomize writes onto the pods that it deploys. Which of them are applied as they stand nobody says.
added(m) := {label |
	some row in labelled
	row.kind in {"", m.document.kind}
	row.name in {"", object.get(m.document, ["metadata", "name"], "")} # polity:equivalent a name that is not there is as good as any
	some place in row.places
	startswith(sprintf("%s/", [m.path]), place)
	some label in row.labels
}

kustomizations := [{"here": here, "document": document, "places": places} |
	some path in repo.glob("**/{kustomization.yaml,kustomization.yml,Kustomization}")
	repo.runs(path)
	here := regex.replace(path, `[^/]*$`, "")
	some document in repo.yaml(path)
	is_object(document)
	places := {straight(sprintf("%s%s/", [here, trim_suffix(ref, "/")])) |
		some key in ["resources", "bases"]
		is_array(document[key]) # polity:equivalent what is no list has no elements
		some ref in document[key]
		is_string(ref)
	}
]

# Without the folders that `..` leaves again.
straight(path) := path if {
	not contains(path, "./")
} else := shorter(shorter(shorter(shorter(regex.replace(path, `(^|/)\./`, "${1}")))))

shorter(path) := regex.replace(path, `(^|/)[^/.][^/]*/\.\./`, "${1}")

labelled contains row if {
	some one in kustomizations
	some labels in common(one.document)
	count(labels) > 0 # polity:equivalent this only saves looking for whom they are
	row := {"places": one.places, "kind": "", "name": "", "labels": labels}
}

labelled contains row if {
	some one in kustomizations
	some key in ["patches", "patchesJson6902", "patchesStrategicMerge"]
	is_array(one.document[key]) # polity:equivalent what is no list has no elements
	some patch in one.document[key]
	some change in changes(one.here, patch)
	labels := labels_in(change)
	count(labels) > 0 # polity:equivalent this only saves looking for whom they are
	row := {"places": one.places, "kind": of(patch, change, ["kind"]), "name": of(patch, change, ["metadata", "name"]), "labels": labels}
}

# Those that go onto everything, pods too.
common(document) := array.concat([pairs(object.get(document, "commonLabels", {}))], [pairs(each.pairs) |
	is_array(document.labels) # polity:equivalent what is no list has no elements
	some each in document.labels
	is_object(each)
	true in {object.get(each, key, false) | some key in ["includeSelectors", "includeTemplates"]}
])

# In a file of its own, or within the kustomization.
changes(here, patch) := found if {
	found := repo.yaml(sprintf("%s%s", [here, patch.path]))
} else := [change] if {
	contains(patch.patch, "labels") # polity:equivalent this only saves reading the others
	yaml.is_valid(patch.patch)
	change := yaml.unmarshal(patch.patch)
} else := found if {
	is_string(patch) # polity:equivalent no path is made of anything else
	found := repo.yaml(sprintf("%s%s", [here, patch]))
}

# What a patch is for, by its target or by itself.
of(patch, change, way) := object.get({"a": patch}, ["a", "target", way[count(way) - 1]], object.get({"a": change}, array.concat(["a"], way), ""))

labels_in(change) := pairs(object.get({"a": change}, ["a", "spec", "template", "metadata", "labels"], {})) | {label |
	is_array(change) # polity:equivalent what is no list has no elements
	some step in change
	some label in written(step.path, step.value)
}

# All at once, or one, in whose name a slash is written so.
written(path, value) := labels if {
	path == "/spec/template/metadata/labels"
	labels := pairs(value)
} else := labels if {
	is_string(path)
	labels := {sprintf("%s=%v", [replace(trim_prefix(path, "/spec/template/metadata/labels/"), "~1", "/"), value])}
}

# Each by itself, so that one more is never taken for one that was known.
deny contains finding if {
	some one in bare
	finding := {
		"message": sprintf("no network policy bounds who may call %s", [one.name]),
		"key": "nothing bounds who may call it",
		"path": one.path,
		"document": one.index,
		"at": ["metadata", "name"],
		"label": "every pod of the cluster can reach it",
		"help": "add a NetworkPolicy that selects its pods and names who may call it, and one for the namespace that denies the rest",
	}
}

# What a chart brings is one release, whatever folders its templates lie in.
folder(path) := templates if {
	contains(path, "templates/")
	templates := regex.replace(path, `(^|/)templates/.*`, "${1}templates/")
	# polity:equivalent folders are only compared with each other
} else := regex.replace(path, `[^/]*$`, "")

not_applicable contains "no manifest has a workload" if count(workloads) == 0
