package polity

workflows := repo.glob(".github/workflows/*.{yml,yaml}")

# Steps of jobs.
uses contains row if {
	some path in workflows
	some document in repo.yaml(path)
	is_object(document.jobs)
	some job, body in document.jobs
	is_array(body.steps)
	some i, step in body.steps
	is_string(step.uses)
	row := {"path": path, "at": ["jobs", job, "steps", i, "uses"], "text": step.uses}
}

# Jobs that are a workflow of another repository.
uses contains row if {
	some path in workflows
	some document in repo.yaml(path)
	is_object(document.jobs)
	some job, body in document.jobs
	is_string(body.uses)
	row := {"path": path, "at": ["jobs", job, "uses"], "text": body.uses}
}

# Steps of composite actions, wherever they stand.
uses contains row if {
	some path in repo.glob("**/action.{yml,yaml}")
	count(repo.matches(path, `\busing["']?:\s*["']?composite`)) > 0
	some document in repo.yaml(path)
	is_array(document.runs.steps)
	some i, step in document.runs.steps
	is_string(step.uses)
	row := {"path": path, "at": ["runs", "steps", i, "uses"], "text": step.uses}
}

deny contains finding if {
	some one in uses
	not is_local(one.text)
	not startswith(one.text, "docker://")
	not regex.match(`(?i)@[0-9a-f]{40}([0-9a-f]{24})?$`, one.text)
	not is_trusted(one.text)
	finding := {
		"message": sprintf("action `%s` is not pinned to a commit", [one.text]),
		"path": one.path,
		"at": one.at,
		"key": sprintf("action `%s` is not pinned", [unversioned(one.text)]),
		"thing": unversioned(one.text),
		"label": described(one.text),
		"help": "name the commit and keep the version in a comment: `uses: owner/name@<40 hex digits> # v1.2.3`; Dependabot and Renovate update both",
	}
}

deny contains finding if {
	some one in uses
	startswith(one.text, "docker://")
	not contains(one.text, "@sha256:")
	finding := {
		"message": sprintf("container action `%s` is not pinned to a digest", [one.text]),
		"path": one.path,
		"at": one.at,
		"key": sprintf("action `%s` is not pinned", [unversioned(one.text)]),
		"thing": unversioned(one.text),
		"label": "a tag can be moved",
		"help": "name the digest: `uses: docker://image@sha256:…`",
	}
}

# Another version that is not pinned either is no news.
unversioned(text) := regex.replace(text, `(@|:[^:/]*$).*`, "")

is_local(text) if startswith(text, "./")

is_local(text) if startswith(text, "../")

is_trusted(text) if {
	some name in input.parameters.trusted
	startswith(lower(text), sprintf("%s/", [lower(name)]))
}

is_trusted(text) if {
	some name in input.parameters.trusted
	startswith(lower(text), sprintf("%s@", [lower(name)]))
}

described(text) := "names no version at all" if {
	not contains(text, "@")
} else := "whoever can move this name runs code with the secrets of this workflow"

not_applicable contains "nothing uses an action" if count(uses) == 0
