package polity

not_applicable contains "no template made it: there is no `polity.lock`" if not repo.exists("polity.lock")

lock := repo.yaml("polity.lock")[0]

managed := {path: entry | some path, entry in lock.files; entry.class == "managed"}

not_applicable contains "its template manages no file" if {
	is_object(lock.files)
	count(managed) == 0
}

# What became of a file, and where the finding points.
drifted(path, _) := {"what": "is gone", "place": {
	"path": "polity.lock",
	"at": ["files", path],
	"label": "polity rendered it, and it is not here",
}} if not repo.exists(path)

drifted(path, entry) := {"what": "is not what its template rendered", "place": in_file(path, "changed since")} if {
	file := repo.file(path)
	not is_same(path, file, entry)
}

drifted(path, entry) := {"what": "has another mode than its template gave it", "place": in_file(path, mode)} if {
	file := repo.file(path)
	is_same(path, file, entry)
	file.executable != object.get(entry, "executable", false)
	mode := {true: "executable now", false: "not executable any more"}[file.executable]
}

in_file(path, label) := {
	"path": path,
	"label": label,
	"also": [{"path": "polity.lock", "at": ["files", path], "label": "what was rendered"}],
}

is_same(path, file, entry) if {
	# polity:equivalent no case can hold a link: a registry has none
	not file.link
	is_content(path, file, entry.sha256)
}

# Git may have turned the line ends when it wrote the file; it is read only when it differs.
is_content(path, file, digest) if {
	file.sha256 == digest
} else if repo.unix_sha256(path) == digest

deny contains finding if {
	some path, entry in managed
	drift := drifted(path, entry)
	finding := object.union(drift.place, {
		"message": sprintf("managed file `%s` %s", [path, drift.what]),
		"help": "`polity drift --diff` shows the change: take it back, give it to the template with `polity promote`, or ask its owner to share the file (`class: merged`)",
	})
}
