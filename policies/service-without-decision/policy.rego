package polity

facts := input.service.facts

file := facts.service.decision if is_string(facts.service.decision)

deny contains finding if {
	not file
	finding := {
		"message": "nobody decided that this is a service of its own",
		"path": "polity.yaml",
		"at": ["service"],
		"label": "`decision` is not set here",
		"help": "write down why it is a service and not a module, with what that costs, and set `decision: docs/decisions/0001-own-service.md`",
	}
}

deny contains finding if {
	not repo.exists(file)
	finding := {
		"message": sprintf("decision `%s` does not exist", [file]),
		"path": "polity.yaml",
		"at": ["service", "decision"],
		"label": "there is no such file",
		"help": "write the record, or name the file where it is",
	}
}

# What nobody reads is a blank to be filled in.
text := regex.replace(repo.text(file), `<!--(?s:.*?)-->`, "")

# A heading, perhaps with smaller ones, then text before the next of its size. Also underlined, or in bold letters.
sections := [
	`(?im)^#[ \t][^\n]*\b%s\b[^\n]*\n(?:\s*#{2,6}[ \t][^\n]*\n)*\s*[^#\s]`,
	`(?im)^##[ \t][^\n]*\b%s\b[^\n]*\n(?:\s*#{3,6}[ \t][^\n]*\n)*\s*[^#\s]`,
	`(?im)^#{3,6}[ \t][^\n]*\b%s\b[^\n]*\n\s*[^#\s]`,
	`(?im)^[^#\n]*\b%s\b[^\n]*\n(?:=+|-+)\s*\n\s*[^#\s]`,
	`(?im)^(?:\*\*|__)[^\n*_]*\b%s\b[^\n*_]*(?:\*\*|__)[ \t]*:?\s*[^#*_\s]`,
]

deny contains finding if {
	text
	some part in ["context", "decision", "consequences"]
	count([shape | some shape in sections; regex.match(sprintf(shape, [part]), text)]) == 0
	finding := {
		"message": sprintf("decision has no %s", [part]),
		"path": file,
		"line": 1,
		"label": sprintf("no section `%s` with text in it", [part]),
		"help": sprintf("add a section `## %s%s`", [upper(substring(part, 0, 1)), substring(part, 1, -1)]),
	}
}

deny contains finding if {
	text
	not regex.match(`(?i)\b(costs?|costly|expensive|trade-?offs?|drawbacks?|downsides?|disadvantages?|price|harder|difficult|negative|cons|risks?|complex(ity)?|overhead|burden|challenges?|worse|slower|limitations?|penalt(y|ies))\b`, text)
	finding := {
		"message": "decision weighs no cost",
		"path": file,
		"line": 1,
		"label": "nothing here says what being apart costs",
		"help": "name what gets harder: stale reads, calls that fail, versions of the contract, one more thing on call",
	}
}
