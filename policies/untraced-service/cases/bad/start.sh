# opentelemetry-instrument is not used yet
true
