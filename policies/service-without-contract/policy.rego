package polity

facts := input.service.facts

provided := object.get(facts, "provides", [])

deny contains finding if {
	count(provided) == 0
	finding := {
		"message": "service has no contract",
		"path": "polity.yaml",
		"at": ["provides"],
		"label": "no contract is provided here",
		"help": "write down what callers may rely on and list it: `provides: [{name: orders, kind: openapi, file: contract/openapi.yaml}]`",
	}
}

deny contains finding if {
	some i, one in provided
	not repo.exists(one.file)
	finding := {
		"message": sprintf("contract `%s` does not exist", [one.file]),
		"path": "polity.yaml",
		"at": ["provides", i, "file"],
		"label": "there is no such file",
		"help": sprintf("write the contract to `%s`, or name the file where it is", [one.file]),
	}
}

# A contract that promises nothing keeps every promise.
deny contains finding if {
	some i, one in provided
	one.kind == "openapi"
	contract := repo.contract(one.file)
	contract.kind == "openapi"
	count(contract.operations) == 0
	# Those of OpenAPI 3.1 may stand below `webhooks` alone.
	count([document | some document in repo.yaml(one.file); document.webhooks]) == 0
	finding := {
		"message": sprintf("contract `%s` has no operation", [one.name]),
		"path": one.file,
		"at": ["paths"],
		"label": "nothing is promised here",
		"help": "describe each operation that the service answers",
		"also": [{"path": "polity.yaml", "at": ["provides", i, "file"], "label": "declared as a contract here"}],
	}
}

deny contains finding if {
	some i, one in provided
	one.kind == "asyncapi"
	some document in repo.yaml(one.file)
	# What is not valid is said elsewhere.
	contract := repo.contract(one.file)
	contract.kind == "asyncapi"
	count(contract.problems) == 0
	object.get(document, "channels", {}) in {{}, null}
	object.get(document, "operations", {}) in {{}, null}
	finding := {
		"message": sprintf("contract `%s` has no channel", [one.name]),
		"path": one.file,
		"at": ["channels"],
		"label": "nothing is promised here",
		"help": "describe each channel that the service sends to or listens on",
		"also": [{"path": "polity.yaml", "at": ["provides", i, "file"], "label": "declared as a contract here"}],
	}
}
