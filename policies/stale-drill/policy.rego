package polity

facts := input.service.facts

# Journals that Chaos Toolkit wrote; a repository without any keeps them elsewhere.
journals := [{"path": path, "journal": journal} |
	count(facts.drills) > 0
	some path in repo.glob("**/*journal*.json")
	journal := repo.json(path)
	is_object(journal.experiment)
]

drills contains row if {
	some file in facts.drills
	some document in experiments(file)
	is_string(document.title)
	row := {"file": file, "title": document.title, "method": object.get(document, "method", [])}
}

experiments(file) := [repo.json(file)] if endswith(file, ".json")

experiments(file) := repo.yaml(file) if not endswith(file, ".json") # polity:equivalent JSON that is read is YAML, too

runs(drill) := [one | some one in journals; one.journal.experiment.title == drill.title]

deny contains finding if {
	count(journals) > 0
	some drill in drills
	count(runs(drill)) == 0
	finding := {
		"message": sprintf("drill `%s` has never run", [drill.title]),
		"path": drill.file,
		"at": ["title"],
		"label": "other drills have a journal, this one has none",
		"help": sprintf("`chaos run --journal-path drills/journals/… %s`, and commit what it wrote", [drill.file]),
	}
}

deny contains finding if {
	some drill in drills
	count(runs(drill)) > 0
	count([one | some one in runs(drill); one.journal.experiment.method == drill.method]) == 0
	finding := {
		"message": sprintf("drill `%s` has changed since it last ran", [drill.title]),
		"path": drill.file,
		"at": ["method"],
		"label": "no journal is about this method",
		"help": "run it again, and commit the journal",
		"also": [{"path": one.path, "at": ["experiment", "method"], "label": "what ran"} | some one in runs(drill)],
	}
}

deny contains finding if {
	some drill in drills
	current := [one | some one in runs(drill); one.journal.experiment.method == drill.method]
	count([one | some one in current; is_passed(one.journal)]) == 0
	one := current[0]
	key := ending(one.journal)
	finding := {
		"message": sprintf("drill `%s` found a weakness that is still there", [drill.title]),
		"path": one.path,
		"at": [key],
		"label": "this is how the last run ended",
		"help": "repair what deviated, run the drill again, and commit the journal in the place of this one",
		"also": [{"path": drill.file, "at": ["title"], "label": "the drill"}],
	}
}

is_passed(journal) if {
	journal.status == "completed"
	not journal.deviated == true
}

ending(journal) := "deviated" if {
	journal.deviated == true
} else := "status"

not_applicable contains "no journal of a drill is kept here" if count(journals) == 0
