package polity

facts := input.service.facts

drills := object.get(facts, "drills", [])

needed := array.concat(
	[{"name": one.name, "at": ["dependencies", i, "name"]} | some i, one in object.get(facts, "dependencies", [])],
	[{"name": one.service, "at": ["consumes", i, "service"]} | some i, one in object.get(facts, "consumes", [])],
)

deny contains finding if {
	some one in needed
	count([file | some file in drills; speaks_of(file, one.name)]) == 0
	finding := {
		"message": sprintf("no drill takes `%s` away", [one.name]),
		"path": "polity.yaml",
		"at": one.at,
		"label": "nobody has seen what happens without it",
		"help": sprintf("break the way to `%s` on purpose, say what must still work, and list the experiment: `drills: [drills/%s-lost.yaml]`", [one.name, one.name]),
	}
}

speaks_of(file, name) if {
	# Of nothing but signs nobody speaks.
	regex.match(`[A-Za-z0-9]`, name)
	count(repo.matches(file, sprintf(`(?i)\b%s\b`, [regex.replace(name, `[^A-Za-z0-9]+`, `[^A-Za-z0-9]?`)]))) > 0
}

deny contains finding if {
	some i, file in drills
	not repo.exists(file)
	finding := {
		"message": sprintf("drill `%s` does not exist", [file]),
		"path": "polity.yaml",
		"at": ["drills", i],
		"label": "there is no such file",
		"help": "write the experiment, or name the file where it is",
	}
}

not_applicable contains "it depends on nothing" if {
	# polity:equivalent a dependency without a drill is a finding, which counts more than a reason
	count(needed) == 0
	count(drills) == 0
}
