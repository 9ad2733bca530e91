package polity

# Each shape has a prefix that nothing else has.
shapes := {
	"AWS access key": `\b(?:AKIA|ASIA)[A-Z2-7]{16}\b`,
	"GitHub token": `\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})\b`,
	"GitLab token": `\bgl(?:pat|dt|rt|ptt|cbt|soat|ft)-[A-Za-z0-9_-]{20,}`,
	"Slack token": `\bxox[abprs]-[0-9]{10,13}-[0-9]{10,13}-[A-Za-z0-9-]{24,}|https://hooks\.slack\.com/services/T[A-Z0-9]{8,12}/B[A-Z0-9]{8,12}/[A-Za-z0-9]{24}`,
	"Stripe key": `\b[rs]k_live_[A-Za-z0-9]{24,}`,
	"Google API key": `\bAIza[A-Za-z0-9_-]{35}\b`,
	"npm token": `\bnpm_[A-Za-z0-9]{36}\b`,
	"PyPI token": `\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}`,
	"Anthropic key": `\bsk-ant-(?:api|admin)[0-9]{2}-[A-Za-z0-9_-]{80,}`,
	"OpenAI key": `\bsk-[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}`,
	"SendGrid key": `\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b`,
	"Azure storage key": `\bAccountKey=[A-Za-z0-9+/]{86}==`,
	"private key": `-----BEGIN (?:RSA |EC |DSA |OPENSSH )?PRIVATE KEY-----(?:\\n[A-Za-z0-9+/]{40})?`,
}

# One search for all shapes and files: nearly no file has one.
any_shape := concat("|", [shape | some shape in shapes])

# What programs write and people commit is read by everybody, too. Data that is binary has no matches.
made := "**/{*.{min.js,min.css,map,svg,snap,lock,sum,dat,db,pb},package-lock.json,npm-shrinkwrap.json,pnpm-lock.yaml}"

hits := array.concat(repo.written(any_shape), [object.union(hit, {"path": path}) |
	some path in repo.glob(made)
	not regex.match(`(^|/)(node_modules|vendor|third_party)/`, path)
	some hit in repo.matches(path, any_shape)
])

deny contains finding if {
	some hit in hits
	some kind, shape in shapes
	regex.match(shape, hit.text)
	is_real(kind, hit.path, hit.text)
	finding := {
		"message": sprintf("%s is committed", [kind]),
		"path": hit.path,
		"line": hit.line,
		"column": hit.column,
		"end_column": hit.end_column,
		"redact": true,
		"label": "everyone who can read the repository, now or later, can use it",
		"help": [
			"revoke it where it was issued: its history keeps it even when the line is gone",
			"read the new one from the environment or a secret store",
		],
	}
}

is_real(kind, _, text) if {
	kind != "private key"
	not is_example(text)
}

# A header alone is what a parser looks for; a key has a body, and no dots in it. Keys of tests open nothing but tests.
is_real("private key", path, text) if {
	# `apitest` is of tests, `latest` is not.
	# polity:equivalent what stands for the word is no word of a test
	told := regex.replace(path, `(^|[^A-Za-z])(?i:la|grea|fas|shor|con|pro|at)tests?\b|[a-z](La|Con|Pro|At)tests?\b`, "")
	not regex.match(`(?i)((^|[/_.-])(testdata|testing|fixtures?|examples?|samples?|mocks?|e2e)([/_.-]|$)|(^|[/_.-])tests?([/_.-]|$)|[a-z]tests?/)`, told)
	has_body(path, text)
}

has_body(_, text) if contains(text, `\n`)

has_body(path, _) if regex.match(body, repo.text(path))

body := concat("", [
	`PRIVATE KEY-----`, ends, `(?:[A-Za-z-]+: [^\n]*\n|[ \t]*\r?\n)*`,
	begins, `[A-Za-z0-9+/]{40,}={0,2}`, ends, begins, `[A-Za-z0-9+/=-]`,
])

# In a program or a list each line may be a text of its own, and in what is commented out it has a sign.
ends := `(?:\\r)?(?:\\n)?["'\x60]?[ \t]*[+.,\\]?[ \t]*\r?\n`

begins := `[ \t]*(?:(?://|#|\*|-|\+|<<)[ \t]+)?["'\x60]?`

# What documentation shows instead of a secret: words that say so, runs of one character, sequences.
is_example(text) if regex.match(`(?i)(example|sample|placeholder|your|fake|dummy|redacted|changeme|xxxx|1234567|abcdef|(0{5}|a{5}|[*.]{3}))`, text)
