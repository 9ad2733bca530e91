package polity_test

import data.polity

test_what_carries_the_context_is_known if {
	missed := [line |
		some line in [
			`instana`,
			`import instana`,
			`gem 'instana'`,
			`"@instana/collector": "4.0.0",`,
			`github.com/instana/go-sensor/instrumentation/instasarama v1.0.0`,
			`ddtrace==3.0.0`,
			`ENTRYPOINT ["java", "-javaagent:/dd-java-agent.jar"]`,
			`newrelic==10.0.0`,
			`<PackageReference Include="Elastic.Apm.NetCoreAll" />`,
			`ENV LD_PRELOAD=/opt/dynatrace/oneagent/agent/lib64/liboneagentproc.so`,
			`apache-skywalking==1.2.0`,
			`"@splunk/otel": "3.0.0",`,
			`"@azure/service-bus": "7.9.0",`,
			`azure-servicebus==7.14.0`,
			`gem "opentelemetry-instrumentation-bunny"`,
			`"open-telemetry/opentelemetry-auto-ext-rdkafka": "0.1.0",`,
			`<artifactId>spring-cloud-starter-sleuth</artifactId>`,
			`instrumentation.opentelemetry.io/inject-java: "true"`,
			`<PackageReference Include="RabbitMQ.Client.OpenTelemetry" />`,
		]
		not is_known(line)
	]
	missed == []
}

test_what_makes_traces_and_knows_no_queue_is_not_enough if {
	taken := [line |
		some line in [
			`github.com/instana/go-sensor v1.60.0`,
			`<groupId>com.instana</groupId>`,
			`opentelemetry-instrumentation-flask==0.60`,
			`opentelemetry-sdk==1.40.0`,
			`"@sentry/browser": "10.0.0",`,
			`aws-xray-sdk==2.14.0`,
		]
		is_known(line)
	]
	taken == []
}

# Each by itself: together they are too long for the engine.
is_known(line) if regex.match(polity.open, line)

is_known(line) if regex.match(sprintf("(?i)%s", [polity.vendors]), line)
