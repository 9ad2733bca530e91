package polity

# One waiver a file, and one a comment of a configuration file: whether they are valid is the business of the engine.
waivers contains row if {
	some path in repo.glob("waivers/**/*.{yaml,yml}")
	waiver := repo.yaml(path)[0]
	is_string(waiver.policy)
	row := {"policy": waiver.policy, "path": path, "place": {"path": path, "at": ["policy"]}}
}

waivers contains row if {
	some hit in repo.search("**/{Dockerfile,*.Dockerfile,*.{yaml,yml,toml,properties}}", `#\s*polity:waive\s+\S+\s.*until=`)
	name := regex.split(`\s+`, substring(hit.text, indexof(hit.text, "polity:waive"), -1))[1]
	place := {"path": hit.path, "line": hit.line, "column": hit.column, "end_column": hit.end_column}
	row := {"policy": name, "path": hit.path, "place": place}
}

# `org/id` and `id` are one policy.
id(name) := parts[count(parts) - 1] if parts := split(name, "/")

# The first one that is too many carries the finding; there is none when there are few.
deny contains one if {
	most := input.parameters.most
	all := sort(waivers)
	rest := "repair what the oldest of them waive, or agree on a change of the policies that are waived most"
	one := finding(all[most], sprintf("%d waivers, %d at most", [count(all), most]), rest)
}

deny contains one if {
	most := input.parameters.most_of_one
	some name in {id(waiver.policy) | some waiver in waivers}
	all := sort({waiver | some waiver in waivers; id(waiver.policy) == name})
	rest := "a policy that is waived again and again is wrong here, or not kept: change it in its layer, or repair what it finds"
	one := finding(all[most], sprintf("`%s` is waived %d times, %d at most", [name, count(all), most]), rest)
}

finding(waiver, message, help) := object.union(waiver.place, {
	"message": message,
	"label": "one more than is agreed",
	"help": help,
})

not_applicable contains "nothing is waived" if count(waivers) == 0
