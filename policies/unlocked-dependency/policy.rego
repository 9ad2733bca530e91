package polity

# A program needs its lock in its own folder or above: workspaces have one for all.
locks := {
	"package.json": ["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb", "deno.lock", "common/config/rush/pnpm-lock.yaml"],
	"Cargo.toml": ["Cargo.lock"],
	"go.mod": ["go.sum"],
	"Gemfile": ["Gemfile.lock", "gems.locked"],
	"composer.json": ["composer.lock"],
	"Pipfile": ["Pipfile.lock"],
	"pyproject.toml": ["poetry.lock", "uv.lock", "pdm.lock", "pylock.toml", "requirements.txt", "requirements.lock"],
}

programs contains row if {
	some path in repo.glob("**/{package.json,Cargo.toml,go.mod,Gemfile,composer.json,pyproject.toml,Pipfile}")
	repo.runs(path)
	not is_aside(path)
	file := regex.replace(path, `^.*/`, "")
	is_program(file, path)
	row := {"path": path, "file": file, "folder": folder(path)}
}

is_program("package.json", path) if {
	described := repo.json(path)
	is_object(described.dependencies)
	count(described.dependencies) > 0
	is_run(path, described)
}

is_run(_, described) if described.scripts.start

is_run(_, described) if described.scripts.serve

is_run(path, _) if repo.exists(sprintf("%sDockerfile", [folder(path)]))

is_program("Cargo.toml", path) if {
	is_object(repo.toml(path).dependencies)
	count(repo.toml(path).dependencies) > 0
	has_binary(path)
}

has_binary(path) if repo.exists(sprintf("%ssrc/main.rs", [folder(path)]))

has_binary(path) if count(repo.glob(sprintf("%ssrc/bin/**/*.rs", [folder(path)]))) > 0

is_program("go.mod", path) if {
	count(repo.matches(path, `^(require\s+|\s+)[a-z0-9.-]+\.[a-z]+/\S+ v`)) > 0
	count(repo.matches(path, `^(replace)?\s.*=> \.`)) == 0
}

is_program("Gemfile", path) if {
	count(repo.matches(path, `^\s*gem[\s(]`)) > 0
	count(repo.glob(sprintf("%s*.gemspec", [folder(path)]))) == 0
}

is_program("composer.json", path) if repo.json(path).type == "project"

# Without a type it would be a library; what has an image or a page is none.
is_program("composer.json", path) if {
	described := repo.json(path)
	not described.type
	is_object(described.require)
	some name, _ in described.require
	contains(name, "/")
	is_served(folder(path))
}

is_served(here) if {
	some file in ["Dockerfile", "index.php", "public/index.php"]
	repo.exists(sprintf("%s%s", [here, file]))
}

is_served(here) if repo.exists(sprintf("%sDockerfile", [folder(trim_suffix(here, "/"))]))

is_program("Pipfile", path) if {
	repo.exists(sprintf("%sDockerfile", [folder(path)]))
	count(repo.matches(path, `^\[packages\]`)) > 0
}

# Libraries do not lock; what has an image is no library.
is_program("pyproject.toml", path) if {
	repo.exists(sprintf("%sDockerfile", [folder(path)]))
	count(repo.matches(path, `^\s*(dependencies\s*=\s*\[|\[tool\.poetry\.dependencies\])`)) > 0
}

deny contains finding if {
	some one in programs
	not is_locked(one)
	finding := {
		"message": sprintf("dependencies of `%s` are not locked", [one.path]),
		"path": one.path,
		"help": sprintf("commit the lock file (%s), and build with it and nothing else", [concat(", ", locks[one.file])]),
		"note": "without it every build takes the versions of its day, and whoever takes over a package is in the next one",
	}
}

is_locked(one) if {
	some above in folders(one.folder)
	some lock in locks[one.file]
	path := sprintf("%s%s", [above, lock])
	# The digest of a file without content.
	repo.file(path).sha256 != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	knows_some(one.file, path)
}

knows_some(file, _) if file != "Cargo.toml"

# What is committed itself needs no lock.
is_locked(one) if {
	some file in copies[one.file]
	repo.exists(sprintf("%s%s", [one.folder, file]))
}

copies := {"go.mod": ["vendor/modules.txt"], "composer.json": ["vendor/composer/installed.json"]}

is_locked(one) if {
	one.file == "package.json"
	wanted := repo.json(one.path).dependencies
	count([name | some name, _ in wanted; not repo.exists(sprintf("%snode_modules/%s/package.json", [one.folder, name]))]) == 0
}

# A package is in its own lock, whatever it depends on.
knows_some("Cargo.toml", path) if repo.toml(path)["package"][0]

folders(path) := {concat("", [sprintf("%s/", [part]) | some part in array.slice(parts, 0, n)]) |
	parts := split(trim_suffix(path, "/"), "/")
	some n in numbers.range(0, count(parts))
}

# A lock that does not know a dependency is made anew by the next build.
deny contains finding if {
	some one in programs
	one.file == "Cargo.toml"
	locked := {known.name |
		some above in folders(one.folder)
		listed := repo.toml(sprintf("%sCargo.lock", [above]))["package"]
		is_array(listed) # polity:equivalent what is no list has no elements
		some known in listed
	}
	count(locked) > 0
	wanted := repo.toml(one.path).dependencies
	is_object(wanted) # polity:equivalent what is no map has no members
	some name, value in wanted
	# A workspace may know it by another name.
	object.get({"dependency": value}, ["dependency", "workspace"], false) == false
	not object.get({"dependency": value}, ["dependency", "package"], name) in locked
	finding := {
		"message": sprintf("lock file does not know `%s`", [name]),
		"path": one.path,
		"at": ["dependencies", name],
		"help": "run `cargo update --workspace` and commit `Cargo.lock`",
	}
}

# A list that the image makes for itself takes what there is on the day.
deny contains finding if {
	some hit in repo.uncommented(repo.search("**/{[Dd]ockerfile,*.[Dd]ockerfile,[Dd]ockerfile.*}", `\bgo[ \t]+mod[ \t]+init\b`))
	repo.runs(hit.path)
	not is_aside(hit.path)
	here := folder(hit.path)
	count(repo.glob(sprintf("%s*.go", [here]))) > 0
	not repo.exists(sprintf("%sgo.mod", [here]))
	finding := {
		"message": "dependencies of the code in Go are not locked",
		"path": hit.path,
		"line": hit.line,
		"column": hit.column,
		"end_column": hit.end_column,
		"thing": "go.mod",
		"label": "made anew by every build",
		"help": "commit `go.mod` and `go.sum`, and build with them and nothing else",
		"note": "without them every build takes the versions of its day, and whoever takes over a module is in the next one",
	}
}

deny contains finding if {
	some path in repo.glob("**/requirements.txt")
	repo.runs(path)
	not is_aside(path)
	repo.exists(sprintf("%sDockerfile", [folder(path)]))
	some loose in repo.matches(path, `^[A-Za-z0-9][A-Za-z0-9._-]*(\[[^\]]*\])?[ \t]*([<>~!][^;#\n]*|==[^;#\n]*\*)?[ \t]*([;#].*)?$|^(-e[ \t]+)?(git|hg)\+[^@\n]*(//[^/@\n]*@[^@\n]*)?$`)
	finding := {
		"message": sprintf("dependency `%s` is not pinned", [trim_space(loose.text)]),
		"key": sprintf("%s is not pinned", [name_of(loose.text)]),
		"thing": name_of(loose.text),
		"path": path,
		"line": loose.line,
		"help": "pin it with `==`, best with hashes: `pip-compile --generate-hashes requirements.in`",
	}
}

# What is asked for, in whatever versions.
name_of(text) := regex.replace(trim_space(text), `[ \t]*[<>=!~;#].*`, "")

folder(path) := regex.replace(path, `[^/]*$`, "")

# What others fill in, what only measures, and the build's own code.
is_aside(path) if regex.match(`(?i)(^|/)(([^/]*[-_.])?(templates?|benchmarks?|buildsrc)([-_.][^/]*)?)/`, path)

not_applicable contains "there is no program with dependencies" if {
	count(programs) == 0
	count(repo.glob("**/requirements.txt")) == 0
}
