package polity

facts := input.service.facts

is_edge if facts.service.tier == "edge"

# What it owns it knows; what comes from elsewhere it keeps for a while.
relies if count(facts.consumes) > 0

relies if {
	some one in facts.dependencies
	one.kind == "service"
}

configuration := "**/*.{conf,vcl,toml,json,yaml,yml,hcl,tf,ini,properties,lua}"

stale := `(?i)stale[-_]?if[-_]?error|proxy_cache_use_stale|beresp\.(grace|keep|stale_if_error)|serve[-_]?stale|stale[-_]?on[-_]?error|use[-_]?stale|fail_?safe|last[-_ ]?known[-_ ]?good`

deny contains finding if {
	is_edge
	relies
	count(repo.uncommented(repo.code(stale))) == 0
	count(repo.uncommented(repo.search(configuration, stale))) == 0
	count([hit | some one in object.get(facts, "provides", []); some hit in repo.matches(one.file, stale)]) == 0
	finding := {
		"message": "nothing is served when the core is gone",
		"path": "polity.yaml",
		"at": ["service", "tier"],
		"label": "at the edge, without an answer for errors of the origin",
		"help": "serve the last good answer with its age: `Cache-Control: stale-if-error=600` (RFC 5861), nginx `proxy_cache_use_stale error timeout updating http_5xx`, Varnish `beresp.grace`",
	}
}

not_applicable contains "it is not at the edge" if not is_edge

not_applicable contains "it relies on no other service" if not relies
