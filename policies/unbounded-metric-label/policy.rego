package polity

facts := input.service.facts

# Words for what there is one of for each user, request or record.
many := `(user|customer|account|session|request|trace|span|order|basket|cart|transaction|message|correlation|device|client|visitor|invoice|payment)[._-]?(id|uuid|guid|ID|Id)|e?mail([._-]?address)?|ip([._-]?addr(ess)?)?|remote[._-]?addr|raw[._-]?(path|url)|url[._-]?full|user[._-]?agent`

quoted := sprintf(`["'](?i:%s)["']`, [many])

# Where labels are named: instruments with their names, and records with their values.
places := [
	# What is given a list at once counts things in it.
	sprintf(`\b(Counter|Gauge|Histogram|Summary)(Vec)?\b(?:\(\s*[^\s\[]|[^\w\s(])[^\n]*%s`, [quoted]),
	sprintf(`\bNew(Counter|Gauge|Histogram|Summary)Vec\([^\n]*%s`, [quoted]),
	sprintf(`\b\w*([rR]egistry|[mM]etrics?)\w*\.(counter|gauge|timer|summary)\([^\n]*%s`, [quoted]),
	sprintf(`(?i:statsd)\w*\.\w+\([^\n]*\btags\s*[=:]\s*\[[^\]\n]*["'](?i:%s):`, [many]),
	sprintf(`\blabelNames:\s*\[[^\]\n]*%s`, [quoted]),
	sprintf(`\b\w*([cC]ounter|[hH]istogram|[gG]auge|[mM]eter|[mM]etrics?)\w*\b[^\n]*\.(add|record|increment|inc|observe|labels|tag|tags|WithLabelValues|Add|Record)\([^\n]*%s`, [quoted]),
	sprintf(`\b\w*([cC]ounter|[hH]istogram|[gG]auge)\w*\.(add|record|inc|observe|labels)\([^\n]*\{[^}\n]*\b(?i:%s)\s*[:,}]`, [many]),
]

deny contains finding if {
	some hit in repo.code(concat("|", places))
	finding := {
		"message": "label of a metric may take any value",
		"path": hit.path,
		"line": hit.line,
		"column": hit.column,
		"end_column": hit.end_column,
		"label": "one time series for each value, kept for as long as metrics are kept",
		"help": "put it on the span or into the log line, and label the metric with the class: route, plan, region, outcome",
	}
}

# An instrument whose labels stand on a line of their own.
opened contains hit if {
	some hit in repo.code(`\b(New(?:Counter|Gauge|Histogram|Summary)Vec|(?:Counter|Gauge|Histogram|Summary))\((?:[\w.]+\{)?\s*$`)
}

deny contains finding if {
	some hit in opened
	lines := split(repo.text(hit.path), "\n")
	rest := array.slice(lines, hit.line - 1, count(lines))
	# polity:equivalent an expression that is bound to the start matches once
	call := regex.find_n(`^[^(]*\((?:[^()]|\([^()]*\))*\)`, concat("\n", rest), 1)[0]
	regex.match(sprintf(`(?:\[\]string\{|\[)[^\]})]*%s`, [quoted]), call)
	finding := {
		"message": "label of a metric may take any value",
		"path": hit.path,
		"line": hit.line,
		"column": hit.column,
		"end_column": hit.end_column,
		"label": "one of the labels below: one time series for each value, kept for as long as metrics are kept",
		"help": "put it on the span or into the log line, and label the metric with the class: route, plan, region, outcome",
	}
}
