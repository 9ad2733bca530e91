package polity

facts := input.service.facts

# Clients that wait forever unless they are told not to, and calls on them, as far as one line shows them.
endless := {
	"rust": `\breqwest::(?:get\(|Client::(?:new|default)\(\)|Client::builder\(\)|ClientBuilder::new\(\))`,
	"plain": `\bhttp\.(?:DefaultClient\.)?(?:Get|Post|Head|PostForm)\(`,
	"go": `\bhttp\.DefaultClient\b|&?\bhttp\.Client\{\}?|\bnew\(http\.Client\)|\bvar\s+\w+\s+http\.Client\b`,
	"python": sprintf(`\brequests\.(?:get|post|put|patch|delete|head|request)\((?:%s)?|\brequests\.[Ss]ession\(\)`, [to_end]),
	"axios": sprintf(`\baxios(?:\.(?:get|post|put|patch|delete|head|request|create))?(?:<[^()\n]*>)?\((?:%s)?`, [to_end]),
	"java": `\b(?:new )?RestTemplate\(\)|\bHttpClient\.(?:newHttpClient|newBuilder)\(\)`,
}

# The rest of a call that ends on its line.
to_end := `(?:[^()\n]*(?:\([^()\n]*\)[^()\n]*)*\))`

# In which files they are what they are called.
endings := {"rust": `\.rs$`, "plain": `\.go$`, "go": `\.go$`, "python": `\.py$`, "axios": `\.([cm]?[jt]sx?|vue|svelte)$`, "java": `\.(java|kts?|scala|groovy)$`}

calls contains row if {
	some kind, pattern in endless
	some hit in repo.code(pattern)
	regex.match(endings[kind], hit.path)
	not is_plain(kind, hit)
	row := object.union(hit, {"kind": kind})
}

# A call on Go's own client is none of the client.
is_plain("go", hit) if regex.match(`\bhttp\.DefaultClient\.(Get|Post|Head|PostForm)\(`, split(repo.text(hit.path), "\n")[hit.line - 1])

# By the name alone, which other crates have, too.
calls contains row if {
	some hit in repo.code(`\bClient(?:::new|::default|::builder|Builder::new)\(\)`)
	hit.path in importing
	row := object.union(hit, {"kind": "rust"})
}

importing contains path if {
	some hit in repo.code(`\buse\s+reqwest::`)
	path := hit.path
	regex.match(`\buse\s+reqwest::(?:\{(?:[^}]*[{\s,])?)?Client(?:Builder)?\b`, repo.text(hit.path))
}

calls contains row if {
	some brought in repo.code(`^\s*from\s+requests(?:\.sessions)?\s+import\s[^\n]*`)
	some name in regex.find_n(`\b(?:get|post|put|patch|delete|head|[Ss]ession)\b`, brought.text, -1)
	some hit in repo.matches(brought.path, sprintf(`(?:^|[^.\w])%s\(%s?`, [name, to_end]))
	row := object.union(hit, {"kind": "python", "path": brought.path})
}

# By another name.
calls contains row if {
	some brought in repo.code(`^\s*import\s+requests\s+as\s+\w+`)
	name := regex.replace(brought.text, `^.*\s`, "")
	some hit in repo.matches(brought.path, sprintf(`\b%s\.(?:(?:get|post|put|patch|delete|head|request)\(%s?|[Ss]ession\(\))`, [name, to_end]))
	row := object.union(hit, {"kind": "python", "path": brought.path})
}

deny contains finding if {
	some call in calls
	lines := split(repo.text(call.path), "\n")
	rest := concat("\n", array.slice(lines, call.line - 1, call.line + 40))
	said := whole(call, substring(rest, indexof(rest, call.text), -1))
	not is_told(call, said)
	not is_limited(call)
	finding := {
		"message": "call waits for another service without a limit",
		"path": call.path,
		"line": call.line,
		"column": call.column,
		"end_column": call.end_column,
		"label": "this client has no timeout unless it is given one",
		"help": "set a timeout on the client or the call, shorter than that of the caller's caller",
	}
}

# Whether it is told how long to wait: a limit, and not one that is none.
is_told(call, said) if {
	not call.kind in {"python", "axios"}
	some limit in regex.find_n(`(?i)timeout\s*[:=]?\s*[^\s,)}]*|deadline`, said, -1)
	not regex.match(none, limit)
}

none := `(?i)timeout["']?\s*[:=]\s*(?:0|none|null|undefined)$`

# By an argument of its own: what is sent may hold such words, too.
is_told(call, said) if {
	call.kind == "python" # polity:equivalent other languages say it in other words
	some argument in parts(said, "(")
	regex.match(`^\s*(?:timeout\s*=|\*\*)`, argument)
	not regex.match(none, trim_space(argument))
}

# By its settings, as far as they stand here; those of another name may stand anywhere in the file.
is_told(call, said) if {
	call.kind == "axios" # polity:equivalent other languages say it in other words
	some argument in of_settings(call, said)
	regex.match(`^\s*\{`, argument)
	some setting in parts(argument, "{")
	regex.match(`^\s*["']?(?:timeout\b|signal\b|cancelToken\b|\.\.\.)`, setting)
	not regex.match(none, trim_space(setting))
}

is_told(call, said) if {
	call.kind == "axios"
	some argument in of_settings(call, said)
	regex.match(`^\s*[A-Za-z_$]`, argument)
	count(repo.uncommented([object.union(hit, {"path": call.path}) | some hit in repo.matches(call.path, `\btimeout\b`)])) > 0
}

# What stands between the commas in a bracket.
parts(text, sign) := found if {
	bare := regex.replace(text, `(?:^|\s)(?://|#)[^\n]*`, "")
	found := regex.find_n(sprintf(`(?:[^,()\[\]{}]|%s)+`, [bracket]), substring(bare, indexof(bare, sign) + 1, -1), -1)
}

# Which argument of each method holds them; a call of the library itself has them anywhere.
of_settings(call, said) := found if {
	all := parts(said, "(")
	method := regex.replace(call.text, `^axios\.|[<(].*$`, "")
	first := object.get({"get": 1, "delete": 1, "head": 1, "post": 2, "put": 2, "patch": 2}, method, 0)
	found := array.slice(all, first, count(all))
}

# A bracket that holds others, three deep.
bracket := sprintf(`[(\[{](?:%s|%s)*[)\]}]`, [plain, sprintf(`[(\[{](?:%s|[(\[{]%s*[)\]}])*[)\]}]`, [plain, plain])])

plain := `[^()\[\]{}]`

# All that is said where the client is made or called, on several lines, too; what ends nowhere is not judged.
whole(call, text) := regex.find_n(end_of(call), text, 1)[0] # polity:equivalent an expression that is bound to the start matches once

# A bracket that holds others, three deep.
end_of(call) := `^[^(]*\((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*\)` if {
	call.kind in {"python", "axios"}
} else := `^[^{]*\{(?:[^{}]|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})*\}` if {
	regex.match(`Client\{`, call.text)
} else := `^[^;{}]*?\.build\(` if {
	regex.match(`[bB]uilder`, call.text)
} else := `^.`

# What bounds calls of a file apart from where a client is made.
elsewhere := {
	"rust": `\.(?:read_)?timeout\(`,
	"go": `ResponseHeaderTimeout`,
	"java": `(?i)\.(?:connect|read|set\w*)?timeout\(|setRequestFactory`,
	"session": `timeout`,
}

is_limited(call) if {
	not contains(call.text, "reqwest::get")
	found := [object.union(hit, {"path": call.path}) | some hit in repo.matches(call.path, elsewhere[kind_of(call)])]
	count(repo.uncommented(found)) > 0
}

# It has no timeout of its own.
kind_of(call) := "session" if {
	regex.match(`[sS]ession`, call.text)
} else := call.kind

# It gets one where it has a name.
is_limited(call) if {
	call.kind == "go"
	line := split(repo.text(call.path), "\n")[call.line - 1]
	given := [object.union(hit, {"path": call.path}) | some hit in repo.matches(call.path, sprintf(`\b%s\.Timeout\s*=`, [named(line)]))]
	count(repo.uncommented(given)) > 0
}

# By what name a line of Go calls what it makes; any, where it gives it none.
named(line) := name if {
	# polity:equivalent the first one is taken
	names := regex.find_all_string_submatch_n(`(\w+)(?:\s*(?::=|=|:)\s*(?:&|new\()?|\s+)http\.Client\b`, line, 1)
	name := names[0][1]
	name != "return"
} else := `\w+`

# The client that all use.
is_limited(call) if {
	regex.match(`^http\.(?:DefaultClient|Get|Post|Head)`, call.text)
	count(repo.uncommented(repo.code(`\bhttp\.DefaultClient(?:\.Timeout)?\s*=`))) > 0
}

# The context of a request may end: whoever passes it on decides when.
is_limited(call) if {
	call.kind == "go"
	some path in passing
	is_for(call, path)
}

passing contains path if {
	some request in requests
	path := request.path
	not path in waiting
}

requests := [{"path": hit.path, "text": hit.text, "name": name, "within": within} |
	some hit in repo.code(`\b(?:NewRequestWithContext|\w*[rR]eq\w*\.WithContext)\(\s*[a-z]\w*(?:\.Context\(\))?\s*[,)]`)
	name := regex.replace(hit.text, `^[\w.]+\(\s*|\W.*$`, "")
	before := array.slice(split(repo.text(hit.path), "\n"), 0, hit.line) # polity:equivalent no function is in the first line
	functions := split(concat("\n", before), "\nfunc ")
	within := functions[count(functions) - 1]
]

# A context that never ends, made in the function that makes the request.
waiting contains path if {
	some request in requests
	path := request.path
	regex.match(`=\s*context\.(?:Background|TODO)\(\)`, request.within)
}

# Or for all functions of the file.
waiting contains path if {
	some request in requests
	path := request.path
	count(repo.matches(request.path, sprintf(`^(?:var)?\s+%s(?:\s+context\.Context)?\s*=\s*context\.(?:Background|TODO)\(\)`, [request.name]))) > 0
}

is_for(call, path) if call.path == path

# A client that is made here may be used anywhere. Where a request is changed, it may be one that somebody else sends.
is_for(call, path) if {
	call.text != "http.DefaultClient"
	some request in requests
	request.path == path
	contains(request.text, "NewRequest")
}

# One default for all calls of the library.
is_limited(call) if {
	call.kind == "axios"
	count(repo.uncommented(repo.code(`axios\.defaults\.timeout|axios\.create\([^)]*timeout`))) > 0
}

# The name of what bounds repeats: breakers, budgets, meshes. A library beside the service is not seen from here, but for
# its name; the one that Aspire makes gives every client the standard handler by `AddServiceDefaults`.
bounded := `(?i)circuit[-_ ]?breaker|resilience4j|\bpolly\b|Microsoft\.Extensions\.Http\.Resilience|StandardResilience|\.AddServiceDefaults\(|\bInclude="[^"]*Resilien|gobreaker|hystrix|opossum|cockatiel|dev\.failsafe|net\.jodah|failsafe-go|\blibs\.failsafe|\bFailsafe\.|pybreaker|aiobreaker|purgatory|outlier_?detection|retry_?budget|RetryThrottling|TokenBucket|tower::retry|concurrency_?limit`

consumed := [{"name": one.service, "at": ["consumes", i]} | some i, one in object.get(facts, "consumes", [])]

called := array.concat(consumed, [{"name": one.name, "at": ["dependencies", i]} |
	some i, one in object.get(facts, "dependencies", [])
	one.kind == "service"
	not one.name in {other.name | some other in consumed}
])

is_bounded if count(repo.uncommented(repo.code(bounded))) > 0

is_bounded if count(repo.uncommented(repo.search("**/*.{toml,json,yaml,yml,xml,gradle,kts,csproj,props,mod,txt}", bounded))) > 0

deny contains finding if {
	some one in called
	has_code
	not is_bounded
	finding := {
		"message": sprintf("nothing stops calls to `%s` when it fails", [one.name]),
		"path": "polity.yaml",
		"at": one.at,
		"label": "no retry budget and no circuit breaker in code, dependencies or mesh",
		"help": "bound repeats to a share of all calls (such as 10 %), and stop calling for a while when most calls fail",
		"note": "when a service is slow, callers that repeat multiply its load and keep it down",
	}
}

# Without code there is nothing that calls.
has_code if count(repo.code(`^\s*(async\s+)?(fn|func|function|def|class|public|export|import|from|use|package|namespace|const|let|var)\b`)) > 0

not_applicable contains "its code makes no call that is known here, and it names no service that it calls" if {
	count(calls) == 0
	count(called) == 0
}

not_applicable contains "there is no code that could call" if {
	count(called) > 0
	not has_code
}
