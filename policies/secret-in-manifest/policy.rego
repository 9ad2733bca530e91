package polity

manifests := [m | some m in repo.manifests("**/*.{yaml,yml,json}"); repo.runs(m.path)]

# Names that end so hold what they say; `…_FILE` and `…_NAME` say where it is.
secret := `(?i)(^|[_.-])(password|passwd|pwd|secret|token|api_?key|private_?key|client_?secret|access_?key|secret_?key(_?base)?|credentials?)$`

deny contains finding if {
	some m in manifests
	some list in ["containers", "initContainers", "ephemeralContainers"]
	is_array(m.pod.spec[list])
	some i, c in m.pod.spec[list]
	is_array(c.env)
	some j, variable in c.env
	is_string(variable.value)
	is_leak(variable.name, variable.value)
	finding := {
		"message": sprintf("`%s` of container `%v` is written in the manifest", [variable.name, object.get(c, "name", "unnamed")]),
		"path": m.path,
		"document": m.index,
		"at": array.concat(m.pod.at, [list, i, "env", j, "value"]),
		"redact": true,
		"label": sprintf("in %s `%v`", [m.document.kind, object.get(m.document, ["metadata", "name"], "unnamed")]),
		"help": "change it where it is used, keep it in a secret store, and name it here: `valueFrom: {secretKeyRef: {name: …, key: …}}`",
	}
}

deny contains finding if {
	some m in manifests
	m.document.kind == "Secret"
	not m.document.sops
	not m.document.type == "kubernetes.io/service-account-token"
	some part in ["data", "stringData"]
	is_object(m.document[part])
	some key, value in m.document[part]
	is_string(value)
	regex.match(`(?i)(pass|pwd|secret|token|key|credential|dockerconfig)`, key)
	not regex.match(`(?i)(public|pub$|\.crt$|\.pub$|cert)`, key)
	is_real(decoded(part, value))
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

decoded("stringData", value) := value

decoded("data", value) := text if {
	base64.is_valid(value)
	regex.match(`^[A-Za-z0-9+/=]+$`, value)
	text := base64.decode(value)
} else := value

is_leak(name, value) if {
	regex.match(secret, name)
	is_real(value)
	# A blank that a script fills in is called as the variable.
	not startswith(upper(value), upper(name))
}

# A password inside an address, whatever the variable is called.
is_leak(name, value) if {
	not regex.match(secret, name)
	regex.match(`^[a-z][a-z0-9+.]*://[^/\s:@]+:[^/\s@$<{(]+@`, value)
	is_real(value)
}

is_real(value) if {
	text := trim_space(value)
	count(text) > 2
	not regex.match(`<templated>|\$[({]|\{\{|ENC\[|^vault:|^(ref|op|awssm|gcpsm)\+?://`, text)
	not regex.match(`(?i)^(true|false|none|null|nil|[0-9]{1,3}|/.*|https?://[^@]*|\$.*)$`, text)
	not regex.match(`(?i)(change.?me|replace|placeholder|redacted|\b(your|my|some)[-_ ]|dummy|fake|to.?do|x{4}|\*{3}|<[^>]*>|insert)`, text)
}

not_applicable contains "there is no manifest" if count(manifests) == 0
