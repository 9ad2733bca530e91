object Dependencies { val otlp = "io.opentelemetry" % "opentelemetry-exporter-otlp" % "1.40.0" }
