dependencies {
    implementation(libs.ktor) // not yet: libs.opentelemetry.exporter.otlp
    implementation("a:b:${libs.versions.otel.exporter.get()}")
    testImplementation("io.opentelemetry:opentelemetry-exporter-otlp:1.40.0")
    implementation("a:a:1") {
        exclude(module = "opentelemetry-exporter-otlp")
    }
}
