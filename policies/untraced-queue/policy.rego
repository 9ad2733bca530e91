package polity

facts := input.service.facts

events := array.concat(object.get(facts, ["events", "publishes"], []), object.get(facts, ["events", "consumes"], []))

# Libraries that carry the context over a queue by themselves.
instrumented := concat("|", [open, vendors])

open := `(?i)otelsarama|otelkafka|\bkotel\b|otelamqp|opentelemetry[-_.]instrumentation[-_.](kafka|confluent|aio[-_]pika|pika|celery|aiokafka|boto3?sqs|bunny|ruby[-_]kafka|rdkafka|racecar|sidekiq|active[-_]job|all\b)|opentelemetry-bootstrap|opentelemetry-auto-ext-(amqp|rdkafka)|instrumentation-(kafkajs|amqplib|aws-sdk)|auto-instrumentations-node|OpenTelemetry\.AutoInstrumentation|instrumentation\.opentelemetry\.io/inject-|opentelemetry-javaagent|opentelemetry-spring-boot-starter|quarkus-opentelemetry|starter-sleuth|brave-instrumentation-(kafka|jms|spring-rabbit)|(observation-enabled|observationEnabled)|enable_?open_?telemetry_?tracing|OpenTelemetry\.Instrumentation\.(ConfluentKafka|MassTransit)|RabbitMQ\.Client\.OpenTelemetry|MassTransit|Confluent\.Kafka\.Extensions|NServiceBus|Rebus\.(OpenTelemetry|Diagnostics)|DotNetCore\.CAP\.OpenTelemetry`

# Libraries and agents of vendors that do it for the clients they know.
vendors := `dd-trace|dd-java-agent|ddtrace|Datadog\.Trace|newrelic|NewRelic\.Agent|elastic-apm|Elastic\.Apm|dynatrace/oneagent|appdynamics|skywalking|splunk-(otel|opentelemetry|py-trace)|@splunk/otel|applicationinsights-agent|@sentry/node|Azure\.Messaging|@azure/(service-bus|event-hubs)|azure-(servicebus|eventhub|messaging-(servicebus|eventhubs))|gcp\.trace\.pubsub|(import|from)\s+instana\b|^\s*instana\b|["']instana["']|@instana/|instasarama|instaamqp|instakafka|instana/instrumentation`

carries := `(?i)traceparent|inject_?context|extract_?context|propagat\w*\.(inject|extract)|\.inject\(|\.extract\(|TextMapPropagator|ActivityContext|inject_headers`

messaging := `(?i)\b(kafka|rabbit|amqp|nats|jetstream|pulsar|sqs|sns|pubsub|servicebus|eventbus|producer|consumer|publisher|subscriber|publish|subscribe)\w*`

deny contains finding if {
	count(events) > 0
	handled := repo.code(messaging)
	count(handled) > 0
	# A library beside the service may do it; what stands outside is not seen from here.
	count(repo.uncommented(repo.search("**/{*.csproj,Cargo.toml,package.json,go.mod,*.gradle,*.gradle.kts}", `(?i)(Include="|path\s*=\s*"|"(file|link|workspace):|=>\s*)\.\.[^\n]*(bus|messag|event|queue|kafka|rabbit)`))) == 0
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

not_applicable contains "no code here is known to handle messages" if {
	count(events) > 0
	count(repo.code(messaging)) == 0
}
