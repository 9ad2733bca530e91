libraryDependencies += "io.opentelemetry" % "opentelemetry-exporter-otlp" % "1.40.0" % Test
libraryDependencies += "io.opentelemetry" % "opentelemetry-exporter-zipkin" % "1.40.0" % "test"
