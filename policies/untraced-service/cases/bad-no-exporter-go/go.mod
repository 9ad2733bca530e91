module example.org/orders

go 1.26

require go.opentelemetry.io/otel v1.40.0
