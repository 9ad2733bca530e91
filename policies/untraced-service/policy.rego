package polity

# What each language's dependency files say of libraries that pass trace context on, and of exporters. Both are expressions for
# the name of a dependency; libraries of one vendor do both.
ecosystems := {
	"rust": {"passes": `^(opentelemetry|opentelemetry[-_]sdk|opentelemetry[-_]http|(.*[-_])?tracing-opentelemetry(-.*)?|fastrace.*|minitrace.*)$`, "exports": `^(opentelemetry[-_](otlp|zipkin|jaeger|stackdriver|application-insights|datadog).*|fastrace-(opentelemetry|jaeger|datadog)|init-tracing-opentelemetry)$`},
	"node": {"passes": `^@opentelemetry/.*$`, "exports": `^(@opentelemetry/(exporter-.*|sdk-node|auto-instrumentations-node)|@google-cloud/opentelemetry.*)$`},
	"python": {"passes": `^opentelemetry[-_].*$`, "exports": `^opentelemetry[-_](exporter[-_].*|distro)$`},
	"go": {"passes": `^go\.(opentelemetry\.io/.*|opencensus\.io)$`, "exports": `^(go\.opentelemetry\.io/(otel/exporters|contrib/exporters|contrib/otelconf).*|contrib\.go\.opencensus\.io/exporter/.*|github\.com/GoogleCloudPlatform/opentelemetry-operations-go.*)$`},
	"jvm": {"passes": `(opentelemetry|micrometer-tracing|spring-cloud-starter-sleuth|brave-instrumentation|^libs-(.*-)?otel|^libs-bundles-.*(tracing|telemetry))`, "exports": `(opentelemetry-exporter|opentelemetry-spring-boot-starter|spring-boot-starter-opentelemetry|quarkus-opentelemetry|zipkin-reporter|micrometer-tracing-reporter|opentelemetry-javaagent|^libs-(.*-)?otel-(exporter|javaagent|agent|starter)|^libs-bundles-.*(otel|tracing|telemetry))`},
	"dotnet": {"passes": `^OpenTelemetry.*$`, "exports": `^OpenTelemetry\.(Exporter|AutoInstrumentation).*$`},
	"ruby": {"passes": `^opentelemetry-.*$`, "exports": `^opentelemetry-exporter-.*$`},
	"php": {"passes": `^open-telemetry/.*$`, "exports": `^open-telemetry/(exporter-.*|transport-.*)$`},
	"native": {"passes": `opentelemetry`, "exports": `opentelemetry`},
	"beam": {"passes": `^opentelemetry`, "exports": `^opentelemetry_exporter$`},
}

# Libraries that do both: those of Datadog, New Relic, Elastic, Dynatrace, AppDynamics, Instana, Sentry, Honeycomb, Lightstep, AWS, Google, Azure,
# SkyWalking and Splunk, and older clients of Jaeger and Zipkin.
vendors := {
	"rust": `^(datadog-opentelemetry|sentry([-_](tracing|tower|opentelemetry|actix))?|skywalking|newrelic|logfire|rustracing[-_]jaeger)$`,
	"node": `^(dd-trace|newrelic|@newrelic/.*|elastic-apm-node|@elastic/opentelemetry-node|@dynatrace/oneagent.*|appdynamics|@instana/.*|@sentry/.*|honeycomb-beeline|@honeycombio/opentelemetry-.*|lightstep-.*|aws-xray-sdk.*|@aws/aws-distro-opentelemetry-.*|@aws-lambda-powertools/tracer|@google-cloud/trace-agent|applicationinsights|@azure/monitor-opentelemetry.*|skywalking-backend-js|@splunk/otel|signalfx-tracing|@vercel/otel|@uptrace/node|@appsignal/nodejs|jaeger-client|zipkin)$`,
	"python": `^(ddtrace|newrelic|elastic-apm|elastic-opentelemetry|autodynatrace|oneagent-sdk|appdynamics|instana|sentry-sdk|honeycomb-(beeline|opentelemetry)|lightstep|opentelemetry-launcher|aws-xray-sdk|aws-opentelemetry-distro|google-cloud-trace|opencensus-ext-(stackdriver|azure|jaeger|zipkin|ocagent)|azure-monitor-opentelemetry.*|apache-skywalking|splunk-(opentelemetry.*|otel.*|py-trace)|logfire|uptrace|appsignal|jaeger-client|py[-_]zipkin)$`,
	"go": `^((github\.com|gopkg\.in)/DataDog/dd-trace-go.*|github\.com/newrelic/go-agent.*|go\.elastic\.co/apm.*|github\.com/instana/go-sensor.*|github\.com/getsentry/sentry-go.*|github\.com/honeycombio/(beeline-go|otel-config-go).*|github\.com/lightstep/(otel-launcher-go|lightstep-tracer-go).*|github\.com/aws/aws-xray-sdk-go.*|github\.com/[Mm]icrosoft/ApplicationInsights-Go.*|github\.com/(apache/skywalking-go|SkyAPM/go2sky).*|github\.com/signalfx/(splunk-otel-go|signalfx-go-tracing).*|github\.com/uptrace/uptrace-go.*|github\.com/uber/jaeger-client-go.*|github\.com/openzipkin/zipkin-go.*)$`,
	"jvm": tools_of_jvm,
	"dotnet": `^(Datadog\.Trace.*|NewRelic\.Agent.*|Elastic\.(Apm|OpenTelemetry).*|Dynatrace\.(OneAgent|OpenTelemetry).*|AppDynamics\..*|Instana\..*|Sentry(\..*)?|Honeycomb\..*|LightStep.*|AWSXRayRecorder.*|Google\.Cloud\.Diagnostics\..*|Microsoft\.ApplicationInsights.*|Azure\.Monitor\.OpenTelemetry.*|SkyAPM\..*|Splunk\.OpenTelemetry.*|SignalFx\..*|Grafana\.OpenTelemetry.*|Jaeger(\..*)?|zipkin4net.*|.*[./\\]ServiceDefaults(\.csproj)?)$`,
	"ruby": `^(ddtrace|datadog|newrelic_rpm|elastic-apm|instana|sentry-.*|honeycomb-beeline|lightstep|opentelemetry-launcher|aws-xray-sdk|google-cloud-trace|stackdriver|application_insights|splunk-otel|signalfx-.*|appsignal|zipkin-tracer|jaeger-client)$`,
	"php": `^(datadog/dd-trace|newrelic/.*|[a-z]+/elastic-apm-php-agent|instana/.*|sentry/sentry.*|lightstep/tracer|google/cloud-trace|opencensus/opencensus|pkerrigan/xray|openzipkin/zipkin|[a-z]+/jaeger-client-php)$`,
	"native": tools_of_native,
	"beam": `^(new_relic_agent|elastic_apm|sentry|appsignal.*|spandex_datadog)$`,
}

# Parts of names, as is what finds them.
tools_of_jvm := `dd-trace-(?:api|ot)|newrelic-(?:api|agent)|com\.newrelic\.|apm-agent-(?:api|attach)|elastic-(?:apm|otel)|com\.dynatrace\.oneagent|appdynamics|instana-java-sdk|instana-opentracing|io\.sentry\b|honeycomb-(?:beeline|opentelemetry)|com\.lightstep\.|aws-xray-recorder|aws-opentelemetry-agent|gcp-starter-trace|applicationinsights-|azure-monitor-opentelemetry|azure-starter-monitor|apm-toolkit-|org\.apache\.skywalking|splunk-otel|starter-zipkin|jaeger-(?:client|core)\b|opentracing-spring-(?:jaeger|zipkin)`

tools_of_native := `dd-trace-cpp|dd_trace_cpp|dd-opentracing|jaegertracing|jaeger-client|zipkin-cpp|oneagent-sdk|sentry-native`

dependencies contains {"ecosystem": "rust", "path": path, "name": name} if {
	some path in repo.glob("**/Cargo.toml")
	repo.runs(path)
	some section in ["dependencies", "workspace.dependencies"]
	listed := walked(repo.toml(path), split(section, "."))
	is_object(listed) # polity:equivalent what is no map has no members
	some key, value in listed
	name := object.get({"dependency": value}, ["dependency", "package"], key)
	is_string(name)
}

dependencies contains {"ecosystem": ecosystem, "path": path, "name": name} if {
	some ecosystem, format in {"node": ["**/package.json", "dependencies"], "php": ["**/composer.json", "require"]}
	some path in repo.glob(format[0])
	repo.runs(path)
	section := format[1]
	listed := repo.json(path)[section]
	is_object(listed)
	some name, _ in listed
}

dependencies contains {"ecosystem": "python", "path": path, "name": name} if {
	some path in repo.glob("**/pyproject.toml")
	repo.runs(path)
	some listed in listed_in(repo.toml(path))
	is_array(listed)
	some text in listed
	is_string(text)
	name := name_of(text)
}

# What is always there, and groups that are chosen when it is installed.
listed_in(described) := array.concat([walked(described, ["project", "dependencies"])], [listed |
	some way in [["project", "optional-dependencies"], ["dependency-groups"]]
	groups := walked(described, way)
	is_object(groups)
	some _, listed in groups
])

dependencies contains {"ecosystem": "python", "path": path, "name": name} if {
	some path in repo.glob("**/pyproject.toml")
	repo.runs(path)
	listed := walked(repo.toml(path), ["tool", "poetry", "dependencies"])
	is_object(listed)
	some name, _ in listed
}

dependencies contains {"ecosystem": "python", "path": path, "name": name} if {
	some path in repo.glob("**/Pipfile")
	repo.runs(path)
	listed := walked(repo.toml(path), ["packages"])
	is_object(listed)
	some key, _ in listed
	name := lower(key)
}

# Formats in which an expression finds the names.
lines := {
	"python": [
		{"files": "**/{requirements*.{txt,in},requirements/*.txt}", "line": `^[A-Za-z0-9][A-Za-z0-9._-]*`},
		{"files": "**/setup.py", "line": `["'][A-Za-z0-9][A-Za-z0-9._-]*`},
		{"files": "**/setup.cfg", "line": `^\s+[A-Za-z0-9][A-Za-z0-9._-]*`},
	],
	"go": [{"files": "**/go.mod", "line": `^(?:require)?\s+[a-z0-9.-]+\.[a-z]+/\S+[^\n]*`}],
	"jvm": [
		{"files": "**/{pom.xml,*.gradle,*.gradle.kts,*.versions.toml,build.sbt,project/*.scala,deps.edn,project.clj}", "line": sprintf(`[\w.:-]*(?:opentelemetry|micrometer-tracing|sleuth|zipkin-reporter|brave-instrumentation|%s)[\w.:-]*`, [tools_of_jvm])},
		{"files": "**/*.{gradle,gradle.kts}", "line": `\blibs\.[\w.]+`},
	],
	"dotnet": [{"files": "**/{*.csproj,*.fsproj,Directory.Packages.props,Directory.Build.props}", "line": `Include="[^"]+"`}],
	"ruby": [{"files": "**/{Gemfile,*.gemspec}", "line": `^\s*(?:gem|\w+\.add_(?:runtime_)?dependency)[ (]+["'][^"']+`}],
	"native": [{"files": "**/{CMakeLists.txt,conanfile.*,vcpkg.json,meson.build}", "line": sprintf(`^[^#\n]*(?:opentelemetry|%s)[^\n]*`, [tools_of_native])}],
	"beam": [{"files": "**/mix.exs", "line": `\{:[a-z_]+,`}],
}

dependencies contains row if {
	some ecosystem, formats in lines
	some format in formats
	found := [object.union(match, {"path": path}) |
		some path in repo.glob(format.files)
		repo.runs(path)
		not regex.match(`(^|/)requirements[^/]*[/_.-](dev|test|lint|doc)\w*\.`, path)
		some match in repo.matches(path, format.line)
	]
	some hit in repo.uncommented(found)
	is_used(ecosystem, hit)
	name := name_in(ecosystem, hit.text)
	row := {"ecosystem": ecosystem, "path": hit.path, "name": name, "line": hit.line}
}

# What others brought along the service does not use.
is_used("go", hit) if not contains(hit.text, "// indirect")

# What a build for the JVM takes in for its tests, or leaves out of what others bring along; parts of a build, and versions and plugins of a
# catalog, are none.
is_used("jvm", hit) if {
	not regex.match(`(^|/)settings\.gradle`, hit.path)
	all := split(repo.text(hit.path), "\n")
	before := substring(all[hit.line - 1], 0, hit.column)
	not regex.match(`^\s*(?:test\w*|androidTest\w*|exclude)\b`, before)
	not regex.match(`^libs\.(versions|plugins)\.`, hit.text)
	said := concat("\n", array.concat(array.slice(all, 0, hit.line - 1), [before]))
	count(split(said, "<exclusion>")) <= count(split(said, "</exclusion>"))
	rest := concat("\n", array.concat([substring(all[hit.line - 1], hit.column, -1)], array.slice(all, hit.line, count(all))))
	not regex.match(`^[^\n]*%\s*"?[tT]est\b|<scope>\s*test\s*</scope>`, split(rest, "</dependency>")[0])
}

is_used(ecosystem, _) if not ecosystem in {"go", "jvm"}

# Without a list of its own, what its code brings in: of a module whose list lies above, or is made by its Dockerfile.
dependencies contains row if {
	# polity:equivalent what is brought in is in the list, and this only saves the search
	count(repo.glob("**/go.mod")) == 0
	some hit in repo.uncommented(repo.search("**/*.go", `^(?:import)?\s+(?:[A-Za-z_.]\w*\s+)?"[a-z0-9.-]+\.[a-z]+/[^"\s]+"`))
	not endswith(hit.path, "_test.go")
	path := hit.path
	name := trim(regex.replace(hit.text, `^[^"]*`, ""), `"`)
	row := {"ecosystem": "go", "path": path, "name": name, "line": hit.line}
}

# Optional parts of a file.
walked(value, steps) := object.get(value, steps, {})

name_of(text) := lower(regex.find_n(`^[A-Za-z0-9][A-Za-z0-9._-]*`, trim_space(text), 1)[0]) # polity:equivalent an expression that is bound to the start matches once

# A catalog's names are said with dots.
name_in("jvm", text) := name if {
	startswith(text, "libs.")
	name := replace(text, ".", "-")
} else := text

name_in("native", text) := text

name_in("python", text) := lower(trim(text, " \t\"'"))

name_in("go", text) := split(regex.replace(trim_space(text), `^require\s+`, ""), " ")[0]

name_in("dotnet", text) := trim_suffix(trim_prefix(text, `Include="`), `"`)

name_in("ruby", text) := regex.replace(text, `^.*["']`, "")

name_in("beam", text) := trim(text, `{:,`)

passing contains d if {
	some d in dependencies
	says(d, ecosystems[d.ecosystem].passes)
}

exporting contains d if {
	some d in dependencies
	says(d, ecosystems[d.ecosystem].exports)
}

says(d, names) if regex.match(names, d.name)

says(d, _) if regex.match(vendors[d.ecosystem], d.name)

# As a catalog of Gradle calls what is known by its group alone.
says(d, _) if regex.match(`^libs-(sentry|lightstep|dynatrace-oneagent)\b`, d.name)

# The OpenTelemetry operator and the agents of vendors add both to a running workload.
is_injected if {
	some m in repo.manifests("**/*.{yaml,yml,json}")
	annotations := m.pod.metadata.annotations
	is_object(annotations) # polity:equivalent what is no map has no members
	some key, value in annotations
	regex.match(`^(instrumentation\.(opentelemetry\.io|newrelic\.com)/inject-|admission\.datadoghq\.com/.*-lib\.version|oneagent\.dynatrace\.com/inject$|co\.elastic\.apm/attach$)`, key)
	value != "false"
}

is_injected if {
	some m in repo.manifests("**/*.{yaml,yml,json}")
	containers := m.pod.spec.containers
	is_array(containers)
	some container in containers
	is_array(container.env) # polity:equivalent what is no list has no elements
	some variable in container.env
	variable.name in {"JAVA_TOOL_OPTIONS", "CORECLR_PROFILER_PATH", "NODE_OPTIONS", "PYTHONPATH", "AUTOWRAPT_BOOTSTRAP", "LD_PRELOAD"}
	regex.match(sprintf(`(?i)(opentelemetry|otel|dd-trace|%s)`, [agents]), variable.value)
}

# An image that starts its program with an agent.
is_injected if count(repo.uncommented(repo.search("**/{Dockerfile,*.Dockerfile,Procfile,*compose*.{yaml,yml},*.sh}", started))) > 0

# How vendors call what is loaded beside a program.
agents := `datadog|newrelic|elastic-apm|elastic-otel|oneagent|appdynamics|instana|applicationinsights|skywalking|splunk-otel|aws-opentelemetry`

started := sprintf(`(?i)opentelemetry-javaagent|opentelemetry-instrument\b|dd-java-agent|elastic-apm-agent|auto-instrumentations-node/register|-javaagent:\S*(?:%s)|newrelic-admin\s|newrelic-php|ddtrace-run\b|datadog-setup|\bpyagent\s+run\b|\bsw-python\b|splunk-py-trace|dynatrace/oneagent`, [agents])

# A proxy that passes the context on itself.
is_injected if count(repo.uncommented(repo.search("**/{*.conf,*.conf.*,nginx*}", `^\s*(?:opentracing_propagate_context|opentelemetry_propagate|otel_trace_context\s+(?:propagate|inject)|datadog_tracing\s+on)\b`))) > 0

# Instana's library for Python traces as soon as it is imported, and some images install it without naming it as a dependency.
is_injected if count(repo.uncommented(repo.search("**/*.py", `^\s*(?:import|from)\s+instana\b`))) > 0

# Without code there is nothing that could be called.
has_code if count(dependencies) > 0

has_code if count(repo.code(`^\s*\S`)) > 0

not_applicable contains "there is no code" if not has_code

deny contains finding if {
	has_code
	count(passing) == 0
	not is_injected
	finding := {
		"message": "service passes no trace context on",
		"path": "polity.yaml",
		"at": ["service", "name"],
		"label": sprintf("no dependency of %s does, and no manifest injects an agent", [looked_at]),
		"help": "add OpenTelemetry's SDK with the W3C propagator and an OTLP exporter to the service's dependencies",
	}
}

looked_at := "this service" if {
	count(lists) == 0
} else := sprintf("`%s`", [concat("`, `", lists)])

lists := {d.path | some d in dependencies; not endswith(d.path, ".go")}

deny contains finding if {
	count(exporting) == 0
	not is_injected
	first := [d | some d in passing][0]
	finding := {
		"message": "service records traces and exports none",
		"path": first.path,
		"label": sprintf("`%s` records spans", [first.name]),
		"help": "add an exporter, such as OTLP, and let `OTEL_EXPORTER_OTLP_ENDPOINT` say where to",
	}
}
