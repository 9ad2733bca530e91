module x
require (
	go.opentelemetry.io/otel/exporters/otlp v1.0.0 // indirect
	github.com/x/y v1.0.0
)
