package polity

not_applicable contains "there is no `.polityignore`" if count(repo.glob("**/.polityignore")) == 0

blank := " \t\r"

shown(1) := "1 file that"

shown(number) := sprintf("%d files that", [number]) if number != 1

# The last line that says it decides, as for git.
line(path, pattern) := max({0} | found) + 1 if {
	found := {number |
		some number, text in split(repo.text(path), "\n")
		trim_right(text, blank) == trim_right(pattern, blank)
	}
}

deny contains finding if {
	some path, patterns in input.hidden
	repo.exists(path)
	some pattern, files in patterns
	finding := {
		"message": sprintf("`%s` hides from every policy what git keeps", [pattern]),
		"path": path,
		"line": line(path, pattern),
		"label": sprintf("%s no policy looks at", [shown(files)]),
		"help": "remove the pattern; where a policy is wrong about these files, waive what it finds there, or let its layer leave their paths out",
	}
}
