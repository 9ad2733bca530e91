package polity

facts := input.service.facts

limits := object.get(facts, "timeouts", {})

strong := [id | some id, class in object.get(facts, "consistency", {}); class == "strong"]

deny contains finding if {
	repo.exists("polity.yaml") # polity:equivalent this only says what the verdict rests on
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
	not is_kept
	finding := {
		"message": "no code keeps the timeouts",
		"path": "polity.yaml",
		"at": ["timeouts"],
		"label": "the code waits on other things without a limit",
		"help": "give every request a deadline, and end with 503 or 504 when it has passed",
		"also": [{"path": waits[0].path, "line": waits[0].line, "label": "it waits here, for example"}],
	}
}

is_kept if {
	some hit in repo.uncommented(repo.code(`(?i)(?:[\w)\]]+\??\.)?\w*(?:time_?-?out|deadline|time_?limiter)\w*|\bAbort(?:Controller|Signal)\b|\bPromise\.race\b`))
	not is_timer(hit)
}

is_kept if {
	some hit in repo.uncommented(repo.search("**/*.{yaml,yml,toml,json,properties,conf,ini}", `(?i)^\s*["']?[a-z0-9._-]*(timeout|deadline)[a-z0-9._-]*["']?\s*[:=]\s*["']?[0-9]`))
	repo.runs(hit.path)
	not is_of_others(hit.path)
	not is_of_kubernetes(hit)
}

# What JavaScript does later is no limit of what it does now.
is_timer(hit) if {
	regex.match(`(?i)^((window|globalThis|global|self)\.)?(set|clear)Timeout$|^NodeJS\.Timeout$`, hit.text)
	regex.match(`\.([mc]?[jt]sx?|vue|svelte)$`, hit.path)
}

# Pipelines, tools and other hidden files, containers that are asked for their health, and what the service only says of itself.
is_of_others(path) if regex.match(`(^|/)(\.[^/]|polity\.yaml$|((docker-)?compose|azure-pipelines|bitbucket-pipelines|cloudbuild|jest|cypress|playwright)[^/]*$)`, path)

# Probes, jobs and rollouts wait by themselves.
is_of_kubernetes(hit) if {
	regex.match(`(timeout|[dD]eadline)Seconds\b`, hit.text)
	regex.match(`\.ya?ml$`, hit.path)
}

not_applicable contains "no operation is strong" if {
	# polity:equivalent a strong operation without a limit is a finding, which counts more than a reason
	count(strong) == 0
	count(limits) == 0
}
