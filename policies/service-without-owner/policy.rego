package polity

deny contains finding if {
	not input.service.described
	finding := {
		"message": "repository does not say what service it is",
		"help": [
			"add a `polity.yaml` with `service: {name: …, owner: …}` at the root of the service",
			"the same file declares `provides` (contracts), `consistency`, `metrics`, `slo`, the `runbook` and the `decision`; `polity new` writes all of them",
		],
	}
}

owner := trim_space(input.service.facts.service.owner) if is_string(input.service.facts.service.owner)

deny contains finding if {
	input.service.described
	not owner
	finding := {
		"message": "service has no owning team",
		"path": "polity.yaml",
		"at": ["service"],
		"label": "`owner` is not set here",
		"help": "set `owner` to a team, for example `owner: payments`",
	}
}

deny contains finding if {
	is_nobody(owner)
	finding := {
		"message": sprintf("owner `%s` is no team", [owner]),
		"path": "polity.yaml",
		"at": ["service", "owner"],
		"label": "this names nobody",
		"help": "set `owner` to the team that is woken when the service fails, for example `owner: payments`",
	}
}

# Words that fill the field and name nobody, and a template's blank that nobody filled in.
is_nobody(name) if regex.match(`(?i)^(-?|none|n/?a|nobody|unknown|tbd|todo|fixme|change-?me|owner|team|[<{\[].*[>}\]])$`, name)
