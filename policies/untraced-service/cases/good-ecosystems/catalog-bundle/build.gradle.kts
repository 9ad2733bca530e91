dependencies {
    implementation(libs.bundles.tracing)
}
