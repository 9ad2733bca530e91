package polity

facts := input.service.facts

classes := object.get(facts, "consistency", {})

contracts contains row if {
	some one in object.get(facts, "provides", [])
	one.kind == "openapi"
	contract := repo.contract(one.file)
	contract.kind == "openapi"
	row := {"file": one.file, "contract": contract}
}

declared_ids contains id if {
	some {"file": _, "contract": contract} in contracts
	some operation in contract.operations
	id := operation.id
}

deny contains finding if {
	some {"file": file, "contract": contract} in contracts
	some operation in contract.operations
	operation.id != null
	not classes[operation.id]
	finding := {
		"message": sprintf("operation `%s` has no consistency class", [operation.id]),
		"path": file,
		"at": array.concat(operation.at, ["operationId"]),
		"label": "what may a caller of this expect to read?",
		"help": sprintf("set `%s` below `consistency` in `polity.yaml` to strong, read-your-writes, causal or eventual", [operation.id]),
		"also": [{"path": "polity.yaml", "at": ["consistency"], "label": "the class belongs here"}],
	}
}

deny contains finding if {
	some {"file": file, "contract": contract} in contracts
	some operation in contract.operations
	operation.id == null
	finding := {
		"message": sprintf("operation `%s %s` has no id, so no consistency class can be declared for it", [operation.method, operation.path]),
		"path": file,
		"at": operation.at,
		"label": "`operationId` is missing",
		"help": "give the operation an `operationId`, and set its class below `consistency` in `polity.yaml`",
	}
}

# A class that outlived its operation would be taken for a promise.
deny contains finding if {
	count(contracts) > 0
	some id, _ in classes
	not id in declared_ids
	finding := {
		"message": sprintf("consistency class of `%s` belongs to no operation", [id]),
		"path": "polity.yaml",
		"at": ["consistency", id],
		"label": "no provided contract has this operation",
		"help": "remove the line, or name the operation as the contract does",
		"fix": {
			"does": sprintf("remove `%s` from `consistency`", [id]),
			"edits": [{"path": "polity.yaml", "remove": ["consistency", id]}],
		},
	}
}

not_applicable contains "it provides no OpenAPI document" if count(contracts) == 0
