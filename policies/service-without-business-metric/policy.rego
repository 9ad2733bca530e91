package polity

facts := input.service.facts

metrics := object.get(object.get(facts, "metrics", {}), "business", [])

# Code that runs; tests prove nothing about what the service emits.
sources := [path |
	some path in repo.glob("**/*.{rs,go,java,kt,scala,groovy,clj,cs,fs,vb,py,rb,php,ts,tsx,mts,js,jsx,mjs,cjs,ex,exs,erl,swift,dart,c,cc,cpp,h,hpp}")
	not regex.match(`(^|/)(tests?|__tests__|spec|e2e|benches|node_modules|vendor|target|dist)/|[._](test|spec)\.|_test\.go$|Tests?\.(java|kt|cs)$`, path)
]

deny contains finding if {
	count(metrics) == 0
	finding := {
		"message": "service measures nothing of its business",
		"path": "polity.yaml",
		"at": ["metrics", "business"],
		"label": "no metric is named here",
		"help": "name what the owner of the business would ask for: `metrics: {business: [{name: orders.created, unit: \"{order}\"}]}`, and count it in the code",
	}
}

deny contains finding if {
	some i, metric in metrics
	is_instrument(metric.name)
	words := regex.split(`[._-]`, regex.replace(metric.name, `[._-]total$`, ""))
	count([path | some path in sources; is_named(path, words)]) == 0
	finding := {
		"message": sprintf("metric `%s` is not in the code", [metric.name]),
		"path": "polity.yaml",
		"at": ["metrics", "business", i, "name"],
		"label": "no source file names this instrument",
		"help": sprintf("create an instrument called `%s` and record with it, or name the metric that the code has", [metric.name]),
	}
}

deny contains finding if {
	some i, metric in metrics
	not is_instrument(metric.name)
	finding := {
		"message": sprintf("`%s` is no name of an instrument", [metric.name]),
		"path": "polity.yaml",
		"at": ["metrics", "business", i, "name"],
		"help": "start with a letter, then letters, digits, `.`, `_`, `-` and `/`, for example `orders.created`",
	}
}

# An instrument is named in a literal, in the words of OpenTelemetry or of Prometheus: dots or underscores, with or without suffix.
is_named(path, words) if count(repo.matches(path, literal(words))) > 0

# The client of Prometheus puts a namespace before it.
is_named(path, words) if {
	some n in numbers.range(1, count(words) - 1)
	count(repo.matches(path, sprintf(`(?i:namespace|subsystem|prefix)\w*["']?\s*[:=(,]\s*%s`, [literal(array.slice(words, 0, n))]))) > 0
	count(repo.matches(path, literal(array.slice(words, n, count(words))))) > 0
}

literal(words) := sprintf("[\"'`]%s([._](total|seconds|milliseconds|ms|bytes|ratio))?[\"'`]", [concat(`[._-]`, words)])

# OpenTelemetry's syntax, so that the name is harmless in an expression as well.
is_instrument(name) if regex.match(`^[A-Za-z][A-Za-z0-9_./-]{0,254}$`, name)
