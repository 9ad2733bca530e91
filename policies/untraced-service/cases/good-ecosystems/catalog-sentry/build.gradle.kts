dependencies {
    implementation(libs.sentry.spring)
}
