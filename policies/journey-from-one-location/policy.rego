package polity

facts := input.service.facts

deny contains finding if {
	some file in facts.journeys
	regex.match(`\.ya?ml$`, file)
	some index, document in repo.yaml(file)
	is_array(document.steps)
	from := few(object.get(document, "locations", []))
	finding := {
		"message": sprintf("journey `%s` is walked from %s", [file, from]),
		"path": file,
		"document": index,
		"at": ["locations"],
		"label": "a fault of that place looks like a fault of the service",
		"help": "name at least two places with networks of their own: `locations: [frankfurt, oslo]`",
	}
}

# What is no list names no place.
few(locations) := "nowhere in particular" if {
	not is_array(locations)
} else := "nowhere in particular" if {
	count(locations) == 0
} else := sprintf("`%v` only", [[place | some place in locations][0]]) if {
	count({place | some place in locations}) < 2
}

not_applicable contains "it has no journey" if count(object.get(facts, "journeys", [])) == 0

not_applicable contains "none of its journeys is a file of steps" if {
	count(facts.journeys) > 0
	count([document |
		some file in facts.journeys
		regex.match(`\.ya?ml$`, file)
		some document in repo.yaml(file)
		is_array(document.steps)
	]) == 0
}
