package polity_test

import data.polity

# What lists and code say of each vendor's library.
of_vendors := {
	"rust": ["sentry", "sentry-tracing", "skywalking", "newrelic", "datadog-opentelemetry"],
	"node": ["dd-trace", "newrelic", "@newrelic/next", "elastic-apm-node", "@dynatrace/oneagent", "appdynamics", "@instana/collector", "@sentry/node", "honeycomb-beeline", "@honeycombio/opentelemetry-node", "lightstep-tracer", "aws-xray-sdk-core", "@aws/aws-distro-opentelemetry-node-autoinstrumentation", "@google-cloud/trace-agent", "applicationinsights", "@azure/monitor-opentelemetry", "skywalking-backend-js", "@splunk/otel"],
	"python": ["ddtrace", "newrelic", "elastic-apm", "oneagent-sdk", "appdynamics", "instana", "sentry-sdk", "honeycomb-opentelemetry", "opentelemetry-launcher", "aws-xray-sdk", "google-cloud-trace", "azure-monitor-opentelemetry", "apache-skywalking", "splunk-opentelemetry"],
	"go": ["github.com/DataDog/dd-trace-go/v2/ddtrace/tracer", "gopkg.in/DataDog/dd-trace-go.v1", "github.com/newrelic/go-agent/v3", "go.elastic.co/apm/v2", "github.com/instana/go-sensor", "github.com/getsentry/sentry-go", "github.com/honeycombio/beeline-go", "github.com/lightstep/otel-launcher-go", "github.com/aws/aws-xray-sdk-go/v2", "github.com/microsoft/ApplicationInsights-Go", "github.com/apache/skywalking-go", "github.com/SkyAPM/go2sky", "github.com/signalfx/splunk-otel-go/distro"],
	"jvm": ["implementation 'com.datadoghq:dd-trace-api:1.0'", "<artifactId>newrelic-api</artifactId>", "<artifactId>apm-agent-api</artifactId>", "<artifactId>elastic-apm-agent</artifactId>", "com.dynatrace.oneagent.sdk.java:oneagent-sdk:1", "<artifactId>instana-java-sdk</artifactId>", "<groupId>io.sentry</groupId>", "<artifactId>honeycomb-opentelemetry-sdk</artifactId>", "com.lightstep.opentelemetry:launcher:1", "<artifactId>aws-xray-recorder-sdk-core</artifactId>", "<artifactId>spring-cloud-gcp-starter-trace</artifactId>", "<artifactId>applicationinsights-core</artifactId>", "<artifactId>apm-toolkit-trace</artifactId>"],
	"dotnet": ["Datadog.Trace.Bundle", "NewRelic.Agent", "Elastic.Apm.NetCoreAll", "Dynatrace.OneAgent.Sdk", "AppDynamics.Agent.Distrib.Micro.Windows", "Instana.Tracing.Core", "Sentry", "Sentry.AspNetCore", "Honeycomb.OpenTelemetry", "LightStep", "AWSXRayRecorder.Core", "Google.Cloud.Diagnostics.AspNetCore3", "Microsoft.ApplicationInsights.AspNetCore", "Azure.Monitor.OpenTelemetry.AspNetCore", "SkyAPM.Agent.AspNetCore", `..\Shop.ServiceDefaults\Shop.ServiceDefaults.csproj`],
	"ruby": ["datadog", "newrelic_rpm", "elastic-apm", "instana", "sentry-rails", "honeycomb-beeline", "lightstep", "aws-xray-sdk", "stackdriver", "application_insights"],
	"php": ["datadog/dd-trace", "newrelic/newrelic-php-sdk", "nipwaayoni/elastic-apm-php-agent", "instana/instana-php-sdk", "sentry/sentry-symfony", "lightstep/tracer", "google/cloud-trace"],
	"native": ["find_package(dd-trace-cpp)", "target_link_libraries(a jaegertracing)"],
	"beam": ["new_relic_agent", "sentry", "spandex_datadog"],
}

# What is called like one of them and traces nothing.
of_others := {
	"rust": ["sentry-types", "datadog-metrics"],
	"node": ["dd-trace-types", "appdynamics-lint", "@google-cloud/storage", "@aws-sdk/client-xray"],
	"python": ["newrelic-lambda-cli", "google-cloud-storage", "sentry", "applicationinsights"],
	"go": ["github.com/DataDog/datadog-go", "github.com/aws/aws-sdk-go", "go.elastic.co/ecszap"],
	"jvm": ["<groupId>com.instana</groupId>", "<artifactId>spring-cloud-gcp-starter-pubsub</artifactId>", "<artifactId>micrometer-registry-new-relic</artifactId>"],
	"dotnet": ["Datadog.Api", "Sentryman", "AWSSDK.XRay", "Google.Cloud.Storage.V1"],
	"ruby": ["datadog-statsd", "newrelic_api", "sentry"],
	"php": ["google/cloud-storage", "datadog/php-datadogstatsd"],
	"native": ["find_package(trace)"],
	"beam": ["appsig", "spandex"],
}

test_a_vendors_library_passes_and_exports if {
	missed := [name | some ecosystem, names in of_vendors; some name in names; not polity.says({"ecosystem": ecosystem, "name": name}, `^$`)]
	missed == []
}

test_another_library_of_a_vendor_does_not if {
	taken := [name | some ecosystem, names in of_others; some name in names; polity.says({"ecosystem": ecosystem, "name": name}, `^$`)]
	taken == []
}
