package polity

facts := input.service.facts

limits := object.get(facts, "timeouts", {})

strong := [id | some id, class in object.get(facts, "consistency", {}); class == "strong"]

deny contains finding if {
	some id in strong
	not limits[id]
	finding := {
		"message": sprintf("operation `%s` may take forever", [id]),
		"path": "polity.yaml",
		"at": ["consistency", id],
		"label": "`strong` without a limit",
		"help": sprintf("say when a caller gives up, and let the service give up before: `timeouts: {%s: 2s}`", [id]),
	}
}

# A promise that no code knows is kept by chance. Only code that answers requests can keep it.
deny contains finding if {
	count(limits) > 0
	waits := repo.code(`\.await\b|\bawait\s|\.join\(\)|ListenAndServe|\.listen\(|@(Get|Post|Request)Mapping|\[Http(Get|Post)|@app\.(get|post|route)`)
	count(repo.uncommented(repo.code(`(?i)time_?-?out|deadline|time_?limiter`))) == 0
	count(repo.uncommented(repo.search("**/*.{yaml,yml,toml,json,properties,conf,ini}", `(?i)^\s*["']?[a-z0-9._-]*(timeout|deadline)[a-z0-9._-]*["']?\s*[:=]\s*["']?[0-9]`))) == 0
	finding := {
		"message": "no code keeps the timeouts",
		"path": "polity.yaml",
		"at": ["timeouts"],
		"label": "the code waits on other things without a limit",
		"help": "give every request a deadline, and end with 503 or 504 when it has passed",
		"also": [{"path": waits[0].path, "line": waits[0].line, "label": "it waits here, for example"}],
	}
}

not_applicable contains "no operation is strong" if {
	# polity:equivalent a strong operation without a limit is a finding, which counts more than a reason
	count(strong) == 0
	count(limits) == 0
}
