package polity

dockerfiles := [path |
	some path in repo.glob("**/{Dockerfile,Containerfile,Dockerfile.*,Containerfile.*,*.Dockerfile,*.dockerfile}")
	repo.runs(path)
]

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
		i.line < last.line
		some pair in regex.find_all_string_submatch_n(`(?:^|\s)([A-Za-z_][A-Za-z0-9_]*)[= ]["']?([^\s"']+)`, i.arguments, -1)
		pair[1] == name
	]
	value := values[count(values) - 1]
} else := user

user_of(instruction) := trim(trim_space(instruction.arguments), `"'`)

deny contains finding if {
	some path in dockerfiles
	instructions := repo.dockerfile(path)
	users := users_of(instructions, final_stage(instructions))
	last := users[count(users) - 1]
	is_root(valued(user_of(last), instructions, last))
	finding := {
		"message": "image runs as root",
		"path": path,
		"line": last.line,
		"label": "the last `USER` of the final stage",
		"help": "set a user that is not root, best by number: `USER 65532:65532`",
		"fix": {
			"does": "set `USER 65532:65532`",
			"edits": [{"path": path, "line": last.line, "replace": "USER 65532:65532"}],
		},
	}
}

deny contains finding if {
	some path in dockerfiles
	instructions := repo.dockerfile(path)
	stage := final_stage(instructions)
	count(users_of(instructions, stage)) == 0
	from := from_of(instructions, stage)
	not is_export(instructions, stage, from)
	not is_foundation(path, instructions, stage)
	base := from_of(instructions, first_ancestor(instructions, stage))
	image := split(base.arguments, " ")[0]
	not has_own_user(image)
	# A base that is nothing but an argument is chosen by whoever builds.
	not startswith(image, "$")
	finding := {
		"message": "image has no `USER`, so that it runs as root unless its base says otherwise",
		"path": path,
		"line": from.line,
		"label": "the final stage",
		"help": "end it with a user that is not root, best by number: `USER 65532:65532`",
		"fix": {
			"does": "end the final stage with `USER 65532:65532`",
			"edits": [{"path": path, "after": last_line(instructions), "insert": "USER 65532:65532"}],
		},
	}
}

# An empty base without a program is a way to get files out of a build; nothing runs in it.
is_export(instructions, stage, from) if {
	split(from.arguments, " ")[0] == "scratch"
	not starts(instructions, stage)
}

# An image that is called a base and starts nothing is for others to build on, and they say who runs it.
is_foundation(path, instructions, stage) if {
	regex.match(`(^|/)(base/[^/]+|[^/]*[Dd]ockerfile[-._]base|base[-._]?[Dd]ockerfile)$`, path)
	not starts(instructions, stage)
}

starts(instructions, stage) if {
	some i in instructions
	i.stage == stage
	i.instruction in {"ENTRYPOINT", "CMD"}
}

last_line(instructions) := max([i.end_line | some i in instructions])

final_stage(instructions) := max([i.stage | some i in instructions; i.stage >= 0])

from_of(instructions, stage) := [i | some i in instructions; i.stage == stage][0]

# The stages that a stage is made from, itself included. Three steps back are enough for every file seen so far, and Rego has no recursion.
ancestors(instructions, stage) := [stage, first, second, third] if {
	first := parent(instructions, stage)
	second := parent(instructions, first)
	third := parent(instructions, second)
}

first_ancestor(instructions, stage) := min(ancestors(instructions, stage))

# The stage that a stage is based on; itself when that is an image.
parent(instructions, stage) := earlier if {
	image := lower(split(from_of(instructions, stage).arguments, " ")[0])
	named := [i | some i in instructions; i.instruction == "FROM"; i.stage < stage; stage_name(i) == image]
	earlier := named[count(named) - 1].stage
} else := stage

stage_name(from) := lower(name) if {
	[_, name] := regex.split(`(?i)\s+as\s+`, from.arguments)
}

# Every `USER` on the way from the base to the stage, in order.
users_of(instructions, stage) := [i | some i in instructions; i.instruction == "USER"; i.stage in ancestors(instructions, stage)]

# A container without an image is part of a patch.
containers contains {"m": m, "c": c, "at": [group, i]} if {
	some m in repo.manifests("**/*.{yaml,yml,json}")
	repo.runs(m.path)
	some group in ["containers", "initContainers", "ephemeralContainers"]
	is_array(m.pod.spec[group])
	some i, c in m.pod.spec[group]
	is_string(c.image)
}

deny contains finding if {
	some one in containers
	m := one.m
	c := one.c
	not is_safe(m.pod.spec, c)
	not runs_as_root(m.pod.spec, c)
	finding := {
		"message": sprintf("nothing keeps container `%v` from running as root", [object.get(c, "name", "unnamed")]),
		"path": m.path,
		"document": m.index,
		"at": array.concat(m.pod.at, array.concat(one.at, ["name"])),
		"label": sprintf("in %s `%v`", [m.document.kind, name_of(m.document)]),
		"help": "set `securityContext.runAsNonRoot: true` for the pod or the container",
		"fix": {
			"does": "set `runAsNonRoot: true`",
			"edits": [{
				"path": m.path,
				"document": m.index,
				"set": array.concat(m.pod.at, array.concat(one.at, ["securityContext", "runAsNonRoot"])),
				"to": true,
			}],
		},
	}
}

deny contains finding if {
	some one in containers
	m := one.m
	c := one.c
	runs_as_root(m.pod.spec, c)
	place := place_of(c, one.at)
	finding := {
		"message": sprintf("container `%v` runs as root", [object.get(c, "name", "unnamed")]),
		"path": m.path,
		"document": m.index,
		"at": array.concat(m.pod.at, place),
		"help": "set `runAsUser` to a number above 0, best above 10000, and `runAsNonRoot: true`",
		"fix": {
			"does": "set `runAsUser: 65532`",
			"edits": [{"path": m.path, "document": m.index, "set": array.concat(m.pod.at, place), "to": 65532}],
		},
	}
}

place_of(c, at) := place if {
	c.securityContext.runAsUser == 0
	place := array.concat(at, ["securityContext", "runAsUser"])
} else := ["securityContext", "runAsUser"]

# What the container says stands before what the pod says.
setting(pod, c, name) := value if {
	value := c.securityContext[name]
	value != null
} else := pod.securityContext[name]

runs_as_root(pod, c) if setting(pod, c, "runAsUser") == 0

is_safe(pod, c) if setting(pod, c, "runAsNonRoot") == true

is_safe(pod, c) if setting(pod, c, "runAsUser") > 0 # polity:equivalent zero is root, which is found elsewhere

is_safe(pod, c) if is_open(pod)

is_safe(pod, c) if is_open(c)

is_safe(pod, c) if is_unknown(pod.securityContext)

is_safe(pod, c) if is_unknown(c.securityContext)

# A chart's block or value that cannot be known without rendering.
is_unknown(context) if is_string(context)

is_unknown(context) if is_open(context)

is_unknown(context) if {
	some key in ["runAsUser", "runAsNonRoot"]
	is_string(context[key])
}

is_open(value) if {
	is_object(value)
	some key, _ in value
	contains(key, "<templated>")
}

name_of(document) := object.get(document, ["metadata", "name"], "unnamed")

not_applicable contains "there is neither a Dockerfile nor a pod" if {
	count(dockerfiles) == 0
	count(containers) == 0
}
