package polity

default facts := {}

# A repository without a `polity.yaml` has none.
facts := input.service.facts if input.service.described

problem_types := {"application/problem+json", "application/problem+xml"}

# HEAD answers have no body, so that there is nothing to describe.
operations contains {"file": one.file, "operation": operation} if {
	some one in object.get(facts, "provides", [])
	one.kind == "openapi"
	some operation in repo.contract(one.file).operations
	operation.method != "HEAD"
}

deny contains {
	"message": sprintf("operation `%s` does not say how it fails", [name(operation)]),
	"path": file,
	"at": operation.at,
	"label": "no response is a problem document",
	"help": "declare a response `default` (or `4XX` and `5XX`) with `application/problem+json`",
} if {
	some {"file": file, "operation": operation} in operations
	every response in operation.responses {
		not is_problem(response)
	}
}

deny contains {
	"message": sprintf("response `%s` of `%s` is no problem document", [response.status, name(operation)]),
	"path": file,
	"at": response.at,
	"label": described(response),
	"help": "give it the media type `application/problem+json`, so that every caller can read every failure",
} if {
	some {"file": file, "operation": operation} in operations
	some other in operation.responses
	is_problem(other)
	some response in operation.responses
	is_error(response)
	not is_problem(response)
}

is_error(response) if regex.match(`^([45]..|default)$`, response.status)

# What another file describes is judged there.
is_problem(response) if {
	is_error(response)
	response.elsewhere
}

is_problem(response) if {
	is_error(response)
	some media_type in response.media_types
	trim_space(split(lower(media_type), ";")[0]) in problem_types
}

described(response) := "it has no body" if {
	count(response.media_types) == 0
} else := sprintf("it is `%s`", [concat("`, `", response.media_types)])

name(operation) := operation.id if {
	operation.id != null
} else := sprintf("%s %s", [operation.method, operation.path])
