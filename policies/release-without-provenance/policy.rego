package polity

workflows := repo.glob(".github/workflows/*.{yml,yaml}")

# What publishes, in a step.
publishes(step) := "docker/build-push-action" if {
	is_string(step.uses)
	startswith(step.uses, "docker/build-push-action")
	is_true(step["with"].push)
} else := "docker/build-push-action" if {
	is_string(step.uses)
	startswith(step.uses, "docker/build-push-action")
	regex.match(`type=registry|push=true`, step["with"].outputs)
} else := "docker/bake-action" if {
	is_string(step.uses)
	startswith(step.uses, "docker/bake-action")
	is_true(step["with"].push)
} else := action if {
	action := step.uses
	regex.match(`^(goreleaser/goreleaser-action|JS-DevTools/npm-publish|helm/chart-releaser-action)`, action)
} else := command if {
	is_string(step.run)
	commands := [trim_space(line) | some line in regex.find_n(`(?m)^[^#\n]*\b(docker( buildx build[^\n]*--| image |\s)push|npm publish|pnpm publish|yarn npm publish|cargo publish|twine upload|(poetry|uv|flit|hatch|pdm) publish|gem push|mvnw? ([^\n]*\s)?deploy|gradlew? ([^\n]*\s)?publish|helm push|ko (build|publish)|goreleaser release|podman push|crane push|dotnet nuget push)\b[^\n]*`, joined(step.run), -1); not contains(line, "dry-run")]
	command := commands[0]
}

is_true(value) if not value in {false, "false"}

# A command may go on in the next line.
joined(script) := regex.replace(script, `\\[ \t]*\r?\n[ \t]*`, "")

# What says where it comes from, anywhere in the workflows: signatures, attestations, lists of what is in it.
attested if {
	some hit in repo.search(".github/**/*.{yml,yaml}", `^[^#\n]*(attest|cosign|sigstore|slsa-|sbom|syft|cyclonedx|spdx|in-toto|--provenance(=|\s)?(true|max|mode)?|provenance: *(true|mode|max)|gh-action-pypi-publish|NPM_CONFIG_PROVENANCE)[^\n]*`)
	not regex.match(`(sbom|provenance)[=: ]+["']?false`, hit.text)
}

attested if {
	some path in repo.glob("**/.goreleaser*.{yml,yaml}")
	count(repo.matches(path, `^\s*(sboms|signs|docker_signs|attestations):`)) > 0
}

deny contains finding if {
	not attested
	some path in workflows
	found := [[job, i, what] |
		some document in repo.yaml(path)
		is_object(document.jobs)
		some job, body in document.jobs
		is_array(body.steps)
		some i, step in body.steps
		what := publishes(step)
	]
	first := found[0]
	finding := {
		"message": sprintf("`%s` publishes without %s", [first[2], lacking(first[2])]),
		"path": path,
		"at": ["jobs", first[0], "steps", first[1]],
		"label": "nobody can tell afterwards what is in it and who built it",
		"help": "attach both: `docker buildx build --sbom=true --provenance=mode=max --push`, `npm publish --provenance`, or `actions/attest-build-provenance`",
	}
}

# BuildKit says by itself who built an image, though not from which arguments; what is in it it says when it is asked.
lacking(what) := "a list of contents" if {
	regex.match(`^docker/(build-push|bake)-action|docker buildx build`, what)
} else := "a list of contents and without provenance"

not_applicable contains "there is no workflow of GitHub" if count(workflows) == 0
