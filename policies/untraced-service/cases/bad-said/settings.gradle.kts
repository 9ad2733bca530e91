include(
    "opentelemetry-exporter",
)
