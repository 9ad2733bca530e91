package polity

services := [{"root": root, "file": file(root), "facts": document} |
	some root in input.services
	some document in repo.yaml(file(root))
	is_object(document.service) # polity:equivalent what is no object has no members
]

file(root) := sprintf("%spolity.yaml", [prefix(root)])

prefix(root) := "" if {
	root == ""
} else := sprintf("%s/", [root])

# The deepest root above a path.
root_of(path) := longest[count(longest) - 1][1] if {
	longest := sort([[count(root), root] | some root in input.services; startswith(path, prefix(root))])
}

names := {lower(one.facts.service.name) | some one in services; is_string(one.facts.service.name)}

# Addresses inside a cluster: the name of a service, alone or followed by its namespace.
calls contains {"hit": hit, "host": host, "root": root} if {
	some hit in addresses
	not regex.match(`(?i)(^|/)(tests?|__tests__|__mocks__|mocks|e2e|testdata|fixtures|examples?|docs?|journeys|drills|slo|locust\w*|\.github)/|openapi|swagger|_test\.|\.(test|spec|stories)\.|\.env\.test$|tests?\.(java|kt|cs)$`, hit.path)
	not regex.match(`^\s*(#|//|\*|FROM\s)|\bimage["']?\s*[:=]`, split(repo.text(hit.path), "\n")[hit.line - 1])
	host := regex.replace(regex.replace(hit.text, `^(\w+:///?|@FeignClient[^"]*"|["'=\s])`, ""), `[.:/"'\s].*$`, "")
	root := root_of(hit.path)
	is_service(host, hit.text)
}

is_service(host, _) if host in names

is_service(host, text) if {
	regex.match(`\.svc([.:/"'\s]|$)`, text)
	not regex.match(`(otel|collector|jaeger|tempo|zipkin|loki|prometheus|grafana|mimir|vault|dns|kubernetes|istio|linkerd|envoy)`, host)
}

deny contains finding if {
	some call in calls
	some mine in services
	mine.root == call.root
	not is_own(mine.facts, call.host)
	not call.host in declared(mine.facts)
	min(places[sprintf("%s %s", [call.root, call.host])]) == [call.hit.path, call.hit.line]
	finding := {
		"message": sprintf("`%s` is called and not declared", [call.host]),
		"path": call.hit.path,
		"line": call.hit.line,
		"column": call.hit.column,
		"end_column": call.hit.end_column,
		"label": "called here",
		"help": sprintf("add it to `consumes: [{name: …, service: %s}]` in `polity.yaml`, so that its owner knows whom a change breaks; what has no contract belongs to `dependencies`", [call.host]),
		"also": [{"path": mine.file, "at": ["consumes"], "label": "it belongs here"}],
	}
}

is_own(facts, host) if {
	is_string(facts.service.name)
	lower(facts.service.name) == host
}

# The first place of each.
places[key] contains place if {
	some call in calls
	key := sprintf("%s %s", [call.root, call.host])
	place := [call.hit.path, call.hit.line]
}

declared(facts) := {lower(name) |
	some part, key in {"consumes": "service", "dependencies": "name"}
	listed := facts[part]
	is_array(listed) # polity:equivalent what is no list has no elements
	some one in listed
	name := one[key]
	is_string(name)
}

addresses := repo.search("**/{*.{yaml,yml,toml,json,properties,env,conf,rs,go,java,kt,kts,scala,cs,py,ts,tsx,mts,js,jsx,mjs,cjs,vue,svelte,rb,php,Dockerfile},.env.*,Dockerfile,Dockerfile.*}", `\b(https?|grpc|dns|lb|wss?)://(/)?[a-z0-9]([a-z0-9-]*[a-z0-9])?((\.[a-z0-9-]+)?\.svc(\.cluster\.local)?)?(?:[:/"'\s]|$)|@FeignClient\((?:[^\n)]*\b(?:name|value)\s*=\s*)?"[a-z0-9-]+"|["'=\s][a-z0-9]([a-z0-9-]*[a-z0-9])?:(?:80|443|[0-9]{4,5})\b`)

not_applicable contains "no file here names an address that could be called" if count(addresses) == 0
