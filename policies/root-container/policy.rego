package polity

# Names of images that set a user of their own.
has_own_user(image) if regex.match(`(nonroot|rootless|unprivileged|chiseled)`, image)

has_own_user(image) if regex.match(`^(docker\.io/)?(bitnami|grafana|prom|curlimages|otel|jaegertracing|jenkins)/|^(cgr\.dev/chainguard|quay\.io/(prometheus|keycloak))/`, image)

# Windows has no root; its images are left alone.
has_own_user(image) if regex.match(`(?i)(nanoserver|servercore|/windows)`, image)

is_root(user) if regex.match(`^(root|0+)(:.*)?$`, user)

# What a variable holds there: the last that is set before, which may be given to whoever builds.
valued(user, instructions, last) := value if {
	# polity:equivalent an expression that is bound to the start matches once
	name := regex.find_all_string_submatch_n(`^\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?(?::|$)`, user, 1)[0][1]
	values := [pair[2] |
		some i in instructions
		i.instruction in {"ARG", "ENV"}
		i.line <= last.line
		some pair in regex.find_all_string_submatch_n(`(?:^|\s)([A-Za-z_][A-Za-z0-9_]*)[= ]["']?([^\s"']+)`, i.arguments, -1)
		pair[1] == name
	]
	value := values[count(values) - 1]
} else := user

user_of(instruction) := trim(trim_space(instruction.arguments), `"'`)

# Each with its stages, and every `USER` on the way from the base to the final one, in order.
images := [{"file": file, "instructions": instructions, "froms": froms, "way": way, "users": users} |
	some file in repo.dockerfiles()
	instructions := file.instructions
	froms := [i | some i in instructions; i.instruction == "FROM"]
	way := ancestors(froms)
	users := [i | some i in instructions; i.instruction == "USER"; i.stage in way]
]

deny contains finding if {
	some image in images
	last := image.users[count(image.users) - 1]
	is_root(valued(user_of(last), image.instructions, last))
	fix := fix_of(image.file, "set `USER 65532:65532`", {"line": last.line, "replace": user_line(image.file)})
	finding := object.union_n([image.file.place, fix, {
		"message": "image runs as root",
		"line": last.line,
		"label": "the last `USER` of the final stage",
		"thing": "the user of the final stage",
		"help": "set a user that is not root, best by number: `USER 65532:65532`",
	}])
}

deny contains finding if {
	some image in images
	count(image.users) == 0
	from := image.froms[count(image.froms) - 1]
	not is_export(image.instructions, from)
	not is_foundation(image.file.place.path, image.instructions, from)
	base := split(image.froms[min(image.way)].arguments, " ")[0]
	not has_own_user(base)
	# A base that is nothing but an argument is chosen by whoever builds.
	not startswith(base, "$")
	edit := {"after": last_line(image.instructions), "insert": user_line(image.file)}
	fix := fix_of(image.file, "end the final stage with `USER 65532:65532`", edit)
	finding := object.union_n([image.file.place, fix, {
		"message": "image has no `USER`, so that it runs as root unless its base says otherwise",
		"line": from.line,
		"label": "the final stage",
		"thing": "the final stage",
		"help": "end it with a user that is not root, best by number: `USER 65532:65532`",
	}])
}

# A text without lines of its own in its file has no place for another one.
fix_of(file, does, edit) := found if {
	is_string(file.indent)
	found := {"fix": {"does": does, "edits": [object.union({"path": file.place.path}, edit)]}}
} else := {}

user_line(file) := line if {
	line := sprintf("%vUSER 65532:65532", [file.indent])
}

# An empty base without a program is a way to get files out of a build; nothing runs in it.
is_export(instructions, from) if {
	split(from.arguments, " ")[0] == "scratch"
	not starts(instructions, from.stage)
}

# Nor does a package that was put into it.
is_export(instructions, from) if {
	split(from.arguments, " ")[0] == "scratch"
	some i in instructions
	i.stage == from.stage
	i.instruction == "ENTRYPOINT"
	regex.match(`\.(apk|aab|ipa|deb|rpm|whl|zip|tar|tgz|gz)$`, i.json[0])
}

# An image that is called a base and starts nothing is for others to build on, and they say who runs it.
is_foundation(path, instructions, from) if {
	regex.match(`(^|/)(base/[^/]+|[^/]*[Dd]ockerfile[-._]base|base[-._]?[Dd]ockerfile)$`, path)
	not starts(instructions, from.stage)
}

# So is one that another Dockerfile takes by the name of its folder, or of an argument that is called after it.
is_foundation(path, instructions, from) if {
	not starts(instructions, from.stage)
	some name in folders(path)
	name in bases
	name != named(from.arguments)
}

# Or by the name that a command gives to it.
is_foundation(path, instructions, from) if {
	not starts(instructions, from.stage)
	some command in commands
	some [_, file] in regex.find_all_string_submatch_n(`\s(?:-f|--file)[ =]+["']?(?:\./)?([^\s"']+)`, command, -1)
	file == path
	some [_, tag] in regex.find_all_string_submatch_n(`\s(?:-t|--tag)[ =]+["']?([^\s"':]+)`, command, -1)
	tag in {plain(base) | some base in taken_as_base}
}

commands := [command |
	some path in {hit.path | some hit in repo.search("{.github/workflows/*.{yml,yaml},**/{[Mm]akefile,*.mk,*.sh,[Tt]askfile.{yml,yaml}}}", `\s(?:-f|--file)[ =]["']?[^\s"']*(?i:docker|container)file`)}
	some command in regex.find_n(`\bbuild\b(?:[^\n\\]|\\[^\n]|\\\n)*`, repo.text(path), -1)
]

taken_as_base := {from.arguments | some image in images; some from in image.froms}

bases := {named(base) | some base in taken_as_base}

# `debug` of `ghcr.io/shop/debug:1` and of `$debug_image`.
named(image) := lower(regex.replace(plain(image), `^.*/|^\$\{?|[-_]?(?i:base)?[-_]?(?i:image)?\}?$`, ""))

# Without its tag, its digest and the name of the stage.
plain(image) := regex.replace(image, `[@ ].*$|:[^:/@ ]*([@ ].*)?$`, "")

# The nearest folder, and those above that say so.
folders(path) := {lower(name) |
	parts := split(path, "/")
	some n, name in array.slice(parts, 0, count(parts) - 1)
	is_near(n, count(parts) - 2, name)
}

is_near(n, last, _) if n == last

is_near(_, _, name) if regex.match(`(?i)(^|[-_.])(deps|base|builder|common|runtime)([-_.]|$)`, name)

starts(instructions, stage) if {
	some i in instructions
	i.stage == stage
	i.instruction in {"ENTRYPOINT", "CMD"}
}

last_line(instructions) := max([i.end_line | some i in instructions])

# The stages that the final one is made from, itself included. Three steps back are enough for every file seen so far, and Rego has no recursion.
ancestors(froms) := [final, first, second, third] if {
	final := count(froms) - 1
	first := parent(froms, final)
	second := parent(froms, first)
	third := parent(froms, second)
}

# The stage that a stage is based on; itself when that is an image.
parent(froms, stage) := earlier if {
	image := lower(split(froms[stage].arguments, " ")[0])
	earlier := max([number | some number, from in froms; number < stage; stage_name(from) == image])
} else := stage

stage_name(from) := lower(name) if {
	[_, name] := regex.split(`(?i)\s+as\s+`, from.arguments)
}

# A container without an image is part of a patch.
containers := [one |
	some one in repo.containers("**/*.{yaml,yml,json}")
	is_string(one.container.image)
]

deny contains finding if {
	some one in containers
	not is_safe(one)
	not runs_as_root(one)
	m := one.manifest
	finding := {
		"message": sprintf("nothing keeps container `%v` from running as root", [object.get(one.container, "name", "unnamed")]),
		"path": m.path,
		"document": m.index,
		"at": array.concat(one.at, ["name"]),
		"label": sprintf("in %s `%v`", [m.document.kind, name_of(m.document)]),
		"help": "set `securityContext.runAsNonRoot: true` for the pod or the container",
		"fix": {
			"does": "set `runAsNonRoot: true`",
			"edits": [{
				"path": m.path,
				"document": m.index,
				"set": array.concat(one.at, ["securityContext", "runAsNonRoot"]),
				"to": true,
			}],
		},
	}
}

# A patch that says so is found, too.
deny contains finding if {
	some one in repo.containers("**/*.{yaml,yml,json}")
	runs_as_root(one)
	m := one.manifest
	place := place_of(one)
	finding := {
		"message": sprintf("container `%v` runs as root", [object.get(one.container, "name", "unnamed")]),
		"path": m.path,
		"document": m.index,
		"at": place,
		"help": "set `runAsUser` to a number above 0, best above 10000, and `runAsNonRoot: true`",
		"fix": {
			"does": "set `runAsUser: 65532`",
			"edits": [{"path": m.path, "document": m.index, "set": place, "to": 65532}],
		},
	}
}

# What a patch takes away, whatever it is laid over demands.
deny contains finding if {
	some one in repo.containers("**/*.{yaml,yml,json}")
	not one.container.image
	one.container.securityContext.runAsNonRoot == false
	not user(one)
	finding := {
		"message": sprintf("container `%v` may run as root", [object.get(one.container, "name", "unnamed")]),
		"path": one.manifest.path,
		"document": one.manifest.index,
		"at": array.concat(one.at, ["securityContext", "runAsNonRoot"]),
		"label": "this patch takes the bound away",
		"help": "leave it out, or set it to `true`",
	}
}

place_of(one) := place if {
	one.container.securityContext.runAsUser == 0
	place := array.concat(one.at, ["securityContext", "runAsUser"])
} else := place if {
	place := array.concat(one.manifest.pod.at, ["securityContext", "runAsUser"])
}

# What the container says stands before what the pod says.
user(one) := value if {
	value := one.container.securityContext.runAsUser
	value != null
} else := one.manifest.pod.spec.securityContext.runAsUser

runs_as_root(one) if user(one) == 0

non_root(one) := value if {
	value := one.container.securityContext.runAsNonRoot
	value != null
} else := one.manifest.pod.spec.securityContext.runAsNonRoot

# What holds of most is asked first.
is_safe(one) if {
	non_root(one) == true
} else if {
	# A text, which a chart does not decide, is above every number.
	user(one) > 0 # polity:equivalent zero is root, which is found elsewhere
} else if {
	is_open(one.container)
} else if {
	is_open(one.manifest.pod.spec)
} else if {
	is_unknown(one.container.securityContext)
} else if {
	is_unknown(one.manifest.pod.spec.securityContext)
}

# A chart's block or value that cannot be known without rendering.
is_unknown(context) if is_string(context)

is_unknown(context) if is_open(context)

is_unknown(context) if is_string(context.runAsNonRoot)

is_open(value) if {
	is_object(value)
	some key, _ in value
	contains(key, "<templated>")
}

name_of(document) := object.get(document, ["metadata", "name"], "unnamed")

not_applicable contains "there is neither a Dockerfile nor a pod" if {
	count(images) == 0
	count(containers) == 0
}
