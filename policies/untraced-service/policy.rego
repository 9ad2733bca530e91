package polity

# What each language's dependency files say of libraries that pass trace context on, and of exporters. Both are expressions for
# the name of a dependency; libraries of one vendor do both.
ecosystems := {
	"rust": {"passes": `^(opentelemetry|opentelemetry[-_]sdk|opentelemetry[-_]http|tracing-opentelemetry|fastrace.*|minitrace.*)$`, "exports": `^(opentelemetry[-_](otlp|zipkin|jaeger|stackdriver|application-insights|datadog).*|fastrace-(opentelemetry|jaeger|datadog)|init-tracing-opentelemetry)$`},
	"node": {"passes": `^(@opentelemetry/.*|dd-trace|elastic-apm-node|@sentry/.*|applicationinsights|@azure/monitor-opentelemetry|@vercel/otel|@instana/.*|newrelic)$`, "exports": `^(@opentelemetry/(exporter-.*|sdk-node|auto-instrumentations-node)|dd-trace|elastic-apm-node|@sentry/.*|applicationinsights|@azure/monitor-opentelemetry.*|@google-cloud/opentelemetry.*|@vercel/otel|@instana/.*|newrelic)$`},
	"python": {"passes": `^(opentelemetry[-_].*|ddtrace|elastic-apm|sentry-sdk|azure-monitor-opentelemetry|logfire|instana|newrelic)$`, "exports": `^(opentelemetry[-_](exporter[-_].*|distro)|ddtrace|elastic-apm|sentry-sdk|azure-monitor-opentelemetry.*|logfire|instana|newrelic)$`},
	"go": {"passes": `^(go\.opentelemetry\.io/.*|github\.com/DataDog/dd-trace-go.*|go\.elastic\.co/apm.*|gopkg\.in/DataDog/dd-trace-go.*|github\.com/instana/go-sensor.*)$`, "exports": `^(go\.opentelemetry\.io/(otel/exporters|contrib/exporters|contrib/otelconf).*|github\.com/GoogleCloudPlatform/opentelemetry-operations-go.*|github\.com/DataDog/dd-trace-go.*|gopkg\.in/DataDog/dd-trace-go.*|go\.elastic\.co/apm.*|github\.com/instana/go-sensor.*)$`},
	"jvm": {"passes": `(opentelemetry|micrometer-tracing|spring-cloud-starter-sleuth|spring-boot-starter-zipkin|quarkus-opentelemetry|dd-trace-(api|ot)|brave-instrumentation)`, "exports": `(opentelemetry-exporter|opentelemetry-spring-boot-starter|spring-boot-starter-opentelemetry|spring-boot-starter-zipkin|quarkus-opentelemetry|zipkin-reporter|micrometer-tracing-reporter|opentelemetry-javaagent|dd-trace-(api|ot))`},
	"dotnet": {"passes": `^(OpenTelemetry.*|Azure\.Monitor\.OpenTelemetry.*|Datadog\.Trace.*|Elastic\.Apm.*|.*[./\\]ServiceDefaults(\.csproj)?)$`, "exports": `^(OpenTelemetry\.(Exporter|AutoInstrumentation).*|.*[./\\]ServiceDefaults(\.csproj)?|Azure\.Monitor\.OpenTelemetry.*|Datadog\.Trace.*|Elastic\.Apm.*)$`},
	"ruby": {"passes": `^(opentelemetry-.*|ddtrace|datadog|elastic-apm|instana)$`, "exports": `^(opentelemetry-exporter-.*|ddtrace|datadog|elastic-apm|instana)$`},
	"php": {"passes": `^(open-telemetry/.*|datadog/dd-trace)$`, "exports": `^(open-telemetry/(exporter-.*|transport-.*)|datadog/dd-trace)$`},
	"native": {"passes": `opentelemetry`, "exports": `opentelemetry`},
	"beam": {"passes": `^opentelemetry`, "exports": `^opentelemetry_exporter$`},
}

dependencies contains {"ecosystem": "rust", "path": path, "name": name} if {
	some path in repo.glob("**/Cargo.toml")
	some section in ["dependencies", "workspace.dependencies"]
	listed := walked(repo.toml(path), split(section, "."))
	is_object(listed) # polity:equivalent what is no map has no members
	some key, value in listed
	name := object.get({"dependency": value}, ["dependency", "package"], key)
	is_string(name)
}

dependencies contains {"ecosystem": "node", "path": path, "name": name} if {
	some path in repo.glob("**/package.json")
	not contains(path, "node_modules/")
	listed := repo.json(path).dependencies
	is_object(listed)
	some name, _ in listed
}

dependencies contains {"ecosystem": "python", "path": path, "name": name} if {
	some path in repo.glob("**/pyproject.toml")
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
	listed := walked(repo.toml(path), ["tool", "poetry", "dependencies"])
	is_object(listed)
	some name, _ in listed
}

# Formats that are lists of lines: the expression finds the name in a line that is no comment.
lines := {
	"python": {"files": "**/{requirements*.{txt,in},requirements/*.txt}", "line": `^[A-Za-z0-9][A-Za-z0-9._-]*`},
	"go": {"files": "**/go.mod", "line": `^(?:require)?\s+[a-z0-9.-]+\.[a-z]+/\S+[^\n]*`},
	"jvm": {"files": "**/{pom.xml,build.gradle,build.gradle.kts,libs.versions.toml}", "line": `^[^/#\n]*(?:opentelemetry|micrometer-tracing|sleuth|starter-zipkin|zipkin-reporter|dd-trace|brave-instrumentation)[^\n]*`},
	"dotnet": {"files": "**/{*.csproj,*.fsproj,Directory.Packages.props,Directory.Build.props}", "line": `Include="[^"]+"`},
	"ruby": {"files": "**/{Gemfile,*.gemspec}", "line": `^\s*(?:gem|\w+\.add_(?:runtime_)?dependency)[ (]+["'][^"']+`},
	"php": {"files": "**/composer.json", "line": `"[a-z0-9-]+/[a-z0-9-]+"`},
	"native": {"files": "**/{CMakeLists.txt,conanfile.*,vcpkg.json,meson.build}", "line": `^[^#\n]*opentelemetry[^\n]*`},
	"beam": {"files": "**/mix.exs", "line": `\{:[a-z_]+,`},
}

dependencies contains row if {
	some ecosystem, format in lines
	some path in repo.glob(format.files)
	not regex.match(`(^|/)(node_modules|vendor)/`, path)
	some hit in repo.matches(path, format.line)
	# What others brought along the service does not use.
	not contains(hit.text, "// indirect")
	name := name_in(ecosystem, hit.text)
	row := {"ecosystem": ecosystem, "path": path, "name": name, "line": hit.line}
}

# Optional parts of a file.
walked(value, steps) := object.get(value, steps, {})

name_of(text) := lower(regex.find_n(`^[A-Za-z0-9][A-Za-z0-9._-]*`, trim_space(text), 1)[0]) # polity:equivalent an expression that is bound to the start matches once

name_in("jvm", text) := text

name_in("native", text) := text

name_in("python", text) := lower(text)

name_in("go", text) := split(regex.replace(trim_space(text), `^require\s+`, ""), " ")[0]

name_in("dotnet", text) := trim_suffix(trim_prefix(text, `Include="`), `"`)

name_in("ruby", text) := regex.replace(text, `^.*["']`, "")

name_in("php", text) := trim(text, `"`)

name_in("beam", text) := trim(text, `{:,`)

passing contains d if {
	some d in dependencies
	regex.match(ecosystems[d.ecosystem].passes, d.name)
}

exporting contains d if {
	some d in dependencies
	regex.match(ecosystems[d.ecosystem].exports, d.name)
}

# The OpenTelemetry operator and the agents of vendors add both to a running workload.
is_injected if {
	some m in repo.manifests("**/*.{yaml,yml,json}")
	annotations := m.pod.metadata.annotations
	is_object(annotations) # polity:equivalent what is no map has no members
	some key, value in annotations
	regex.match(`^(instrumentation\.opentelemetry\.io/inject-|admission\.datadoghq\.com/.*-lib\.version)`, key)
	value != "false"
}

is_injected if {
	some m in repo.manifests("**/*.{yaml,yml,json}")
	containers := m.pod.spec.containers
	is_array(containers)
	some container in containers
	is_array(container.env) # polity:equivalent what is no list has no elements
	some variable in container.env
	variable.name in {"JAVA_TOOL_OPTIONS", "CORECLR_PROFILER_PATH", "NODE_OPTIONS", "PYTHONPATH", "AUTOWRAPT_BOOTSTRAP"}
	regex.match(`(?i)(opentelemetry|dd-trace|otel|datadog|instana)`, variable.value)
}

# An image that starts its program with an agent.
is_injected if count(repo.uncommented(repo.search("**/{Dockerfile,*.Dockerfile,Procfile,*compose*.{yaml,yml},*.sh}", `(?i)opentelemetry-javaagent|opentelemetry-instrument\b|dd-java-agent|elastic-apm-agent|auto-instrumentations-node/register`))) > 0

# Instana's library for Python traces as soon as it is imported, and some images install it without naming it as a dependency.
is_injected if count(repo.search("**/*.py", `^\s*(?:import|from)\s+instana\b`)) > 0

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
	count(dependencies) == 0
} else := sprintf("`%s`", [concat("`, `", {d.path | some d in dependencies})])

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
