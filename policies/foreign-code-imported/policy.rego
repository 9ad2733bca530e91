package polity

services := [{"root": root, "file": file(root), "facts": document} |
	some root in input.services
	some document in repo.yaml(file(root))
	is_object(document.service) # polity:equivalent what is no object has no members
]

file(root) := sprintf("%spolity.yaml", [prefix(root)])

prefix("") := ""

prefix(root) := sprintf("%s/", [root]) if root != ""

# The deepest root above a path.
root_of(path) := longest[count(longest) - 1][1] if {
	longest := sort([[count(root), root] | some root in input.services; startswith(path, prefix(root))])
}

# What a dependency file takes from a folder: Cargo, npm, Go, .NET, Gradle, Python.
shapes := {
	"**/Cargo.toml": `\bpath\s*=\s*["']\.\.[^"']*["']`,
	"**/package.json": `"(file|link|portal):\.\.[^"]*"`,
	"**/go.mod": `=>\s*\.\.\S*`,
	"**/*.{csproj,fsproj,vbproj}": `<ProjectReference\s[^>\n]*\bInclude="\.\.[^"]*"`,
	"**/{settings,build}.{gradle,gradle.kts}": `["']\.\.[^"']*["']`,
	"**/{pyproject.toml,requirements*.txt}": `(^|-e\s+|path\s*=\s*"|file:)\.\.[^"\s]*`,
	"**/*.{ts,tsx,js,jsx,mjs,cjs,vue}": `\b(from|require\(|import\(|import)\s*["']\.\./\.\.[^"']*["']`,
}

# One step up leads out of a service only from the files that lie in its root.
at_roots := sprintf("{%s}", [concat(",", [sprintf("%s/*.{ts,tsx,js,jsx,mjs,cjs,vue}", [root]) | some root in input.services; regex.match(`^[\w@./+ -]+$`, root)])])

imports := [hit |
	some pattern, shape in object.union(shapes, {at_roots: `\b(from|require\(|import\(|import)\s*["']\.\./[^."'][^"']*["']`})
	some hit in repo.search(pattern, shape)
]

taken contains {"hit": hit, "target": target} if {
	some hit in imports
	not is_aside(hit)
	target := resolved(hit.path, replace(regex.find_n(`\.\.[^"'\s]*`, hit.text, 1)[0], `\`, "/")) # polity:equivalent the first way is taken
}

# Projects of one Gradle build, and packages of one npm workspace, are called by name.
taken contains {"hit": hit, "target": target} if {
	some hit in repo.search("**/build.{gradle,gradle.kts}", `\bproject\(\s*["']:[^"'\n]+["']`)
	not is_aside(hit)
	# polity:equivalent an expression for all of it matches once
	target := replace(regex.find_n(`[^:"']+(?::[^:"']+)*`, regex.replace(hit.text, `^project\(\s*["']:`, ""), 1)[0], ":", "/")
}

taken contains {"hit": hit, "target": target} if {
	some hit in repo.search("**/package.json", `"[^"\n]+"\s*:\s*"workspace:[^"\n]*"`)
	not is_aside(hit)
	some target in packages[split(hit.text, `"`)[1]]
}

packages[name] contains folder if {
	some path in repo.glob("**/package.json")
	name := repo.json(path).name
	is_string(name) # polity:equivalent what is no text is not asked for
	folder := trim_suffix(path, "/package.json")
}

is_aside(hit) if regex.match(`(?i)(^|/)(tests?|__tests__|e2e|examples?|node_modules)/|tests?\.csproj$`, hit.path)

is_aside(hit) if regex.match(`^\s*(#|//|<!--)`, split(repo.text(hit.path), "\n")[hit.line - 1])

# `a/b/c.toml` and `../../d/e` lead to `d/e`.
resolved(path, way) := concat("/", array.concat(array.slice(folders, 0, count(folders) - ups), rest)) if {
	folders := array.slice(split(path, "/"), 0, count(split(path, "/")) - 1)
	# polity:equivalent an expression that is bound to the start matches once
	ups := count(regex.find_n(`\.\./?`, regex.find_n(`^(\.\./?)+`, way, 1)[0], -1))
	ups <= count(folders)
	rest := [part | some part in split(regex.replace(way, `^(\.\./?)+`, ""), "/"); part != ""]
}

name_of(one) := object.get(one.facts.service, "name", one.root)

context(one) := object.get(one.facts.service, "context", name_of(one))

deny contains finding if {
	some found in taken
	here := root_of(found.hit.path)
	there := root_of(sprintf("%s/", [found.target]))
	# What stands at the top is shared by all below it.
	not there in {here, ""}
	some mine in services
	mine.root == here
	some other in services
	other.root == there
	context(other) != context(mine)
	finding := {
		"message": sprintf("code of `%v` is built into `%v`", [name_of(other), name_of(mine)]),
		"path": found.hit.path,
		"line": found.hit.line,
		"column": found.hit.column,
		"end_column": found.hit.end_column,
		"label": sprintf("`%s` belongs to another context", [found.target]),
		"help": "call it through its contract, or move what both need into a library that belongs to neither",
		"also": [{"path": other.file, "at": ["service"], "label": "the other context"}],
	}
}

not_applicable contains "there is no second service" if count(services) < 2
