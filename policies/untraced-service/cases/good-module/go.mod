module a
require go.opentelemetry.io/otel/exporters/otlp v1
