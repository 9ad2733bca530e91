package polity

deny contains finding if {
	input.service.facts == null
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
	input.service.described # polity:equivalent in a case: a folder inside a service is not asked for what describes it
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
is_nobody(name) if regex.match(`(?i)^([-?.]*|x{2,}|none|null|n\.?/?a\.?|nobody|no[- ]?one|some(body|one)|every(body|one)|any(body|one)|anonymous|unknown|un(owned|assigned)|(not|to)[- ]be[- ](set|decided|defined|determined|done|announced)|not[- ]set|tb[acd]|todo|fixme|change[-_ ]?me|placeholder|example|(your|the)[-_ ](team|name|owner|group)([-_ ]name)?|(owner|team|group)([-_ ](name|here|owner|team))?|\$.*|[<{\[].*[>}\]])[.:!?]*$`, name)
