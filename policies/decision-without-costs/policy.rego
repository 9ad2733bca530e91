package polity

records := [path |
	some path in repo.glob("**/{adr,adrs,ADR,ADRs,ADRS,decisions,decision-records,architecture-decisions,architecture_decisions}/**/*.md")
	regex.match(`(^|/)(adr|[A-Za-z]+[-_])?[0-9]{1,8}[-_. ][^/]*\.md$`, path)
	not regex.match(`(?i)template|(^|/)(node_modules|vendor|third_party)/|use-(markdown-)?(architectural|architecture)-decision|record-architecture-decisions`, path)
	not path in of_services
]

# The decision that a service names is judged with the service.
of_services := {concat("", [prefix(root), file]) |
	some root in input.services
	some document in repo.yaml(sprintf("%spolity.yaml", [prefix(root)]))
	file := document.service.decision
	is_string(file)
}

prefix(root) := "" if {
	root == ""
} else := sprintf("%s/", [root])

costs := `(?i)\b(costs?|costly|trade-?offs?|drawbacks?|downsides?|disadvantages?|price|harder|hard|difficult|negative|negatively|cons|risks?|risky|limitations?|limited|complex(ity)?|overhead|slow(er)?|burden|however|compromises?|expensive|challenges?|penalty|problems?|caveats?|unfortunately|bad|worse|lose|loss|duplicat\w+|effort|maint(ain|enance)|break(s|ing)?|must now|need(s)? to|require(s|d)? (more|additional|extra|all|us)|not (possible|able|supported|be able))\b`

deny contains finding if {
	some path in records
	count(repo.matches(path, costs)) == 0
	# One that is taken back, or a stub, decides nothing.
	count(repo.matches(path, `(?i)^\W*(status\W*)?(superseded|deprecated|rejected|withdrawn|obsolete)`)) == 0
	count(repo.matches(path, `\S.*`)) > 10
	finding := {
		"message": "decision weighs no cost",
		"path": path,
		"line": 1,
		"label": "nothing here says what gets harder",
		"help": "name in the consequences what the decision costs: what gets slower, harder or impossible, and who bears it",
	}
}

not_applicable contains "there is no numbered decision" if count(records) == 0
