package polity

manifests := [m | some m in repo.manifests("**/*.{yaml,yml,json}"); repo.runs(m.path)]

kinds := {"NetworkPolicy", "CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy", "GlobalNetworkPolicy", "AuthorizationPolicy"}

policies := [m | some m in manifests; m.document.kind in kinds]

selector(spec) := found if {
	found := spec.podSelector
} else := found if {
	found := spec.endpointSelector
} else := object.get(spec, "selector", {}) if {
	is_object(spec)
}

labels_of(spec) := pairs(selector(spec).matchLabels)

pairs(labels) := {sprintf("%s=%s", [key, value]) | some key, value in labels; is_string(value)} if {
	is_object(labels)
} else := set()

# A selector that is empty, or that only rendering would tell, stands for everything in its folder.
open_folders contains here if {
	some p in policies
	not is_known(object.get(p.document, "spec", {}))
	here := folder(p.path)
}

is_known(spec) if {
	labels := labels_of(spec)
	count(labels) > 0
	not contains(concat("", labels), "<templated>")
}

# By one label of each, so that a workload is compared with few.
by_label[label] contains labels if {
	some p in policies
	labels := labels_of(p.document.spec)
	label := min(labels)
}

bare contains row if {
	some m in manifests
	goes_on(m)
	is_array(m.pod.spec.containers)
	m.pod.spec.containers[_].image
	not m.pod.spec.hostNetwork
	not folder(m.path) in open_folders
	not is_selected(pairs(object.get(m.pod, ["metadata", "labels"], {})))
	name := sprintf("%s `%v`", [m.document.kind, object.get(m.document, ["metadata", "name"], "unnamed")])
	row := {"path": m.path, "index": m.index, "folder": folder(m.path), "name": name}
}

# A job ends by itself, and nobody calls it.
goes_on(m) if m.pod.ends == false

is_selected(labels) if {
	some label in labels
	some wanted in by_label[label]
	count(wanted - labels) == 0
}

# One finding for a folder: what is missing there is one policy that denies by default.
deny contains finding if {
	some where in {b.folder | some b in bare}
	here := sort([[b.path, b.index, b] | some b in bare; b.folder == where])
	first := here[0][2]
	others := more(count(here) - 1)
	finding := {
		"message": sprintf("no network policy selects %s%s", [first.name, others]),
		"path": first.path,
		"document": first.index,
		"at": ["metadata", "name"],
		"label": "every pod of the cluster can reach it, and it can reach everything",
		"help": "add a NetworkPolicy that selects its pods and names who may call it, and one for the namespace that denies the rest",
	}
}

more(0) := ""

more(n) := " and 1 more workload of this folder" if n == 1

more(n) := sprintf(" and %d more workloads of this folder", [n]) if n > 1

# What a chart brings is one release, whatever folders its templates lie in.
folder(path) := templates if {
	regex.match(`(^|/)templates/`, path)
	templates := regex.replace(path, `(^|/)templates/.*`, "${1}templates/")
	# polity:equivalent folders are only compared with each other
} else := regex.replace(path, `[^/]*$`, "")

not_applicable contains "no manifest has a workload" if count([m | some m in manifests; goes_on(m)]) == 0
