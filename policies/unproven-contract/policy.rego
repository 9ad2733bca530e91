package polity

# Tools that compare a running service with its contract.
tools := `(?i)schemathesis|\bst run\b|\bdredd\b|specmatic|pact[-_.](provider|verif|ruby|broker)|PactVerif|provider.?verifier|prism proxy|portman|openapi[_-]core|swagger-request-validator|OpenApiInteractionValidator|jest-openapi|chai-openapi|express-openapi-validator|openapi3filter|kin-openapi|openapi-backend|committee|spring-cloud-contract|tracetest|microcks|restler|evomaster`

tooled := [hit.path |
	some hit in repo.uncommented(repo.search("{.github/**/*.{yml,yaml},.gitlab-ci.{yml,yaml},**/Jenkinsfile,azure-pipelines*.{yml,yaml},**/package.json,**/pom.xml,**/*.{gradle,kts,csproj,toml,mod,sh},**/requirements*.txt,**/Makefile,**/justfile}", tools))
]

unproven contains row if {
	some root in input.services
	path := sprintf("%spolity.yaml", [prefix(root)])
	some document in repo.yaml(path)
	is_array(document.provides)
	some i, one in document.provides
	one.kind == "openapi"
	is_string(one.file)
	repo.exists(sprintf("%s%s", [prefix(root), one.file]))
	row := {"path": path, "index": i, "file": one.file, "name": one.name, "root": root}
}

deny contains finding if {
	some one in unproven
	# A tool at the root may be about any service, one in a service is about that one.
	count([path | some path in tooled; startswith(path, prefix(one.root))]) == 0
	count([path | some path in tooled; count(split(path, "/")) < 4; regex.match(`^(\.|[^/]+$|ci/|scripts/)`, path)]) == 0
	name := regex.replace(one.file, `^.*/`, "")
	tests := repo.uncommented(repo.tests(sprintf(`(?i)%s|%s`, [regex.replace(name, `[.]`, `\.`), tools])))
	count([hit | some hit in tests; startswith(hit.path, prefix(one.root))]) == 0
	finding := {
		"message": sprintf("nothing proves that contract `%s` is what is served", [one.name]),
		"path": one.path,
		"at": ["provides", one.index, "file"],
		"label": "no test reads this file, and no pipeline compares it with the running service",
		"help": "compare the answers of the running service with the contract: `schemathesis run`, Pact, Specmatic, or a test that validates against this file",
	}
}

prefix(root) := "" if {
	root == ""
} else := sprintf("%s/", [root])

not_applicable contains "no service provides an OpenAPI document" if count(unproven) == 0
