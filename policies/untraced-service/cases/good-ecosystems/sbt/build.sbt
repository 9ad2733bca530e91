libraryDependencies += "io.opentelemetry" % "opentelemetry-exporter-otlp" % "1.40.0"
