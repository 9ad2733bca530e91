package polity

facts := input.service.facts

journeys := object.get(facts, "journeys", [])

steps contains row if {
	some file in journeys
	regex.match(`\.ya?ml$`, file)
	some document in repo.yaml(file)
	is_array(document.steps)
	some step in document.steps
	is_string(step.request.method)
	is_string(step.request.path)
	row := {"method": upper(step.request.method), "path": split(step.request.path, "?")[0]}
}

operations contains row if {
	some one in facts.provides
	one.kind == "openapi"
	some operation in repo.contract(one.file).operations
	operation.method in {"GET", "POST", "PUT", "PATCH", "DELETE"}
	not operation.deprecated
	row := {"file": one.file, "operation": operation}
}

deny contains finding if {
	count(operations) > 0
	count(journeys) == 0
	finding := {
		"message": "nobody walks the service from outside",
		"path": "polity.yaml",
		"at": ["journeys"],
		"label": "no journey is listed here",
		"help": "describe what a user does as requests and expected answers, and list the file: `journeys: [journeys/create-and-read.yaml]`",
	}
}

deny contains finding if {
	some i, file in journeys
	not repo.exists(file)
	finding := {
		"message": sprintf("journey `%s` does not exist", [file]),
		"path": "polity.yaml",
		"at": ["journeys", i],
		"label": "there is no such file",
		"help": "write the journey, or name the file where it is",
	}
}

deny contains finding if {
	count(journeys) > 0
	some one in operations
	not is_walked(one.operation)
	finding := {
		"message": sprintf("no journey walks `%s %s`", [one.operation.method, one.operation.path]),
		"path": one.file,
		"at": one.operation.at,
		"label": "when this fails, a user is the first to know",
		"help": "add a step to a journey, with what the answer must be",
		"also": [{"path": "polity.yaml", "at": ["journeys"], "label": "the journeys that there are"}],
	}
}

# `/orders/{id}` is walked by `/orders/${id}` and `/orders/7`, also behind a prefix.
is_walked(operation) if {
	pattern := sprintf("%s/?$", [regex.replace(escaped(operation.path), `\\?\{[^}]*\}`, `[^/]+`)])
	some step in steps
	step.method == operation.method
	regex.is_valid(pattern)
	regex.match(pattern, step.path)
}

# Journeys in code: the fixed part of the path stands in it.
is_walked(operation) if {
	fixed := split(operation.path, "{")[0]
	some file in journeys
	not regex.match(`\.ya?ml$`, file)
	count(repo.matches(file, escaped(trim_suffix(fixed, "/")))) > 0
}

escaped(path) := regex.replace(path, `([.+*?()|\[\]^$\\])`, `\$1`)

not_applicable contains "it provides no operation" if count(operations) == 0
