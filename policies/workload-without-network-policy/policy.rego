package polity

manifests := [m | some m in repo.manifests("**/*.{yaml,yml,json}"); m.runs]

of_namespaces := {"NetworkPolicy", "CiliumNetworkPolicy", "AuthorizationPolicy"}

of_clusters := {"CiliumClusterwideNetworkPolicy", "GlobalNetworkPolicy", "AdminNetworkPolicy", "BaselineAdminNetworkPolicy"}

kinds := of_namespaces | of_clusters

# Each with the labels that it selects, and its folder and namespace.
policies := [{"spec": spec, "labels": labels_of(spec), "here": folder(m.path), "within": namespace(m.document)} |
	some m in manifests
	m.document.kind in kinds
	spec := object.get(m.document, "spec", {})
]

closing := [p | some p in policies; not lets_in(p.spec)]

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
	peer in [{"namespaceSelector": {}}, {"namespaceSelector": {}, "podSelector": {}}, {"ipBlock": {"cidr": "0.0.0.0/0"}}]
}

selector(spec) := found if {
	found := spec.podSelector
} else := found if {
	found := spec.endpointSelector
} else := object.get(spec, "selector", {}) if {
	is_object(spec)
}

labels_of(spec) := labels if {
	labels := pairs(selector(spec).matchLabels)
} else := set()

pairs(labels) := {sprintf("%s=%s", [key, value]) | some key, value in labels; is_string(value)} if {
	is_object(labels)
} else := set()

# A selector that is empty, or that only rendering would tell, stands for everything in its folder and in its namespace.
wide[here] contains name if {
	some p in closing
	not is_known(p.labels)
	here := p.here
	name := p.within
}

is_known(labels) if {
	count(labels) > 0
	not contains(concat("", labels), "<templated>")
}

# By one label of each, so that a workload is compared with few.
by_label[label] contains row if {
	some p in array.concat(closing, exceptions)
	label := min(p.labels)
	row := {"labels": p.labels, "namespace": p.within}
}

# What lies beside one that denies by default is its exception.
exceptions := [p | some p in policies; is_below(p.here, p.within)]

# One that is not written here is given when it is applied, and may be any. What is in Istio's own holds everywhere.
namespace(document) := name if {
	name := document.metadata.namespace
	not document.kind in of_clusters
	not regex.match(`<templated>|^istio-system$`, name)
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

is_selected(m, here, within) if {
	is_below(here, within)
} else if {
	within != ""
	within in wide[_]
} else if {
	labels := pairs(object.get(m.pod, ["metadata", "labels"], {}))
	some label in labels
	some wanted in by_label[label]
	count(wanted.labels - labels) == 0
	agree(wanted.namespace, within)
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
	regex.match(`(^|/)templates/`, path)
	templates := regex.replace(path, `(^|/)templates/.*`, "${1}templates/")
	# polity:equivalent folders are only compared with each other
} else := regex.replace(path, `[^/]*$`, "")

not_applicable contains "no manifest has a workload" if count(workloads) == 0
