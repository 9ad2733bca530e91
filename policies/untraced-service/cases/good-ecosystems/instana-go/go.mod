module example.org/dispatch

go 1.24

require (
	github.com/instana/go-sensor v1.67.0
)
