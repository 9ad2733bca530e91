package polity

facts := input.service.facts

events := array.concat(object.get(facts, ["events", "publishes"], []), object.get(facts, ["events", "consumes"], []))

# Libraries that carry the context over a queue by themselves.
instrumented := `(?i)otelsarama|otelkafka|\bkotel\b|otelamqp|opentelemetry[-_.]instrumentation[-_.](kafka|confluent|aio[-_]pika|pika|celery|aiokafka|boto3?sqs)|instrumentation-(kafkajs|amqplib|aws-sdk)|auto-instrumentations-node|OpenTelemetry\.AutoInstrumentation|opentelemetry-javaagent|opentelemetry-spring-boot-starter|quarkus-opentelemetry|(observation-enabled|observationEnabled)|OpenTelemetry\.Instrumentation\.(ConfluentKafka|MassTransit)|MassTransit|Confluent\.Kafka\.Extensions|NServiceBus|Azure\.Messaging|dd-trace|newrelic|elastic-apm`

carries := `(?i)traceparent|inject_?context|extract_?context|propagat\w*\.(inject|extract)|\.inject\(|\.extract\(|TextMapPropagator|ActivityContext|inject_headers`

messaging := `(?i)\b(kafka|rabbit|amqp|nats|jetstream|pulsar|sqs|sns|pubsub|servicebus|eventbus|producer|consumer|publisher|subscriber|publish|subscribe)\w*`

deny contains finding if {
	count(events) > 0
	handled := repo.code(messaging)
	count(handled) > 0
	# A library beside the service may do it; what stands outside is not seen from here.
	count(repo.search("**/{*.csproj,Cargo.toml,package.json,go.mod,*.gradle,*.gradle.kts}", `(?i)(Include="|path\s*=\s*"|"(file|link|workspace):|=>\s*)\.\.[^\n]*(bus|messag|event|queue|kafka|rabbit)`)) == 0
	files := {hit.path | some hit in handled}
	count([hit | some hit in repo.uncommented(repo.code(carries)); hit.path in files]) == 0
	count(repo.uncommented(repo.search("**/{Dockerfile,*.{toml,json,yaml,yml,xml,gradle,kts,csproj,props,mod,txt,properties}}", instrumented))) == 0
	count(repo.uncommented(repo.code(instrumented))) == 0
	finding := {
		"message": "the trace of an event ends here",
		"path": "polity.yaml",
		"at": ["events"],
		"label": "nothing carries the trace context with a message",
		"help": "put `traceparent` and `tracestate` into the headers of each message, and start the consumer's span as a link to it; an instrumentation of the queue's client does both",
		"also": [{"path": hit.path, "line": hit.line, "label": "messages are handled here"} | some hit in array.slice(handled, 0, 1)],
	}
}

not_applicable contains "it has no events" if count(events) == 0
