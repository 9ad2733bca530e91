package polity

facts := input.service.facts

# Words for what there is one of for each user, request or record.
many := `(user|customer|account|session|request|trace|span|order|basket|cart|transaction|message|correlation|device|client|visitor|invoice|payment)[._-]?(id|uuid|guid|ID|Id)|e?mail([._-]?address)?|ip([._-]?addr(ess)?)?|remote[._-]?addr|raw[._-]?(path|url)|url[._-]?full|user[._-]?agent`

quoted := sprintf(`["'](?i:%s)["']`, [many])

# Where labels are named: instruments with their names, and records with their values.
places := [
	# What is given a list at once counts things in it.
	sprintf(`\b(Int)?(Counter|Gauge|Histogram|Summary)(Vec)?\b(?:\(\s*[^\s\[]|[^\w\s(])[^\n]*%s`, [quoted]),
	sprintf(`\bNew(Counter|Gauge|Histogram|Summary)Vec\([^\n]*%s`, [quoted]),
	sprintf(`\b\w*([rR]egistry|[mM]etrics?)\w*\.(counter|gauge|timer|summary)\([^\n]*%s`, [quoted]),
	sprintf(`(?i:statsd)\w*\.\w+\([^\n]*\btags\s*[=:]\s*\[[^\]\n]*["'](?i:%s):`, [many]),
	sprintf(`\b[lL]abelNames\s*[:=]\s*(?:\[|new\s*(?:string)?\[\]\s*\{)[^\]}\n]*%s`, [quoted]),
	sprintf(`\bCreate(Counter|Gauge|Histogram|Summary)\([^\n]*,[^\n]*,[^\n]*%s`, [quoted]),
	sprintf(`\b\w*([cC]ounter|[hH]istogram|[gG]auge|[mM]eter|[mM]etrics?)\w*\b[^\n]*\.(add|record|increment|inc|observe|labels|tag|tags|WithLabelValues|Add|Record)\([^\n]*%s`, [quoted]),
	sprintf(`\bmetric\.WithAttributes\([^\n]*%s`, [quoted]),
	sprintf(`\.(?:add|record)\([^,\n]+,\s*&\[[^\n]*\bKeyValue::new\(%s`, [quoted]),
	sprintf(`\.(?:Add|Record)\([^,\n]+,\s*new\s+(?:KeyValuePair<|TagList\b)[^\n]*%s`, [quoted]),
	sprintf(`\b\w*([cC]ounter|[hH]istogram|[gG]auge|[tT]otal)\w*\.(add|record|inc|observe|labels)\([^\n]*\{[^}\n]*\b(?i:%s)\s*[:,}]`, [many]),
]

named := repo.code(concat("|", places))

deny contains finding if {
	some hit in named
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

# An instrument whose labels may stand on lines of their own: how it begins, and what stands before a label in it.
opened := {
	`\b(?:New(?:Counter|Gauge|Histogram|Summary)Vec|(?:Counter|Gauge|Histogram|Summary))\((?:[\w.]+\{)?\s*$`: sprintf(`(?:\[\]string\{|\[)[^\]})]*%s`, [quoted]),
	`\b(?:register_)?(?:int_)?(?:counter|gauge|histogram)(?:_vec\w*)?!\(`: sprintf(`%s\s*=>|&\[[^\]]*%s`, [quoted, quoted]),
	`\b(?:Counter|Timer|Gauge|DistributionSummary|LongTaskTimer|FunctionCounter|FunctionTimer|TimeGauge)\.builder\(`: sprintf(`\.tags?\((?:[^()]*[\s,(])?(?:Tags?\.of\()?%s\s*,`, [quoted]),
}

# What stands in brackets, and what is called on it.
call := sprintf(`^[^(]*\(%s\)(?:\s*\.\w+\(%s\))*`, [inside, inside])

inside := `(?:[^()]|\((?:[^()]|\([^()]*\))*\))*`

deny contains finding if {
	some begins, labelled in opened
	some hit in repo.code(begins)
	lines := split(repo.text(hit.path), "\n")
	# polity:equivalent a character before the word changes nothing
	rest := array.concat([substring(lines[hit.line - 1], hit.column - 1, -1)], array.slice(lines, hit.line, count(lines)))
	# polity:equivalent an expression that is bound to the start matches once
	called := regex.find_n(call, concat("\n", rest), 1)[0]
	regex.match(labelled, called)
	not [hit.path, hit.line] in {[one.path, one.line] | some one in named}
	finding := {
		"message": "label of a metric may take any value",
		"path": hit.path,
		"line": hit.line,
		"column": hit.column,
		"end_column": hit.end_column,
		"label": "one of its labels: one time series for each value, kept for as long as metrics are kept",
		"help": "put it on the span or into the log line, and label the metric with the class: route, plan, region, outcome",
	}
}

# Any word of a metric makes it the business of this policy, whatever labels it has.
not_applicable contains "no code here is known to have a metric" if {
	count(repo.code(`[cC]ounter|[hH]istogram|[gG]auge|[sS]ummary|[tT]imer|[mM]etric|[mM]eter|[sS]tats[dD]|labelNames|KeyValue|TagList`)) == 0
}
