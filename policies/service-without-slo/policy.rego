package polity

facts := input.service.facts

files := object.get(facts, "slo", [])

deny contains finding if {
	count(files) == 0
	finding := {
		"message": "service has no objective",
		"path": "polity.yaml",
		"at": ["slo"],
		"label": "no OpenSLO file is listed here",
		"help": "say how good is good enough in an OpenSLO file, and list it: `slo: [slo/availability.yaml]`",
	}
}

deny contains finding if {
	some i, file in files
	not repo.exists(file)
	finding := {
		"message": sprintf("objective `%s` does not exist", [file]),
		"path": "polity.yaml",
		"at": ["slo", i],
		"label": "there is no such file",
		"help": "write the OpenSLO file, or name it where it is",
	}
}

slos contains {"file": file, "index": index, "slo": document} if {
	some file in files
	some index, document in repo.yaml(file)
	document.kind == "SLO"
	is_string(document.apiVersion)
	regex.match(`^openslo(\.com)?/`, document.apiVersion)
}

deny contains finding if {
	some i, file in files
	repo.yaml(file)
	count({one | some one in slos; one.file == file}) == 0
	finding := {
		"message": sprintf("file `%s` holds no objective", [file]),
		"path": file,
		"at": ["kind"],
		"label": "no document of `kind: SLO` in this file",
		"help": "start the document with `apiVersion: openslo/v1` and `kind: SLO`",
		"also": [{"path": "polity.yaml", "at": ["slo", i], "label": "listed as an objective here"}],
	}
}

deny contains finding if {
	some one in slos
	spoken_of := service_of(one.slo)
	spoken_of != facts.service.name
	finding := {
		"message": sprintf("objective speaks of service `%v`, not of `%s`", [spoken_of, facts.service.name]),
		"path": one.file,
		"document": one.index,
		"at": ["spec", "service"],
		"help": sprintf("set `service: %s`", [facts.service.name]),
		"fix": {
			"does": sprintf("set `service: %s`", [facts.service.name]),
			"safe": true,
			"edits": [{"path": one.file, "document": one.index, "set": ["spec", "service"], "to": facts.service.name}],
		},
		"also": [{"path": "polity.yaml", "at": ["service", "name"], "label": "the service's name"}],
	}
}

deny contains finding if {
	some one in slos
	not has_target(one.slo)
	finding := {
		"message": "objective has no target",
		"path": one.file,
		"document": one.index,
		"at": ["spec", "objectives"],
		"label": "a target is a number above 0 and below 1, or a `targetPercent` above 0 and below 100",
		"help": "add `objectives: [{target: 0.995}]`, with a number that users would notice",
	}
}

service_of(slo) := object.get(slo, ["spec", "service"], "nothing")

has_target(slo) if {
	is_array(slo.spec.objectives)
	some objective in slo.spec.objectives
	objective.target > 0
	objective.target < 1
}

has_target(slo) if {
	is_array(slo.spec.objectives)
	some objective in slo.spec.objectives
	objective.targetPercent > 0
	objective.targetPercent < 100
}

# An objective that nothing measures is a wish.
deny contains finding if {
	some one in slos
	not one.slo.spec.indicator
	not one.slo.spec.indicatorRef
	not measured_by_objectives(one.slo)
	finding := {
		"message": "objective has no indicator",
		"path": one.file,
		"document": one.index,
		"at": ["spec"],
		"label": "nothing is measured here",
		"help": "add `indicator` with a query, or `indicatorRef`",
	}
}

measured_by_objectives(slo) if {
	is_array(slo.spec.objectives)
	every objective in slo.spec.objectives {
		some key in ["indicator", "indicatorRef", "ratioMetrics"]
		objective[key]
	}
}
