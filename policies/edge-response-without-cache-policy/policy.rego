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

said := `(?i)cache-control|cache_control|cachecontrol|s-maxage|proxy_cache_valid|^\s*expires\s|beresp\.ttl|cdn-cache|surrogate-control|ResponseCache|OutputCache|\bmax-age=`

deny contains finding if {
	is_edge
	relies
	some one in facts.provides
	one.kind == "openapi"
	some operation in repo.contract(one.file).operations
	operation.method == "GET"
	count(repo.uncommented(repo.code(said))) == 0
	count(repo.uncommented(repo.search(configuration, said))) == 0
	finding := {
		"message": sprintf("`%s %s` does not say how long its answer holds", [operation.method, operation.path]),
		"path": one.file,
		"at": operation.at,
		"label": "no cache policy in the contract, and none in code or configuration",
		"help": "send `Cache-Control` with every answer, also `no-store`, and declare the header in the contract",
		"also": [{"path": "polity.yaml", "at": ["service", "tier"], "label": "the service is at the edge"}],
	}
}

not_applicable contains "it is not at the edge" if not is_edge

not_applicable contains "it relies on no other service" if not relies

has_operation if {
	some one in facts.provides
	one.kind == "openapi"
	count(repo.contract(one.file).operations) > 0
}

not_applicable contains "it provides no operation" if {
	is_edge
	relies
	not has_operation
}
