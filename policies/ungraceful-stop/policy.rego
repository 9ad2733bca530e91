package polity

# Each with the last of some instructions in the final stage.
files := [{"place": file.place, "instructions": instructions, "last": last} |
	some file in repo.dockerfiles()
	instructions := file.instructions
	stage := instructions[count(instructions) - 1].stage
	last := {name: found[count(found) - 1] |
		some name in ["ENTRYPOINT", "CMD", "STOPSIGNAL"]
		found := [i | some i in instructions; i.instruction == name; i.stage == stage]
	}
]

# What process 1 is.
started(last) := first if {
	first := last.ENTRYPOINT
} else := last.CMD

# What a shell runs as process 1: the line of the shell form, or what the exec form hands to a shell.
script(first, last) := line if {
	not is_array(first.json)
	line := first.arguments
} else := line if {
	words := array.concat(first.json, handed(last))
	regex.match(`^(/(usr/)?bin/)?(ba|da|z|a|k)?sh$`, words[0])
	startswith(words[1], "-")
	flags := {i | some i, word in words; regex.match(`^-[a-z]*c$`, word)}
	line := words[min(flags) + 1]
}

# By what name it is called.
shell(first) := name if {
	name := first.json[0]
} else := "sh"

# Some shells end in their last command: they become it, and it hears the signal. That of Alpine does so unless something waits for the
# command or comes after it, bash for a command that is nothing else.
is_replaced(first, file, line) if {
	regex.match(`^(/bin/)?a?sh$`, shell(first))
	regex.match(`(^|/)[^/]*(alpine|busybox)[^/]*$`, base(file.instructions))
	not regex.match(`\||[^&>]&([^&]|$)|\b(while|until|for)\s|^\s*!`, line)
}

is_replaced(first, file, line) if {
	is_bash(shell(first), base(file.instructions))
	not regex.match(`[;|&<>(){}!\n]`, regex.replace(line, `\$\{[^{}]*\}`, ""))
}

is_bash(name, _) if endswith(name, "bash")

is_bash("sh", image) if regex.match(`(^|/)(ubi[0-9]*|centos|fedora|rockylinux|almalinux|amazonlinux|oraclelinux)([-/:@]|$)`, image)

# What the final stage begins with, through stages of other names.
base(instructions) := under(froms, under(froms, under(froms, under(froms, last)))) if {
	froms := [regex.split(`\s+`, i.arguments) | some i in instructions; i.instruction == "FROM"]
	last := froms[count(froms) - 1][0]
}

under(froms, image) := found if {
	found := [words[0] | some words in froms; lower(words[2]) == lower(image)][0]
} else := image

# An entry point in the exec form gets the words of the command.
handed(last) := words if {
	last.ENTRYPOINT
	words := last.CMD.json
	is_array(words)
} else := []

deny contains finding if {
	some file in files
	first := started(file.last)
	line := script(first, file.last)
	not regex.match(`(?i)^\s*(exec\s|\$|(ba|z|a)?sh\s*$|sleep|true|echo|tail|cmd|powershell|pwsh|\[)|\b(exec|trap)\s`, line)
	not regex.match(`(?i)windows|nanoserver|servercore`, concat(" ", [i.arguments | some i in file.instructions; i.instruction == "FROM"]))
	not is_replaced(first, file, line)
	# Another shell was chosen, with rules of its own.
	count([i | some i in file.instructions; i.instruction == "SHELL"]) == 0
	finding := object.union(file.place, {
		"message": "a shell stands between the stop signal and the program",
		"line": first.line,
		"label": "the shell is process 1 and passes no signal on",
		"thing": "process 1",
		"help": "write the exec form, `[\"program\", \"argument\"]`, or begin the line with `exec`",
	})
}

deny contains finding if {
	some file in files
	stop := file.last.STOPSIGNAL
	regex.match(`(?i)^(SIG)?(KILL|9)$`, trim_space(stop.arguments))
	finding := object.union(file.place, {
		"message": "the container is killed instead of stopped",
		"line": stop.line,
		"help": "use `SIGTERM`, and finish what was begun before ending",
	})
}

deny contains finding if {
	some m in repo.manifests("**/*.{yaml,yml,json}")
	m.pod.ends == false
	m.pod.spec.terminationGracePeriodSeconds == 0
	m.runs
	finding := {
		"message": sprintf("%s `%v` gets no time to stop", [m.document.kind, object.get(m.document, ["metadata", "name"], "unnamed")]),
		"path": m.path,
		"document": m.index,
		"at": array.concat(m.pod.at, ["terminationGracePeriodSeconds"]),
		"label": "it is killed at once",
		"help": "give it longer than its longest request takes; 30 seconds when nothing is set",
	}
}

# A described service whose code listens. Frameworks of the JVM and of .NET, and the servers of Python that run an application, stop by themselves.
listening := [hit |
	# polity:equivalent this only saves the search
	count(input.services) > 0
	some hit in repo.code(`\b(axum::serve|HttpServer::new|http1::Builder::new|http\.ListenAndServe|grpc\.NewServer|(app|server)\.listen\(|grpc\.(aio\.)?server\()`)
	regex.match(`\.(rs|go|py|[cm]?[jt]s)$`, hit.path)
]

stopping := [hit.path |
	# polity:equivalent this only saves the search
	count(listening) > 0
	some hit in repo.uncommented(repo.code(`SIGTERM|SignalKind::terminate|signal\.Notify|NotifyContext|graceful|[sS]hutdown\(`))
]

deny contains finding if {
	some root in input.services
	here := [hit | some hit in listening; is_below(hit.path, root)]
	count([path | some path in stopping; is_below(path, root)]) == 0
	hit := here[0]
	# It is about the service: which of its files comes first may change with every file.
	finding := {
		"message": "code that listens does not hear the stop signal",
		"path": trim_left(sprintf("%s/polity.yaml", [root]), "/"),
		"at": ["service", "name"],
		"label": "its code listens",
		"also": [{"path": hit.path, "line": hit.line, "column": hit.column, "end_column": hit.end_column, "label": "here"}],
		"help": "on SIGTERM: report not ready, finish the requests in flight within a limit, close what is open, end",
	}
}

is_below(_, "") := true

is_below(path, root) if startswith(path, sprintf("%s/", [root]))

not_applicable contains "there is no Dockerfile, no manifest and no described service whose code is known to listen" if {
	count(repo.dockerfiles()) == 0
	count(listening) == 0
	count(repo.manifests("**/*.{yaml,yml,json}")) == 0
}
