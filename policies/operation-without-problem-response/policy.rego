package polity

facts := input.service.facts

problem_types := {"application/problem+json", "application/problem+xml"}

# HEAD answers have no body, so that there is nothing to describe.
operations contains row if {
	some one in object.get(facts, "provides", [])
	one.kind == "openapi"
	some operation in repo.contract(one.file).operations
	operation.method != "HEAD"
	row := {"file": one.file, "operation": operation}
}

# Failures that an operation declares, with whether each is a problem document.
failures[key] contains row if {
	some one in operations
	key := [one.file, one.operation.at]
	some response in one.operation.responses
	regex.match(`^([45]..|default)$`, response.status)
	row := {"response": response, "problem": is_problem(response)}
}

are_problems[key] if {
	some key, declared in failures
	some failure in declared
	failure.problem
}

deny contains finding if {
	some {"file": file, "operation": operation} in operations
	not are_problems[[file, operation.at]]
	finding := {
		"message": sprintf("operation `%s` does not say how it fails", [name(operation)]),
		"path": file,
		"at": operation.at,
		"label": "no response is a problem document",
		"help": "declare a response `default` (or `4XX` and `5XX`) with `application/problem+json`",
	}
}

deny contains finding if {
	some {"file": file, "operation": operation} in operations
	are_problems[[file, operation.at]]
	some failure in failures[[file, operation.at]]
	not failure.problem
	finding := {
		"message": sprintf("response `%s` of `%s` is no problem document", [failure.response.status, name(operation)]),
		"path": file,
		"at": failure.response.at,
		"label": described(failure.response),
		"help": "give it the media type `application/problem+json`, so that every caller can read every failure",
	}
}

# What another file describes is judged there.
is_problem(response) if {
	response.elsewhere
} else if {
	some media_type in response.media_types
	trim_space(split(lower(media_type), ";")[0]) in problem_types
} else := false

described(response) := "it has no body" if {
	count(response.media_types) == 0
} else := sprintf("it is `%s`", [concat("`, `", response.media_types)])

name(operation) := id if {
	id := operation.id
	id != null # polity:equivalent no case has an operation without an id: another policy asks for it
} else := sprintf("%s %s", [operation.method, operation.path])

not_applicable contains "it provides no operation" if count(operations) == 0
