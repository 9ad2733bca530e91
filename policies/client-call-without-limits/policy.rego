package polity

facts := input.service.facts

# Clients that wait forever unless they are told not to, and calls on them without a limit.
endless := `\breqwest::(blocking::)?(Client::new\(\)|get\()|\bhttp\.(Get|Post|Head|PostForm)\(|\bhttp\.DefaultClient\b|&?http\.Client\{\}|\brequests\.(get|post|put|patch|delete|head)\([^()\n]*(\([^()\n]*\)[^()\n]*)*\)|\baxios\.(get|post|put|patch|delete)\([^\n]*\)|\bnew RestTemplate\(\)|\bHttpClient\.newHttpClient\(\)`

deny contains finding if {
	some hit in repo.code(endless)
	not regex.match(`(?i)timeout|deadline|signal`, hit.text)
	not has_default(hit.text)
	# A context with an end goes along with the request.
	count(repo.matches(hit.path, `context\.With(Timeout|Deadline)`)) == 0
	finding := {
		"message": "call waits for another service without a limit",
		"path": hit.path,
		"line": hit.line,
		"column": hit.column,
		"end_column": hit.end_column,
		"label": "this client has no timeout unless it is given one",
		"help": "set a timeout on the client or the call, shorter than that of the caller's caller",
	}
}

# One default for all calls of the library.
has_default(text) if {
	startswith(text, "axios")
	count(repo.code(`axios\.defaults\.timeout|axios\.create\([^)]*timeout`)) > 0
}

# The name of what bounds repeats: breakers, budgets, meshes.
bounded := `(?i)circuit[-_ ]?breaker|resilience4j|\bpolly\b|Microsoft\.Extensions\.Http\.Resilience|StandardResilience|gobreaker|hystrix|opossum|cockatiel|failsafe|pybreaker|aiobreaker|purgatory|outlier_?detection|retry_?budget|RetryThrottling|TokenBucket|tower::retry|concurrency_?limit`

called := array.concat(
	[{"name": one.service, "at": ["consumes", i]} | some i, one in object.get(facts, "consumes", [])],
	[{"name": one.name, "at": ["dependencies", i]} | some i, one in object.get(facts, "dependencies", []); one.kind == "service"],
)

deny contains finding if {
	count(called) > 0
	# Without code there is nothing that calls.
	count(repo.code(`^\s*(fn|func|def|class|public|export|import|use|package|namespace)\b`)) > 0
	count(repo.code(bounded)) == 0
	count(repo.search("**/*.{toml,json,yaml,yml,xml,gradle,kts,csproj,props,mod,txt}", bounded)) == 0
	finding := {
		"message": sprintf("nothing stops calls to `%s` when it fails", [called[0].name]),
		"path": "polity.yaml",
		"at": called[0].at,
		"label": "no retry budget and no circuit breaker in code, dependencies or mesh",
		"help": "bound repeats to a share of all calls (such as 10 %), and stop calling for a while when most calls fail",
		"note": "when a service is slow, callers that repeat multiply its load and keep it down",
	}
}
