package polity

# Each with the last of some instructions in the final stage, and the shells that were chosen there or in the stages under it.
files := [{"place": file.place, "last": last, "images": images, "shells": shells} |
	some file in repo.dockerfiles()
	instructions := file.instructions
	stage := instructions[count(instructions) - 1].stage
	last := {name: found[count(found) - 1] |
		some name in ["ENTRYPOINT", "CMD", "STOPSIGNAL"]
		found := [i | some i in instructions; i.instruction == name; i.stage == stage]
	}
	froms := [regex.split(`\s+`, lower(i.arguments)) | some i in instructions; i.instruction == "FROM"]
	images := descent(froms)
	shells := [i.json | some i in instructions; i.instruction == "SHELL"; is_under(froms, i.stage, images)]
]

# What the final stage begins with, through stages of other names.
descent(froms) := [first, second, third, fourth] if {
	first := froms[count(froms) - 1][0]
	second := under(froms, first)
	third := under(froms, second)
	fourth := under(froms, third)
}

under(froms, image) := found if {
	found := [words[0] | some words in froms; words[2] == image][0]
} else := image

is_under(froms, stage, _) if stage == count(froms) - 1

is_under(froms, stage, images) if froms[stage][2] in images

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
	startswith(words[1], "-")
	flags := {i | some i, word in words; regex.match(`^-[a-z]*c$`, word)}
	line := words[min(flags) + 1]
}

known := `^(/(usr/)?bin/)?(ba|da|z|a|k)?sh$`

# By what name it is called: the exec form says it, and lines go to the one that was chosen last.
shell(first, shells) := name if {
	name := first.json[0]
} else := name if {
	name := shells[count(shells) - 1][0]
} else := "sh"

# Some shells end in their last command: they become it, and it hears the signal. That of Alpine does so unless something waits for the
# command or comes after it, bash for a command that is nothing else.
is_replaced(name, image, line) if {
	regex.match(`^(/bin/)?a?sh$`, name)
	regex.match(`(^|/)[^/]*(alpine|busybox)[^/]*$`, image)
	not regex.match(`\||[^&>]&([^&]|$)|\b(while|until|for)\s|^\s*!`, line)
}

is_replaced(name, image, line) if {
	is_bash(name, image)
	not regex.match(`[;|&<>(){}!\n]`, regex.replace(line, `\$\{[^{}]*\}`, "")) # polity:equivalent any word does
}

is_bash(name, _) if endswith(name, "bash")

is_bash("sh", image) if regex.match(`(^|/)(ubi[0-9]*|centos|fedora|rockylinux|almalinux|amazonlinux|oraclelinux)([-/:@]|$)`, image)

# A line that ends in the program itself, or hears the signal and passes it on.
is_heard(line) if regex.match(`(^|[;&|({\n]|\b(then|do|else)\s)\s*(\w+=\S*\s+)*(exec|trap)\s`, line)

# What a variable holds nobody knows.
is_heard(line) if regex.match(`^\s*"?\$(\w+|\{[^}]*\})"?(\s|$)`, line)

# A line that runs no program.
is_heard(line) if {
	commands := regex.split(`[;&|\n]+`, regex.replace(line, `"[^"]*"|'[^']*'`, "x")) # polity:equivalent any word does
	working := [command | some command in commands; not regex.match(`^\s*((while|until|if|then|do|else|done|fi)\b\s*)*($|\[|(ba|z|a)?sh\s*$|(sleep|true|echo|tail|:)(\s|$))`, command)]
	count(working) == 0
}

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
	not is_heard(line)
	name := shell(first, file.shells)
	# Other shells have rules of their own.
	regex.match(known, name)
	not regex.match(`(?i)^\s*(cmd|powershell|pwsh)(\.exe)?(\s|$)`, line)
	image := file.images[3]
	not regex.match(`windows|nanoserver|servercore`, image)
	not is_replaced(name, image, line)
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

# A described service whose code listens. Frameworks of the JVM and of .NET, the servers of Python that run an application, and those of Rust that
# hear the signal unless they are told not to, stop by themselves.
listening := [hit |
	# polity:equivalent this only saves the search
	count(input.services) > 0
	some hit in repo.code(`\b(axum::serve|http1::Builder::new|http\.Serve(TLS)?\(|grpc\.NewServer|gin\.(Default|New)\(|echo\.New\(\)|fiber\.New\(|(app|server)\.listen\(|grpc\.(aio\.)?server\()|\.(ListenAndServe(TLS)?|disable_signals)\(`)
	regex.match(`\.(rs|go|py|[cm]?[jt]s)$`, hit.path)
]

stopping := [hit.path |
	# polity:equivalent this only saves the search
	count(listening) > 0
	some hit in repo.uncommented(repo.code(`SIGTERM|TERM_SIGNALS|SignalKind::terminate|\bsignals?\.[A-Z]\w*\([^\n]*|Signal(?:Handler|Context)\(|enableShutdownHooks|[cC]loseWithGrace|close-with-grace|createTerminus|createLightship|\bfx\.New\(|[gG]raceful[\w-]*|[sS]hutdown\w*\(`))
	hears(hit)
]

# Other signals of Go do not stop a container, and what stops a server waits for whoever calls it.
hears(hit) if not regex.match(`^signal\.Notify(Context)?\([^,]*(,\s*(os|syscall|unix)\.(Interrupt|Kill|SIG(INT|HUP|KILL|QUIT|USR[12])))+\s*\)|^GracefulStop$|^graceful-fs$|^[sS]hutdown`, hit.text)

# What is called at that time, or waits for it.
hears(hit) if {
	line := split(repo.text(hit.path), "\n")[hit.line - 1]
	regex.match(`([oO]n|[wW]ait|[rR]egister|[iI]nstall|[hH]andle|[sS]etup|[lL]isten)\w*[sS]hutdown\w*\(|[sS]hutdown_?[sS]ignal\w*\(`, regex.replace(line, `RegisterOnShutdown\(`, "")) # polity:equivalent any word does
}

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
