package polity

runbook := input.service.facts.service.runbook if is_string(input.service.facts.service.runbook)

deny contains finding if {
	input.service.described
	not runbook
	finding := {
		"message": "service has no runbook",
		"path": "polity.yaml",
		"at": ["service"],
		"label": "`runbook` is not set here",
		"help": "write down what to do when it fails, and set `runbook: docs/runbook.md`",
	}
}

# A link may lead to a heading.
file := split(runbook, "#")[0]

deny contains finding if {
	is_local(runbook)
	not repo.exists(file)
	finding := {
		"message": sprintf("runbook `%s` does not exist", [runbook]),
		"path": "polity.yaml",
		"at": ["service", "runbook"],
		"label": "there is no such file",
		"help": "write the runbook, or name the file where it is",
	}
}

deny contains finding if {
	count(trim_space(repo.text(file))) < input.parameters.min_length
	finding := {
		"message": "runbook says nothing",
		"path": file,
		"line": 1,
		"label": sprintf("shorter than %d characters", [input.parameters.min_length]),
		"help": "name the first look, then for each alert what it means and what to do",
	}
}

documents := [m | some m in repo.manifests("**/*.{yaml,yml,json}"); m.runs]

# Alerts with the place of each, and everything that they say about themselves.
alerts contains row if {
	some m in documents
	m.document.kind in {"PrometheusRule", "VMRule", "AlertingRule"}
	is_array(m.document.spec.groups)
	some i, group in m.document.spec.groups
	is_array(group.rules)
	some j, rule in group.rules
	row := {"path": m.path, "document": m.index, "at": ["spec", "groups", i, "rules", j, "alert"], "name": rule.alert, "said": said_by(rule)}
}

# In annotations or in labels.
said_by(rule) := annotations if {
	annotations := object.get(rule, "annotations", {})
	not is_object(annotations)
} else := both if {
	labels := object.get(rule, "labels", {})
	is_object(labels)
	both := object.union(labels, object.get(rule, "annotations", {}))
} else := object.get(rule, "annotations", {})

alerts contains row if {
	some m in documents
	m.document.kind == "AlertPolicy"
	is_string(m.document.apiVersion)
	startswith(m.document.apiVersion, "openslo/")
	said := object.union(annotations_of(m.document), {"runbook in the description": mentioned(m.document)})
	row := {"path": m.path, "document": m.index, "at": ["metadata", "name"], "name": object.get(m.document, ["metadata", "name"], "unnamed"), "said": said}
}

annotations_of(document) := annotations if {
	annotations := document.metadata.annotations
	is_object(annotations)
} else := {}

mentioned(document) := link if {
	is_string(document.spec.description)
	# polity:equivalent the first link is taken
	link := regex.find_n(`(?i)runbook:? *\S+`, document.spec.description, 1)[0]
} else := ""

# Files of Prometheus itself, which no cluster reads.
alerts contains row if {
	some path in repo.glob("**/{*{alert,rule}*,*{alert,rule}*/**/*}.{yaml,yml}")
	repo.runs(path)
	count(repo.matches(path, `^groups:`)) > 0
	groups := repo.yaml(path)[0].groups
	is_array(groups)
	some i, group in groups
	is_array(group.rules)
	some j, rule in group.rules
	row := {"path": path, "document": 0, "at": ["groups", i, "rules", j, "alert"], "name": rule.alert, "said": said_by(rule)}
}

links(said) := [trim_space(regex.replace(link, `(?i)^runbook:? *`, "")) |
	is_object(said)
	some key, link in said
	is_string(link)
	regex.match(`(?i)runbook|playbook`, key)
	trim_space(link) != ""
]

deny contains finding if {
	some alert in alerts
	not is_unknown(alert.said)
	count(links(alert.said)) == 0
	finding := {
		"message": sprintf("alert `%v` has no link to a runbook", [alert.name]),
		"path": alert.path,
		"document": alert.document,
		"at": alert.at,
		"label": "whoever is woken by this must search",
		"help": "add the annotation `runbook_url` (OpenSLO: any annotation with `runbook` in its name) that leads to what to do",
	}
}

# A link into this repository leads to a file, and to a heading in it.
deny contains finding if {
	some alert in alerts
	some link in links(alert.said)
	is_local(link)
	regex.match(`\.md(#|$)`, link)
	parts := array.concat(split(link, "#"), [""])
	target := parts[0]
	anchor := parts[1]
	missing := lacking(target, anchor)
	finding := {
		"message": sprintf("alert `%v` links to `%s`, which does not exist", [alert.name, link]),
		"path": alert.path,
		"document": alert.document,
		"at": alert.at,
		"label": missing,
		"help": "write the section, or repair the link",
	}
}

lacking(target, anchor) := "there is no such file" if {
	not repo.exists(target)
} else := "the file has no such heading" if {
	anchor != ""
	not lower(anchor) in {slug(heading.text) | some heading in repo.matches(target, `^#{1,6}[ \t]+.*$`)}
}

# As forges make anchors: lower case, without punctuation, spaces as hyphens.
slug(heading) := replace(regex.replace(lower(trim_space(trim_left(heading, "# \t"))), `[^\p{L}\p{N} _-]`, ""), " ", "-")

is_local(link) if not regex.match(`^[A-Za-z][A-Za-z0-9+.-]*:|^/|[<>{}$]`, link)

is_unknown(said) if is_string(said)

is_unknown(said) if {
	is_object(said)
	some key, _ in said
	contains(key, "<templated>")
}

# What is described and names none is a finding.
not_applicable contains "no `polity.yaml` describes it, and it has no alert" if {
	not runbook
	count(alerts) == 0
}
