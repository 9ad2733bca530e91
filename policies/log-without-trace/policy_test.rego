package polity_test

import data.polity

# Each in a line of code or of settings.
test_what_writes_the_ids_is_known if {
	missed := [line |
		some line in [
			`"open-telemetry/opentelemetry-logger-monolog": "1.3.0",`,
			`#include "opentelemetry/sdk/logs/logger.h"`,
			`from opentelemetry.sdk._logs import LoggerProvider`,
			`"go.opentelemetry.io/contrib/bridges/otelslog"`,
			`go.opentelemetry.io/otel/sdk/log v0.14.0`,
			`"@opentelemetry/sdk-logs": "0.200.0",`,
			`import io.opentelemetry.sdk.logs.SdkLoggerProvider;`,
			`ENV DD_LOGS_INJECTION=true`,
			`newrelic==10.0.0`,
			`"newrelic": "12.0.0",`,
			`gem "newrelic_rpm"`,
			`<artifactId>apm-toolkit-logback-1.x</artifactId>`,
			`<artifactId>aws-xray-recorder-sdk-slf4j</artifactId>`,
			`aws-lambda-powertools==3.0.0`,
			`<PackageReference Include="Microsoft.ApplicationInsights.AspNetCore" />`,
			`<PackageReference Include="Azure.Monitor.OpenTelemetry.AspNetCore" />`,
			`<artifactId>spring-cloud-gcp-starter-trace</artifactId>`,
			`"@google-cloud/logging-winston": "6.0.0",`,
			`<PackageReference Include="Google.Cloud.Diagnostics.AspNetCore3" />`,
			`"@elastic/ecs-pino-format": "1.5.0",`,
		]
		not regex.match(polity.correlated, line)
	]
	missed == []
}

test_what_only_makes_traces_is_not_enough if {
	taken := [line |
		some line in [
			`from opentelemetry import trace`,
			`"@opentelemetry/api": "1.9.0",`,
			`go.opentelemetry.io/otel/sdk v1.40.0`,
			`"@instana/collector": "4.0.0",`,
			`<artifactId>spring-cloud-gcp-starter-pubsub</artifactId>`,
			`"github.com/opentelemetry/blog"`,
		]
		regex.match(polity.correlated, line)
	]
	taken == []
}
