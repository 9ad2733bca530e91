package polity

facts := input.service.facts

logs := `\b(tracing|log)::(error|warn|info|debug)!|^\s*(error|warn|info|debug)!\(|\b_?([lL]ogger|LOGG?ER|LOG|logging)(\.|->)(error|warn|warning|info|debug|notice|critical|exception|success|fatal|Error|Warn|Info|LogInformation|LogError|LogWarning)\w*(\(|\s*[{"'])|\bLog\.(Information|Warning|Error|Fatal|Debug|Verbose)\(|\b_?logger\.Log(Information|Error|Warning|Debug)\(|\bslog\.(Info|Error|Warn|Debug)|\blog\.(Printf|Println|Print|Fatalf?|Infof?|Errorf?|Warnf?|info|error|warn)\(|\bconsole\.(log|error|warn|info)\(|\b(zap|logrus|zerolog|winston|pino)\b`

correlated := concat("|", [named, bridges, vendors])

named := `(?i)trace[_.-]?id|opentelemetry[-_]appender|otelzap|otelslog|otellogrus|otellogr|LoggingInstrumentor|instrumentation[-_](pino|winston|bunyan|logging)|auto-instrumentations|OpenTelemetry\.AutoInstrumentation|Serilog\.Enrichers\.(Span|OpenTelemetry)|ActivityTrackingOptions|Logging\.AddOpenTelemetry|UseOpenTelemetry|Sinks\.OpenTelemetry|starter-zipkin|zipkin-reporter|opentelemetry[-_](logback|log4j|spring-boot|javaagent)|micrometer-tracing|starter-sleuth|starter-opentelemetry|quarkus-opentelemetry|ServiceDefaults|AddServiceDefaults|ecs-logging|logging-gelf|dd\.trace|ddtrace|dd-trace|elastic-apm|stackdriver|google-cloud-logging`

# What sends lines through OpenTelemetry.
bridges := `otelzerolog|slogotel|slog-otel|opentelemetry[/.]_?((sdk|api)[/._-]+)?logs\b|opentelemetry\.io/(otel|contrib)/(sdk/|bridges/|exporters/otlp/otlp)?log|@opentelemetry/(winston-transport|(sdk|api)-logs)|pino-opentelemetry|opentelemetry[-_]?logger|OpenTelemetryAppender|OTEL_PYTHON_LOG`

# Whose libraries and agents write the ids by themselves.
vendors := `DD_LOGS_INJECTION|Datadog\.Trace|\bnewrelic|NewRelic\.(Agent|LogEnrichers)|new_relic_agent|@elastic/ecs-|ecszap|EcsTextFormatter|Elastic\.CommonSchema|apm-toolkit-log|aws-xray-recorder-sdk-(slf4j|log4j)|powertools|applicationinsights|azure-monitor-opentelemetry|Azure\.Monitor\.OpenTelemetry|AzureLogHandler|@google-cloud/logging|google/cloud-logging|gcp-starter-(trace|logging)|Google\.Cloud\.(Diagnostics|Logging)`

deny contains finding if {
	not facts.service.tier == "device"
	# What runs in a browser writes to nobody's log.
	first := [hit | some hit in repo.code(logs); not regex.match(`(^|/)(static|public|wwwroot|assets)/`, hit.path)][0]
	count(repo.uncommented(repo.code(correlated))) == 0
	not is_set
	# It is about the service: which of its files logs first may change with every file.
	finding := {
		"message": "log lines do not say to which trace they belong",
		"path": "polity.yaml",
		"at": ["service", "name"],
		"label": "its code logs",
		"help": "write `trace_id` and `span_id` into each line, or send logs through OpenTelemetry",
		"also": [{
			"path": first.path,
			"line": first.line,
			"column": first.column,
			"end_column": first.end_column,
			"label": "whoever reads this line cannot find the request",
		}],
	}
}

is_set if {
	some hit in repo.uncommented(repo.search("**/{Dockerfile,Gemfile,*.{toml,json,yaml,yml,xml,gradle,kts,csproj,props,mod,txt,properties,conf}}", correlated))
	not regex.match(`(?i)(dev|test|lint|docs?)[-_.]?requirements|requirements[-_./](dev|test|lint|docs?)`, hit.path)
	not is_of_others(hit.path)
}

# Contracts, schemas, dashboards and sources of data speak of traces to those who read them, and not to the log.
is_of_others(path) if count(repo.matches(path, `^\s*\{?\s*["']?(?:(?:openapi|swagger|asyncapi|datasources|derivedFields|panels)["']?\s*:|\$schema["']?\s*:\s*["'][^"']*json-schema\.org)`)) > 0

not_applicable contains "its code does not log" if count(repo.code(logs)) == 0
