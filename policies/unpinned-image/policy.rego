package polity

dockerfiles := [path |
	some path in repo.glob("**/{Dockerfile,Containerfile,Dockerfile.*,Containerfile.*,*.Dockerfile,*.dockerfile}")
	repo.runs(path)
]

# What a Dockerfile takes from a registry: base images, and images that it only copies or mounts from.
taken contains row if {
	some path in dockerfiles
	instructions := repo.dockerfile(path)
	some from in instructions
	from.instruction == "FROM"
	image := expanded(split(from.arguments, " ")[0], arguments_of(instructions))
	not lower(image) in stage_names(instructions, from.stage)
	not is_context(image)
	row := {"path": path, "line": from.line, "image": image, "instructions": instructions}
}

taken contains row if {
	some path in dockerfiles
	instructions := repo.dockerfile(path)
	some copy in instructions
	copy.instruction == "COPY"
	some flag in copy.flags
	startswith(flag, "--from=")
	image := expanded(trim_prefix(flag, "--from="), arguments_of(instructions))
	# A number is the index of a stage.
	not regex.match(`^[0-9]+$`, image)
	not lower(image) in stage_names(instructions, copy.stage)
	not is_context(image)
	row := {"path": path, "line": copy.line, "image": image, "instructions": instructions}
}

# A folder of an image that a command sees while it runs.
taken contains row if {
	some path in dockerfiles
	instructions := repo.dockerfile(path)
	some run in instructions
	run.instruction == "RUN"
	some flag in run.flags
	startswith(flag, "--mount=")
	some part in split(trim_prefix(flag, "--mount="), ",")
	startswith(part, "from=")
	image := expanded(trim_prefix(part, "from="), arguments_of(instructions))
	not regex.match(`^[0-9]+$`, image)
	not lower(image) in stage_names(instructions, run.stage)
	not is_context(image)
	row := {"path": path, "line": run.line, "image": image, "instructions": instructions}
}

deny contains finding if {
	some one in taken
	one.image != "scratch"
	# An argument without a value is chosen by whoever builds.
	not contains(one.image, "$")
	reason := fault(one.image)
	finding := {
		"message": sprintf("image `%s` is not pinned: %s", [one.image, reason]),
		"path": one.path,
		"line": one.line,
		"help": "append the digest that `docker buildx imagetools inspect` shows: `IMAGE:TAG@sha256:…`; Dependabot and Renovate keep it current",
	}
}

fault(image) := reason if {
	reason := floating(image)
} else := "a tag can be moved, only a digest cannot" if {
	not contains(image, "@")
	not is_allowed(image) # polity:equivalent no case sets a parameter
}

is_allowed(image) if {
	some prefix in input.parameters.tags_allowed
	startswith(image, prefix) # polity:equivalent no case sets a parameter
}

# The part after the last colon, when it is no port of the registry.
tag_of(image) := tag if {
	last := regex.replace(image, `^.*/`, "")
	[_, tag] := split(last, ":")
} else := ""

# Values that arguments before the first stage have by default.
arguments_of(instructions) := {pair[1]: value |
	pairs := [pair |
		some i in instructions
		i.instruction == "ARG"
		i.stage < 0
		some word in split(i.arguments, " ")
		# polity:equivalent an expression that is bound to the start matches once
		some pair in regex.find_all_string_submatch_n(`^([^=]+)=(.*)$`, trim(word, `"'`), 1)
	]
	some pair in pairs
	values := [other[2] | some other in pairs; other[1] == pair[1]]
	value := values[count(values) - 1]
}

# `${NAME}`, `$NAME` and `${NAME:-default}`; what has no value stays as it is. Arguments may stand in arguments, once.
expanded(text, values) := once(once(with_defaults(trim(text, `"'`), values), values), values)

once(text, values) := strings.replace_n(object.union(braced, plain), text) if {
	braced := {sprintf("${%s}", [name]): trim(value, `"'`) | some name, value in values}
	found := {name | some reference in regex.find_n(`\$[A-Za-z_][A-Za-z0-9_]*`, text, -1); name := trim_prefix(reference, "$")}
	plain := {sprintf("$%s", [name]): trim(values[name], `"'`) | some name in found}
}

with_defaults(text, values) := strings.replace_n(replacements, text) if {
	replacements := {whole: value |
		some [whole, name, fallback] in regex.find_all_string_submatch_n(`\$\{([A-Za-z_][A-Za-z0-9_]*):?-([^}$]*)\}`, text, -1)
		value := object.get(values, name, fallback)
	}
}

stage_names(instructions, before) := {lower(name) |
	some i in instructions
	i.instruction == "FROM"
	i.stage < before
	[_, name] := regex.split(`(?i)\s+as\s+`, i.arguments)
}

# A name may be a build context that the call to the builder gives, or an image that a script built before: bake and compose
# files, workflows, scripts.
contexts contains name if {
	some path in repo.glob("{**/{docker-bake,bake}*.{hcl,json},**/*compose*.{yml,yaml},.github/workflows/*.{yml,yaml},**/Makefile,**/*.sh}")
	some hit in repo.matches(path, `--build-context[ =]["']?[A-Za-z0-9_-]+=|\s(?:-t|--tag)[ =]["']?[A-Za-z0-9_-]+(?:["'\s]|$)|^\s*(?:-\s*)?"?[A-Za-z0-9_-]+"?\s*[=:]\s*"?(?:\.|docker-image:|target:|service:|oci-layout:)`)
	# polity:equivalent the first name is taken, whatever stands before it
	words := regex.find_n(`[A-Za-z0-9_][A-Za-z0-9_-]*`, regex.replace(hit.text, `^\s*(?:--build-context|--tag|-t)`, ""), 1)
	name := lower(words[0])
}

is_context(image) if lower(image) in contexts

# Workloads: a tag names a release, `latest` and nothing at all name none.
deny contains finding if {
	some m in repo.manifests("**/*.{yaml,yml,json}")
	repo.runs(m.path)
	some list in ["containers", "initContainers", "ephemeralContainers"]
	is_array(m.pod.spec[list])
	some i, c in m.pod.spec[list]
	is_string(c.image)
	not contains(c.image, "<templated>")
	not startswith(c.image, "ko://")
	reason := floating(c.image)
	not c.image in built_here
	not split(c.image, ":")[0] in replaced
	finding := {
		"message": sprintf("image `%s` is not pinned: %s", [c.image, reason]),
		"path": m.path,
		"document": m.index,
		"at": array.concat(m.pod.at, [list, i, "image"]),
		"help": "name the release by digest, `IMAGE@sha256:…`, or at least by a tag that never moves",
	}
}

floating(image) := "it has no tag, and so follows `latest`" if {
	not contains(image, "@")
	tag_of(image) == ""
}

floating(image) := sprintf("`%s` is another image every week", [tag_of(image)]) if {
	not contains(image, "@")
	regex.match(moving, tag_of(image))
}

# Names of branches and channels, also with the name of a variant: `edge-alpine`. With a number in it, it may name a build.
moving := `(?i)^(latest|main|master|trunk|develop|edge|nightly|canary|rolling|unstable|stable|current|lts)(-[a-z]+)*$`

# What Compose takes from a registry and does not build.
composed contains {"path": path, "name": name, "service": service, "image": image} if {
	some path in repo.glob("**/{{docker-compose,compose}*,*.compose}.{yaml,yml}")
	repo.runs(path)
	some document in repo.yaml(path)
	is_object(document.services)
	some name, service in document.services
	is_string(service.image)
	# What is taken where nobody sets a variable.
	image := with_defaults(service.image, {})
}

deny contains finding if {
	some one in composed
	not contains(one.image, "$")
	reason := floating(one.image)
	not one.image in {other.image | some other in composed; other.service.build}
	not is_local(one.service)
	finding := {
		"message": sprintf("image `%s` is not pinned: %s", [one.image, reason]),
		"path": one.path,
		"at": ["services", one.name, "image"],
		"help": "name the release by digest, `IMAGE@sha256:…`, or at least by a tag that never moves",
	}
}

is_local(service) if service.pull_policy in {"never", "build"}

# Skaffold and Kustomize put the real image in the place of a bare name.
built_here contains image if {
	some path in repo.glob("**/skaffold*.{yaml,yml}")
	some document in repo.yaml(path)
	is_array(document.build.artifacts) # polity:equivalent what is no list has no elements
	some artifact in document.build.artifacts
	image := artifact.image
}

replaced contains name if {
	some path in repo.glob("**/{kustomization.yaml,kustomization.yml,Kustomization}")
	some document in repo.yaml(path)
	is_array(document.images) # polity:equivalent what is no list has no elements
	some entry in document.images
	name := entry.name
}

not_applicable contains "there is neither a Dockerfile nor a manifest" if {
	count(dockerfiles) == 0
	count(composed) == 0
	count(repo.manifests("**/*.{yaml,yml,json}")) == 0
}
