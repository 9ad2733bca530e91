dependencies {
    testImplementation(libs.junit)
    implementation(libs.opentelemetry.api)
    implementation(libs.opentelemetry.exporter.otlp)
}
