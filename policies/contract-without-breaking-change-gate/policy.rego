package polity

pipelines := repo.glob("{.github/workflows/*.{yml,yaml},.gitlab-ci.{yml,yaml},azure-pipelines*.{yml,yaml},.circleci/config.yml,.buildkite/*.{yml,yaml},Jenkinsfile,bitbucket-pipelines.yml,.woodpecker*.{yml,yaml},.drone.yml,.travis.yml,cloudbuild*.{yml,yaml}}")

# What a pipeline may run, beside scripts.
builds := "{.github/workflows/**/*.{yml,yaml},.github/**/action.{yml,yaml},.gitlab-ci.{yml,yaml},azure-pipelines*.{yml,yaml},.circleci/config.yml,.buildkite/*.{yml,yaml},Jenkinsfile,bitbucket-pipelines.yml,.woodpecker*.{yml,yaml},.drone.yml,.travis.yml,cloudbuild*.{yml,yaml},**/Makefile,**/*.mk,**/justfile,**/Taskfile.{yml,yaml},**/package.json,**/{tox.ini,noxfile.py,mise.toml,.pre-commit-config.yaml}}"

builds_of_jvm := "**/{pom.xml,*.gradle,*.gradle.kts}"

# Tools that compare a contract with the one before, and what is called by the name of that.
compares := sprintf(`^[^#\n]*(%s)`, [comparing])

comparing := `oasdiff\S* ([^\n]*\s)?(breaking|changelog)|oasdiff/oasdiff-action|buf[ -]breaking|bufbuild/buf-(breaking-)?action|openapi-diff|openapi-changes|optic diff|asyncapi diff|polity contract (gate|diff)|json-schema-diff|(uses: *["']?|\b(make|just|task|tox -e|nox -s|(npm|yarn|pnpm)( run)?|(ba)?sh) +|\./)\S*breaking[-_]changes?\b`

has_gate if count(repo.search(builds, compares)) > 0

has_gate if count(repo.uncommented(repo.search(builds_of_jvm, comparing))) > 0

# A script that nobody calls keeps nothing out.
has_gate if {
	some script in repo.search("**/*.sh", compares)
	some call in repo.uncommented(repo.search(sprintf("{%s,%s,**/*.sh,**/{ci,bin,build,hack,scripts,tools}/**}", [builds, builds_of_jvm]), `[\w.-]+\.sh\b`))
	call.path != script.path
	endswith(sprintf("/%s", [script.path]), sprintf("/%s", [call.text]))
}

provided contains row if {
	some root in input.services
	path := file(root)
	some document in repo.yaml(path)
	is_array(document.provides) # polity:equivalent what is no list has no elements
	some i, one in document.provides
	row := {"path": path, "index": i, "name": one.name}
}

deny contains finding if {
	# A repository without pipelines is built elsewhere.
	first := pipelines[0]
	not has_gate
	some one in provided
	finding := {
		"message": sprintf("nothing keeps a breaking change out of contract `%v`", [one.name]),
		"path": one.path,
		"at": ["provides", one.index],
		"label": "no pipeline compares it with the one before",
		"help": "compare both on every change and fail on a break: `oasdiff breaking --fail-on ERR base.yaml contract/openapi.yaml` (OpenAPI), `buf breaking` (protocol buffers)",
		"also": [{"path": first, "line": 1, "label": "one of the pipelines of this repository"}],
	}
}

file(root) := "polity.yaml" if {
	root == ""
} else := sprintf("%s/polity.yaml", [root])

not_applicable contains "no service provides a contract" if count(provided) == 0

not_applicable contains "the repository has no pipeline" if count(pipelines) == 0
