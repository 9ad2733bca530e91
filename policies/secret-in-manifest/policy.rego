package polity

manifests := [m | some m in repo.manifests("**/*.{yaml,yml,json}"); m.runs]

# Names that end so hold what they say; `…_FILE` and `…_NAME` say where it is.
secret := `(?i:(?:password|passwd|passphrase)(?:[_-]?(?:[0-9]+|primary|replica|old|new))?|(?:^|[_.-])(?:pass|pwd|secret|token|api_?key|(?:private|signing|encryption|master|jwt)_?key|client_?secret|access_?key|secret_?key(?:_?base)?|credentials?))$|[a-z0-9](?:Pass|Pwd|Secret|Token|(?:Api|Private|Access|Secret|Signing|Encryption|Master)Key|Credentials?)$`

# An option that the next argument answers. Of `--tls-secret` and `--credentials` it is often the name of what is kept elsewhere.
option := `(?i)^--?([a-z0-9_.-]*[-_.])?(password|passwd|passphrase|pass|requirepass|token|(api|access|secret)[-_]?key|client[-_]?secret)$`

short := concat("|", [
	`\bcurl\s(?:[^|;&]*\s)?(?:-u|--user)[ =]["']?[A-Za-z][\w.@-]*:[^\s"'$<{(]+`,
	`\b(?:mysql|mariadb)[a-z-]*\s(?:[^|;&]*\s)?-p[^\s"'$<{(]+`,
	`\bredis-cli\s(?:[^|;&]*\s)?-a\s+["']?[^\s"'$<{(]+`,
	`\bAuthorization:\s*(?:Basic|Bearer)\s+[^\s"'$<{(]{8,}`,
])

# A part of a connection string, of the question in an address, or of a line of commands.
inside := `(?:^|[?&;,\s])(?:--?(?:[A-Za-z0-9_.-]*[-_.])?|(?:[A-Z0-9_]+_)?(?:PG)?)?(?i:password|passwd|pwd|passphrase|requirepass|token|(?:account|(?:shared)?access|secret|api)[-_]?key|client[-_]?secret)\s?=\s?["']?[^\s&;,"'$<{(%]+`

containers := array.concat(repo.containers("**/*.{yaml,yml,json}"), patched)

# Patches that a kustomization lists need not say their `apiVersion`.
patches := [{"path": path, "index": n, "document": document} |
	some kustomization in repo.glob("**/{kustomization.yaml,kustomization.yml,Kustomization}")
	repo.runs(kustomization)
	some described in repo.yaml(kustomization)
	some key in ["patches", "patchesStrategicMerge"]
	patch := described[key][_]
	path := straight(sprintf("%s%s", [regex.replace(kustomization, `[^/]*$`, ""), object.get({"a": patch}, ["a", "path"], patch)]))
	repo.runs(path)
	some n, document in repo.yaml(path)
	is_string(document.kind)
	not document.apiVersion # polity:equivalent what was found already is found once
]

# Without the folders that `..` leaves again.
straight(path) := shorter(shorter(shorter(shorter(regex.replace(path, `(^|/)\./`, "${1}")))))

shorter(path) := regex.replace(path, `(^|/)[^/.][^/]*/\.\./`, "${1}")

patched := [{"manifest": m, "at": ["spec", "template", "spec", group, i], "container": container} |
	some m in patches
	some group in ["containers", "initContainers"]
	some i
	container := m.document.spec.template.spec[group][i]
]

objects := array.concat(manifests, patches)

deny contains finding if {
	some one in containers
	is_array(one.container.env)
	some j, variable in one.container.env
	is_string(variable.value)
	is_leak(variable.name, variable.value)
	m := one.manifest
	finding := {
		"message": sprintf("`%s` of container `%v` is written in the manifest", [variable.name, object.get(one.container, "name", "unnamed")]),
		"path": m.path,
		"document": m.index,
		"at": array.concat(one.at, ["env", j, "value"]),
		"redact": true,
		"label": sprintf("in %s `%v`", [m.document.kind, object.get(m.document, ["metadata", "name"], "unnamed")]),
		"help": "change it where it is used, keep it in a secret store, and name it here: `valueFrom: {secretKeyRef: {name: …, key: …}}`",
	}
}

deny contains finding if {
	some [one, way, words] in told
	is_array(words)
	some j, text in words
	is_string(text)
	is_argument(words, j)
	finding := {
		"message": sprintf("secret in an argument of container `%v` is written in the manifest", [object.get(one.container, "name", "unnamed")]),
		"path": one.manifest.path,
		"document": one.manifest.index,
		"at": array.concat(one.at, array.concat(way, [j])),
		"redact": true,
		"label": "whoever may list the processes of the machine can read it",
		"help": "change it where it is used, keep it in a secret store, and hand it over as a file or as a variable with `valueFrom`",
	}
}

# What a container is told to run, is asked by, and does when it begins and ends.
told := array.concat(
	[[one, [part], words] |
		some one in containers
		some part in ["command", "args"]
		words := one.container[part]
	],
	array.concat(
		[[one, [hook, "exec", "command"], words] |
			some one in containers
			some hook in ["startupProbe", "livenessProbe", "readinessProbe"]
			words := one.container[hook].exec.command
		],
		[[one, ["lifecycle", hook, "exec", "command"], words] |
			some one in containers
			some hook in ["postStart", "preStop"]
			words := one.container.lifecycle[hook].exec.command
		],
	),
)

is_argument(all, j) if holds_secret(all[j])

# Options of one letter, of the programs that have them, and a header.
is_argument(all, j) if {
	before := [word | some n, word in array.slice(all, 0, j); is_string(word); leads(n, j, word)]
	some part in regex.find_n(short, concat(" ", array.concat(before, [all[j]])), -1)
	is_real(regex.replace(part, `^.*(?:[\s:"']|-p)`, ""))
}

# The program, and the option that an argument belongs to.
leads(n, _, _) if n == 0

leads(n, j, word) if {
	n == j - 1
	startswith(word, "-")
}

# An address in a line for a shell, or behind the name of an option.
is_argument(all, j) if is_address_in(all[j])

is_argument(all, j) if {
	regex.match(option, all[j - 1])
	not startswith(all[j], "-")
	is_real(all[j])
}

deny contains finding if {
	some m in objects
	m.document.kind == "ConfigMap"
	is_object(m.document.data)
	some key, value in m.document.data
	regex.match(`^\S+( \S+=\S+)*$`, value)
	is_leak(key, value)
	finding := {
		"message": sprintf("`%s` of ConfigMap `%v` is written in the manifest", [key, object.get(m.document, ["metadata", "name"], "unnamed")]),
		"path": m.path,
		"document": m.index,
		"at": ["data", key],
		"redact": true,
		"label": "whoever may read the settings of the namespace can read it",
		"help": "change it where it is used, and keep it in a Secret that a controller makes from a store or from an encrypted file (External Secrets, Sealed Secrets, SOPS)",
	}
}

# A file of settings, or a key.
deny contains finding if {
	some m in objects
	m.document.kind == "ConfigMap"
	is_object(m.document.data) # polity:equivalent what is no map has no named members
	some key, value in m.document.data
	regex.match(`\n`, value)
	is_file_with_secret(key, value)
	finding := {
		"message": sprintf("a secret in `%s` of ConfigMap `%v` is written in the manifest", [key, object.get(m.document, ["metadata", "name"], "unnamed")]),
		"path": m.path,
		"document": m.index,
		"at": ["data", key],
		"redact": true,
		"label": "whoever may read the settings of the namespace can read it",
		"help": "change it where it is used, and keep it in a Secret that a controller makes from a store or from an encrypted file (External Secrets, Sealed Secrets, SOPS)",
	}
}

is_file_with_secret(_, value) if regex.match(private_key, value)

is_file_with_secret(key, value) if {
	is_settings(key)
	is_kept_in(value, `password|passwd|passphrase|client[-_]?secret|api[-_]?key`)
}

is_file_with_secret(key, value) if {
	is_settings(key)
	is_address_in(value)
}

# Lines of Redis, of scripts, of SQL and of XML, whatever the file is called.
is_file_with_secret(_, value) if {
	some line in regex.find_n(`(?m)^\s*(?:(?:requirepass|masterauth)\s+|(?:export\s+)?(?:[A-Z0-9_]+_)?(?:PG)?(?:PASSWORD|PASSWD|PASSPHRASE)=)["']?[^\s"'$<{(\x60]+|(?i:\b(?:identified by|(?:user|role)\s+\S+\s+(?:with\s+)?(?:encrypted\s+)?password)\s+'[^'$<{]+'|<password>[^<${]+</)`, value, -1)
	is_real(regex.replace(line, `^.*[\s='">]([^\s='"]+)(?:'|</)?$`, "${1}"))
}

deny contains finding if {
	some m in objects
	m.document.kind == "Secret"
	not m.document.sops
	not m.document.type == "kubernetes.io/service-account-token"
	some part in ["data", "stringData"]
	is_object(m.document[part]) # polity:equivalent what is no map has no named members
	some key, value in m.document[part]
	is_string(value)
	is_kept(key, decoded(part, value))
	finding := {
		"message": sprintf("`%s` of Secret `%v` is written in the manifest", [key, object.get(m.document, ["metadata", "name"], "unnamed")]),
		"path": m.path,
		"document": m.index,
		"at": [part, key],
		"redact": true,
		"label": "base64 hides nothing",
		"help": "change it where it is used, and let a controller make the Secret from a store or from an encrypted file (External Secrets, Sealed Secrets, SOPS)",
	}
}

# What Kustomize makes a Secret or a ConfigMap from.
deny contains finding if {
	some path in repo.glob("**/{kustomization.yaml,kustomization.yml,Kustomization}")
	repo.runs(path)
	some n, document in repo.yaml(path)
	some kind in ["secretGenerator", "configMapGenerator"]
	some i, j
	literal := document[kind][i].literals[j]
	is_string(literal)
	key := split(literal, "=")[0]
	is_generated(kind, key, trim(trim_prefix(literal, sprintf("%s=", [key])), `"'`))
	finding := {
		"message": sprintf("`%s` of `%s` is written in the manifest", [key, kind]),
		"path": path,
		"document": n,
		"at": [kind, i, "literals", j],
		"thing": key,
		"redact": true,
		"label": "whoever can read the repository can read it",
		"help": "change it where it is used, keep it in a secret store, and let a controller make the Secret (External Secrets, Sealed Secrets, SOPS)",
	}
}

is_generated("secretGenerator", key, value) if is_kept(key, value)

is_generated("configMapGenerator", key, value) if is_leak(key, value)

is_kept(key, value) if {
	regex.match(`(?i)(pass|pwd|secret|token|key|credential|dockerconfig)`, key)
	not regex.match(`(?i)(public|pub$|\.crt$|\.pub$|cert)`, key)
	is_real(value)
}

# What opens a certificate is none.
is_kept(key, value) if {
	regex.match(`(?i)cert.*(pass(word|phrase|wd)?|pwd|private[-_.]?key)$`, key)
	is_real(value)
}

# Whatever it is called: a private key, and a list of users with what their passwords come to.
is_kept(_, value) if regex.match(private_key, value)

is_kept(_, value) if regex.match(`^[^:\s]+:(\$(apr1|2[aby]|5|6)\$|\{SHA\})\S+`, value)

is_kept(_, value) if holds_secret(value)

# A whole file of settings.
is_kept(key, value) if {
	is_settings(key)
	is_address_in(value)
}

is_kept(_, value) if regex.match(`"auth"\s*:\s*"[A-Za-z0-9+/]{8,}`, value)

is_kept(key, value) if {
	is_settings(key)
	is_kept_in(value, `password|passwd|passphrase|secret|token|api[-_]?key`)
}

is_address_in(text) if {
	some address in regex.find_n(`[a-z][a-z0-9+.:]*://[^/\s:@"']*:[^/\s@$<{("']+@[^\s"']*`, text, -1)
	holds_secret(address)
}

is_kept_in(text, names) if {
	some line in regex.find_n(sprintf(`(?im)^[ \t]*["']?[a-z0-9_.-]*(?:%s)["']?[ \t]*[:=][ \t]*["']?[^\s"',$<{]+`, [names]), text, -1)
	is_real(regex.replace(line, `^[^:=]*[:=][ \t]*["']?`, ""))
}

private_key := `-----BEGIN (?:RSA |EC |DSA |OPENSSH )?PRIVATE KEY-----\s+[A-Za-z0-9+/]{16}`

is_settings(key) if regex.match(`(?i)(^|\.)(ya?ml|json|toml|properties|env|ini|conf|cnf|cfg|config|settings|kubeconfig)$`, key)

decoded("stringData", value) := value

decoded("data", value) := text if {
	base64.is_valid(value)
	text := base64.decode(value)
} else := value

is_leak(name, value) if {
	regex.match(secret, name)
	not regex.match(`(?i)(pull|tls|ssl|cert|ca)[_.-]?secret$`, name)
	is_real(value)
	# A blank that a script fills in is called as the variable.
	not startswith(upper(value), upper(name))
}

is_leak(name, value) if {
	# Few values look so, and names need not be asked for the rest.
	regex.match(`=|://`, value) # polity:equivalent this only saves the search
	not regex.match(secret, name)
	is_with_secret(value)
}

holds_secret(value) if {
	regex.match(`=|://`, value) # polity:equivalent this only saves the search
	is_with_secret(value)
}

# A password inside an address. What else of it is not known or given by a variable hides nothing.
is_with_secret(value) if {
	some part in regex.find_n(`^[a-z][a-z0-9+.:]*://[^/\s:@]*:[^/\s@$<{(]+@`, value, -1)
	is_real(regex.replace(part, `^[^/]*//[^:]*:|@$`, ""))
	# polity:equivalent nothing that is put there makes a blank of the rest
	not is_blank(replace(value, "<templated>", ""))
}

is_with_secret(value) if {
	some part in regex.find_n(inside, value, -1)
	is_real(regex.replace(part, `^[^=]*=\s?["']?`, ""))
}

is_real(value) if {
	text := trim_space(value)
	count(text) > 2
	not regex.match(`<templated>|\$[({]|\{\{|ENC\[|^vault:|^(ref|op|awssm|gcpsm)\+?://`, text)
	not regex.match(`(?i)^(true|false|yes|no|on|off|none|null|nil|enabled|disabled|[0-9]{1,3}|/[^/]*/.*|(?-i:/[a-z._?=&:-]*)|https?://[^@]*|\$.*)$`, text)
	not is_blank(text)
}

is_blank(text) if regex.match(`(?i)(change.?me|replace|placeholder|redacted|\b(your|my|some)[-_ ]|dummy|fake|to.?do|x{4}|\*{3}|<[^>]*>|insert)`, text)

not_applicable contains "there is no manifest" if count(manifests) == 0
