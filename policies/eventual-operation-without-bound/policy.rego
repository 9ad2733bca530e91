package polity

facts := input.service.facts

bounds := object.get(facts, "staleness", {})

deny contains finding if {
	some id, class in facts.consistency
	class == "eventual"
	not bounds[id]
	finding := {
		"message": sprintf("operation `%s` may answer with anything from the past", [id]),
		"path": "polity.yaml",
		"at": ["consistency", id],
		"label": "`eventual` without a bound",
		"help": sprintf("say how old an answer may be, and watch it: `staleness: {%s: 30s}`", [id]),
	}
}

# A bound on what is always new, or on nothing at all, says that somebody misunderstood.
deny contains finding if {
	some id, _ in bounds
	not is_old(id)
	finding := {
		"message": sprintf("bound of `%s` bounds nothing", [id]),
		"path": "polity.yaml",
		"at": ["staleness", id],
		"label": "this operation is not declared as one that may answer with old data",
		"help": "remove the line, or set the class of the operation below `consistency` to what it is",
	}
}

is_old(id) if facts.consistency[id] in {"eventual", "causal", "read-your-writes"}

not_applicable contains "no operation is eventual" if {
	# polity:equivalent an eventual operation without a bound is a finding, which counts more than a reason
	count([id | some id, class in object.get(facts, "consistency", {}); class == "eventual"]) == 0
	count(bounds) == 0
}
