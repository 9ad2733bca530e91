package polity

facts := input.service.facts

provided := [one | some one in object.get(facts, "provides", []); repo.exists(one.file)]

# Structure, references, operation ids, path parameters and schemas are judged by the reader of contracts.
deny contains finding if {
	some one in provided
	one.kind != "protobuf"
	some problem in repo.contract(one.file).problems
	finding := {
		"message": problem.message,
		"path": one.file,
		"at": problem.at,
		"help": "repair the document: what is not valid, clients, mocks and tests read in different ways",
	}
}

deny contains finding if {
	some one in provided
	one.kind != "protobuf"
	contract := repo.contract(one.file)
	contract.kind != one.kind
	# What is no contract at all has a problem that says so.
	contract.kind != "unknown"
	finding := {
		"message": sprintf("contract `%s` is not of kind `%s`", [one.name, one.kind]),
		"path": one.file,
		"at": [],
		"label": sprintf("this is of kind `%s`", [contract.kind]),
		"help": "give the contract its real `kind`, or write it in the one that is declared",
	}
}

deny contains finding if {
	some one in provided
	one.kind == "protobuf"
	text := regex.replace(repo.text(one.file), `//[^\n]*|/\*[^*]*\*+([^/*][^*]*\*+)*/`, " ")
	not regex.match(`(?m)^\s*(service|message)\s+\w+\s*\{`, text)
	finding := {
		"message": sprintf("contract `%s` defines no service and no message", [one.name]),
		"path": one.file,
		"line": 1,
		"help": "define at least one `service` or `message`",
	}
}

not_applicable contains "it provides no contract that exists" if count(provided) == 0
