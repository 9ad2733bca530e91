package polity

facts := input.service.facts

infos contains row if {
	some one in facts.provides
	one.kind in {"openapi", "asyncapi"}
	some document in documents(one.file)
	is_object(document)
	info := object.get(document, "info", {})
	is_object(info)
	row := {"file": one.file, "info": info}
}

documents(file) := [repo.json(file)] if endswith(file, ".json") # polity:equivalent JSON is YAML

documents(file) := repo.yaml(file) if not endswith(file, ".json") # polity:equivalent JSON that is read is YAML, too

deny contains finding if {
	some one in infos
	# A document without any is not valid, which is said elsewhere.
	one.info.version
	not regex.match(`^v?[0-9]+(\.[0-9]+){0,2}((alpha|beta|rc)[0-9]*)?([-+.][A-Za-z0-9.+-]+)?$|^20[0-9]{2}-[01][0-9]-[0-3][0-9]`, sprintf("%v", [object.get(one.info, "version", "")]))
	finding := {
		"message": "contract has no version",
		"path": one.file,
		"at": ["info", "version"],
		"label": sprintf("`%v` is none", [object.get(one.info, "version", "nothing")]),
		"help": "number it as `MAJOR.MINOR.PATCH`, and raise MAJOR only beside the version before",
	}
}

deny contains finding if {
	some one in infos
	contact := object.get(one.info, "contact", {})
	not is_named(contact)
	count([key | some key in ["x-owner", "x-team"]; one.info[key]]) == 0
	finding := {
		"message": "contract does not say whom to ask",
		"path": one.file,
		"at": ["info"],
		"label": "`contact` is not set here",
		"help": "add `contact: {name: …}` with the team that answers",
	}
}

is_named(contact) if {
	some key in ["name", "email", "url"]
	is_string(contact[key])
	not regex.match(`(?i)^\s*(tbd|todo|unknown|none|n/?a|change-?me|your[ -].*|<.*>|\{\{.*)?\s*$`, contact[key])
}

deny contains finding if {
	some one in facts.provides
	one.kind == "protobuf"
	count(repo.matches(one.file, `^\s*package\s+[A-Za-z0-9_.]+\.v[0-9]+[a-z0-9]*\s*;`)) == 0
	finding := {
		"message": "package of the contract has no version",
		"path": one.file,
		"line": 1,
		"help": "end the package with a version: `package shop.orders.v1;`",
	}
}

not_applicable contains "it provides no contract" if count(object.get(facts, "provides", [])) == 0

not_applicable contains "none of its contracts is a document that is there and would say it" if {
	count(facts.provides) > 0
	count(infos) == 0
	count([one | some one in facts.provides; one.kind == "protobuf"; repo.exists(one.file)]) == 0
}
