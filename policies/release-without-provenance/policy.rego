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
	is_string(action)
	startswith(action, "goreleaser/goreleaser-action")
	releases(object.get(step, ["with", "args"], "")) # polity:equivalent any word but those that do not release
} else := action if {
	action := step.uses
	regex.match(`^(JS-DevTools/npm-publish|helm/chart-releaser-action|redhat-actions/push-to-registry|mr-smithers-excellent/docker-build-push)`, action)
} else := "changesets/action" if {
	is_string(step.uses)
	startswith(step.uses, "changesets/action")
	is_string(step["with"].publish)
} else := "semantic-release" if {
	is_semantic(step)
	not contains(json.marshal(step), "dry")
	about := repo.json("package.json")
	is_object(about)
	not about["private"]
} else := command if {
	is_string(step.run)
	commands := [trim_space(line) | some line in regex.find_n(sprintf(`(?m)^[^#\n]*\b(%s)\b[^\n]*`, [concat("|", publishing)]), joined(step.run), -1); not contains(line, "dry-run")]
	command := commands[0]
}

publishing := [
	`docker (buildx )?(build|bake|compose build)\s([^\n]*\s)?--push`,
	`(docker( image| compose| manifest)?|docker-compose|podman|buildah|nerdctl|crane|oras|helm)\s+push`,
	`skopeo copy\s[^\n]*(docker|dir|oci|oci-archive|docker-archive|docker-daemon|containers-storage):[^\n]*\s["']?docker://[^\n]*\w`,
	`(npm|pnpm|yarn|yarn npm|poetry|uv|flit|hatch|pdm|cargo|ko)\s+publish`,
	`mvnw? ([^\n]*\s)?(deploy|jib:build)`,
	`gradlew? ([^\n]*[\s:])?(publish|jib)`,
	`ko build|twine upload|gem push|goreleaser release|dotnet nuget push`,
	`dotnet publish\s[^\n]*ContainerRegistry`,
]

is_semantic(step) if regex.match(`^cycjimmy/semantic-release-action`, step.uses)

is_semantic(step) if regex.match(`(?m)^[^#\n]*\bnpx ([^\n]*\s)?semantic-release\b`, step.run)

# Without a word it releases; what an expression adds is not known.
releases(args) if {
	is_string(args)
	# polity:equivalent what stands for an expression is none of these
	not regex.match(`^\s*(check|build|healthcheck|changelog|init|jsonschema)\b|--snapshot|--skip[= ]\S*publish`, regex.replace(args, `\$\{\{[^}]*\}\}`, ""))
}

is_true(value) if not value in {false, "false"}

# A command may go on in the next line.
joined(script) := regex.replace(script, `\\[ \t]*\r?\n[ \t]*`, "")

# What says where it comes from: signatures, attestations, lists of what is in it. A permission to attest is none.
attesting contains path if {
	some hit in repo.search(steps_in, `^[^#\n]*(attest|cosign|sigstore|slsa-|sbom|syft|cyclonedx|spdx|in-toto|--provenance(=|\s)?(true|max|mode)?|provenance: *(true|mode|max)|gh-action-pypi-publish|NPM_CONFIG_PROVENANCE)[^\n]*`)
	not regex.match(`(sbom|provenance)[=: ]+["']?false|\battestations["']?\s*:\s*["']?(none|read|write)\b`, hit.text)
	path := hit.path
}

steps_in := ".github/{workflows/*.{yml,yaml},**/action.{yml,yaml}}"

# What each file calls.
calls := {path: targets |
	some path in repo.glob(steps_in)
	places := [trim_suffix(regex.replace(hit.text, `^uses:\s*["']?\./`, ""), "/") | some hit in repo.matches(path, `\buses:\s*["']?\./[^\s"'#,}]+`)]
	targets := {target | some place in places; some end in ["", "/action.yml", "/action.yaml"]; target := concat("", [place, end])}
}

called := {path: callers |
	some path, _ in calls
	callers := {caller | some caller, targets in calls; path in targets}
}

is_attested(path) if {
	together := graph.reachable(calls, graph.reachable(called, {path}))
	count(attesting & together) > 0
}

# What runs when this one has ended, or for every release.
is_attested(path) if {
	some other in attesting
	some document in repo.yaml(other)
	some event in ["release", "registry_package"]
	event in events(document.on)
}

is_attested(path) if {
	some other in attesting
	some document in repo.yaml(other)
	some mine in repo.yaml(path)
	mine.name in document.on.workflow_run.workflows
}

events(on) := {on} if is_string(on)

events(on) := {event | some event in on} if is_array(on)

events(on) := object.keys(on) if is_object(on)

# What says it for all that a tool makes.
attests_all if {
	some path in repo.glob("**/.goreleaser*.{yml,yaml}")
	count(repo.matches(path, `^\s*(sboms|signs|docker_signs|attestations):`)) > 0
}

attests_all if count(repo.uncommented(repo.search("**/{package.json,.npmrc}", `(^|[\s{,])"?provenance"?\s*[:=]\s*true\b`))) > 0

steps(document) := array.concat(
	[{"at": ["jobs", job, "steps", i], "step": step} |
		is_object(document.jobs)
		some job, body in document.jobs
		is_array(body.steps)
		some i, step in body.steps
	],
	[{"at": ["runs", "steps", i], "step": step} |
		is_array(document.runs.steps)
		some i, step in document.runs.steps
	],
)

deny contains finding if {
	some path in repo.glob(steps_in)
	found := [{"at": one.at, "what": what} |
		some document in repo.yaml(path)
		some one in steps(document)
		what := publishes(one.step)
	]
	first := found[0]
	not is_attested(path)
	not attests_all
	finding := {
		"message": sprintf("`%s` publishes without %s", [first.what, lacking(first.what)]),
		"path": path,
		"at": first.at,
		"label": "nobody can tell afterwards what is in it and who built it",
		"help": "attach both: `docker buildx build --sbom=true --provenance=mode=max --push`, `npm publish --provenance`, or `actions/attest-build-provenance`",
	}
}

# BuildKit says by itself who built an image, though not from which arguments; what is in it it says when it is asked.
lacking(what) := "a list of contents" if {
	regex.match(`^docker/(build-push|bake)-action|docker (buildx )?(build|bake)`, what)
} else := "a list of contents and without provenance"

not_applicable contains "there is no workflow of GitHub" if count(workflows) == 0
