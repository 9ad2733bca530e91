package polity

# Each with its stages that have a name, and the values that its arguments have by default.
files := [{"place": file.place, "instructions": instructions, "stages": stages, "values": arguments_of(instructions)} |
	some file in repo.dockerfiles()
	instructions := file.instructions
	stages := [[i.stage, lower(name)] |
		some i in instructions
		i.instruction == "FROM"
		[_, name] := regex.split(`(?i)\s+as\s+`, i.arguments)
	]
]

# What a Dockerfile takes from a registry: base images, and images that it only copies or mounts from.
taken contains row if {
	some file in files
	some from in file.instructions
	from.instruction == "FROM"
	image := expanded(split(from.arguments, " ")[0], file.values)
	is_elsewhere(image, file, from.stage)
	row := {"place": file.place, "line": from.line, "image": image}
}

taken contains row if {
	some file in files
	some copy in file.instructions
	copy.instruction == "COPY"
	some flag in copy.flags
	startswith(flag, "--from=")
	image := expanded(trim_prefix(flag, "--from="), file.values)
	# A number is the index of a stage.
	not regex.match(`^[0-9]+$`, image)
	is_elsewhere(image, file, copy.stage)
	row := {"place": file.place, "line": copy.line, "image": image}
}

# A folder of an image that a command sees while it runs.
taken contains row if {
	some file in files
	some run in file.instructions
	run.instruction == "RUN"
	some flag in run.flags
	startswith(flag, "--mount=")
	some part in split(trim_prefix(flag, "--mount="), ",")
	startswith(part, "from=")
	image := expanded(trim_prefix(part, "from="), file.values)
	not regex.match(`^[0-9]+$`, image)
	is_elsewhere(image, file, run.stage)
	row := {"place": file.place, "line": run.line, "image": image}
}

# What is called neither as a stage before nor as a context.
is_elsewhere(image, file, before) if {
	not is_stage(lower(image), file.stages, before)
	not is_context(image)
}

is_stage(image, stages, before) if {
	some [stage, name] in stages
	stage < before
	name == image
}

deny contains finding if {
	some one in taken
	one.image != "scratch"
	# What has no name is none, and no builder takes it.
	untagged(one.image) != ""
	# An argument without a value is chosen by whoever builds.
	not contains(one.image, "$")
	reason := fault(one.image)
	not untagged(one.image) in made
	finding := object.union(one.place, {
		"message": sprintf("image `%s` is not pinned: %s", [one.image, reason]),
		"key": sprintf("%s: %s", [untagged(one.image), reason]),
		"line": one.line,
		"thing": untagged(one.image),
		"help": "append the digest that `docker buildx imagetools inspect` shows: `IMAGE:TAG@sha256:…`; Dependabot and Renovate keep it current",
	})
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

# Another release that is not pinned either is no news.
untagged(image) := regex.replace(image, `:[^:/]*$`, "")

# The part after the last colon, when it is no port of the registry.
tag_of(image) := tag if {
	parts := split(image, "/")
	[_, tag] := split(parts[count(parts) - 1], ":")
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
expanded(text, values) := plain if {
	plain := trim(text, `"'`)
	not contains(plain, "$")
} else := once(once(with_defaults(trim(text, `"'`), values), values), values)

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

# A name may be a build context that the call to the builder gives: by a command, or in the settings of bake, of Compose or of an action.
contexts contains name if {
	some hit in repo.search("{.github/workflows/*.{yml,yaml},**/Makefile,**/*.sh}", `--build-context[ =]["']?[A-Za-z0-9_-]+=`)
	name := lower(regex.replace(hit.text, `^--build-context[ =]["']?|=$`, ""))
}

contexts contains name if {
	some path in {hit.path | some hit in repo.search("{**/*compose*.{yml,yaml},.github/workflows/*.{yml,yaml}}", `\b(additional_|build-)contexts["']?:`)}
	some document in repo.yaml(path)
	walk(document, [at, value])
	at[count(at) - 1] in {"additional_contexts", "build-contexts"}
	some told in names_in(value)
	name := lower(told)
}

contexts contains name if {
	some path in repo.glob("**/{docker-bake,bake}*.{hcl,json}")
	some [_, block] in regex.find_all_string_submatch_n(`\bcontexts"?\s*[=:]\s*\{([^}]*)\}`, repo.text(path), -1)
	some [_, told] in regex.find_all_string_submatch_n(`([A-Za-z0-9_-]+)"?\s*[=:]\s*"`, block, -1)
	name := lower(told)
}

names_in(value) := object.keys(value) if is_object(value)

names_in(value) := {split(one, "=")[0] | some one in value; is_string(one)} if is_array(value)

names_in(value) := {trim_space(split(line, "=")[0]) | some line in split(value, "\n")} if is_string(value)

is_context(image) if {
	regex.match(`^[A-Za-z0-9_-]+$`, image) # polity:equivalent no context is called otherwise, and this only saves the search
	lower(image) in contexts
}

# What the repository builds itself: by Compose, by a command, on one line or several, or by an action of a workflow.
made := {untagged(one.image) | some one in composed; one.service.build} | {name |
	# polity:equivalent this only saves the search
	count(taken) > 0
	some path in {hit.path | some hit in repo.search("{.github/workflows/*.{yml,yaml},**/{[Mm]akefile,*.mk,*.sh,[Tt]askfile.{yml,yaml}}}", `\bbuild\b.*\s(?:-t|--tag)[ =]|^\s+(?:-t|--tag)[ =]|\s(?:-t|--tag)[ =]\S+/`)}
	text := repo.text(path)
	some command in regex.find_n(`\bbuild\b(?:[^\n\\]|\\[^\n]|\\\n)*`, text, -1)
	some [_, tag] in regex.find_all_string_submatch_n(`\s(?:-t|--tag)[ =]+["']?([^\s"']+)`, command, -1)
	name := untagged(trim_left(filled(tag, text), "/"))
}

# Variables of make and of scripts, as far as the file sets them.
filled(tag, text) := tag if {
	not contains(tag, "$")
} else := once(once(plain_braces(tag), values), values) if {
	pairs := regex.find_all_string_submatch_n(`(?m)^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*[:?]?=[ \t]*["']?([^\s"']*)`, text, -1)
	values := {pair[1]: last |
		some pair in pairs
		all := [plain_braces(other[2]) | some other in pairs; other[1] == pair[1]]
		last := all[count(all) - 1]
	}
}

plain_braces(text) := regex.replace(text, `\$\(([A-Za-z_][A-Za-z0-9_]*)\)`, "$${${1}}")

# Workloads: a tag names a release, `latest` and nothing at all name none.
deny contains finding if {
	some one in repo.containers("**/*.{yaml,yml,json}")
	image := one.container.image
	is_string(image)
	reason := floating(image)
	not contains(image, "<templated>")
	not startswith(image, "ko://")
	not is_replaced(image, one.manifest.path)
	finding := {
		"message": sprintf("image `%s` is not pinned: %s", [image, reason]),
		"path": one.manifest.path,
		"document": one.manifest.index,
		"at": array.concat(one.at, ["image"]),
		"help": "name the release by digest, `IMAGE@sha256:…`, or at least by a tag that never moves",
	}
}

floating(image) := reason if {
	not contains(image, "@")
	reason := drift(tag_of(image))
}

drift("") := "it has no tag, and so follows `latest`"

drift(tag) := sprintf("`%s` is another image every week", [tag]) if regex.match(moving, tag)

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
	not is_built(one)
	not is_local(one.service)
	finding := {
		"message": sprintf("image `%s` is not pinned: %s", [one.image, reason]),
		"path": one.path,
		"at": ["services", one.name, "image"],
		"help": "name the release by digest, `IMAGE@sha256:…`, or at least by a tag that never moves",
	}
}

# By the same file, by one beside it or above it.
is_built(one) if {
	some other in composed
	other.image == one.image
	other.service.build
	startswith(one.path, folder(other.path))
}

is_local(service) if service.pull_policy in {"never", "build"}

# Skaffold and Kustomize put the real image in the place of a bare name, in what they apply: what lies beside or below them, and what they name.
is_replaced(image, path) if {
	some one in built_here
	one.image == image
	reaches(one.folder, path)
}

is_replaced(image, path) if {
	some one in replaced
	one.entry.name == untagged(image)
	names_release(one.entry)
	reaches(one.folder, path)
}

built_here contains built if {
	some path in skaffolds
	some document in repo.yaml(path)
	some artifact in artifacts(document)
	built := {"folder": folder(path), "image": artifact.image}
}

# Of everybody who runs it, and of those who choose a profile.
artifacts(document) := array.concat(listed(document), [artifact |
	is_array(document.profiles)
	some profile in document.profiles
	some artifact in listed(profile)
])

listed(part) := found if {
	found := object.get({"a": part}, ["a", "build", "artifacts"], [])
	is_array(found)
} else := []

# Tilt puts what it builds wherever the image is called so, whatever the tag.
is_replaced(image, path) if {
	some hit in repo.search("**/{Tiltfile,*.tiltfile,Tiltfile.*}", `\b(?:docker|custom)_build\w*\(`)
	reaches(folder(hit.path), path)
	some [_, name] in regex.find_all_string_submatch_n(`\b(?:docker|custom)_build\w*\(\s*(?:ref\s*=\s*)?['"]([^'"]+)['"]`, repo.text(hit.path), -1)
	name == untagged(image)
}

replaced contains row if {
	some path in kustomizations
	some n, document in repo.yaml(path)
	is_array(document.images) # polity:equivalent what is no list has no elements
	some i, entry in document.images
	row := {"path": path, "document": n, "at": ["images", i], "folder": folder(path), "entry": entry}
}

skaffolds := repo.glob("**/skaffold*.{yaml,yml}")

kustomizations := [path | some path in repo.glob("**/{kustomization.yaml,kustomization.yml,Kustomization}"); repo.runs(path)]

# A name alone leaves the tag as it is.
names_release(entry) if entry.digest

names_release(entry) if entry.newTag

# What the kustomization or the Skaffold file of a folder names outside of it, and what that names in turn.
named := {here: theres |
	some one in naming
	here := folder(one)
	theres := {there |
		some path in naming
		folder(path) == here
		some hit in repo.matches(path, `^[^#\n]*\.\.[^#\n]*`)
		some word in regex.find_n(`[^\s"',\[\]{}]*\.\./[^\s"',\[\]{}]*`, hit.text, -1)
		there := regex.replace(plain(sprintf("%s%s/", [here, trim_suffix(word, "/")])), `[^/]*\*.*`, "")
	}
}

naming := array.concat(skaffolds, kustomizations)

# A path without steps back, as far as there are four in a row.
plain(path) := back(back(back(back(path))))

back(path) := regex.replace(path, `[^/]*[^/.][^/]*/\.\./`, "")

reaches(here, path) if startswith(path, here)

reaches(here, path) if {
	some near in graph.reachable(named, {here})
	some there in named[near]
	startswith(sprintf("%s/", [path]), there)
}

# What is put in the place is an image like any other.
deny contains finding if {
	some one in replaced
	tag := sprintf("%v", [one.entry.newTag])
	not one.entry.digest
	reason := drift(tag)
	finding := {
		"message": sprintf("image `%v:%s` is not pinned: %s", [shown(one.entry), tag, reason]),
		"path": one.path,
		"document": one.document,
		"at": array.concat(one.at, ["newTag"]),
		"help": "name the release by `digest`, or at least by a tag that never moves",
	}
}

shown(entry) := name if {
	name := entry.newName
} else := entry.name

folder(path) := regex.replace(path, `[^/]*$`, "")

not_applicable contains "there is neither a Dockerfile nor a manifest" if {
	count(files) == 0
	count(composed) == 0
	count(repo.manifests("**/*.{yaml,yml,json}")) == 0
}
