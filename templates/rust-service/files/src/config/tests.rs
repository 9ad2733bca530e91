//! Configuration: defaults, every mistake at once, and secrets that stay secret.

use std::collections::HashMap;
use std::time::Duration;

use super::{Config, ConfigError, Export};
use crate::store::Url;

fn config(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let mut all = HashMap::from([("DATABASE_URL", Url::EXAMPLE)]);
    all.extend(variables.iter().copied());
    Config::from_lookup(&|name| all.get(name).map(|value| Ok((*value).to_owned())))
}

#[track_caller]
fn mistakes(variables: &[(&str, &str)]) -> Vec<String> {
    config(variables).expect_err("the configuration is wrong").0
}

#[test]
fn defaults_are_usable() {
    let config = config(&[]).unwrap();
    assert_eq!(config.drain_delay, Duration::from_secs(5));
    assert_eq!(config.shutdown_timeout, Duration::from_secs(10));
    assert_eq!(config.limits.body_bytes, 65_536);
    assert_eq!(config.telemetry, Export::default());
}

#[test]
fn every_mistake_is_reported_at_once() {
    let mistakes = mistakes(&[
        ("HTTP_ADDR", "here"),
        ("DATABASE_MAX_CONNECTIONS", "0"),
        ("REQUEST_TIMEOUT_MS", "soon"),
        ("DRAIN_DELAY_MS", "-1"),
        ("LOG_LEVEL", "sqlx=loud"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector"),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "collector:4318"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
    ]);
    let names: Vec<_> = mistakes.iter().filter_map(|mistake| mistake.split(' ').next()).collect();
    let expected = [
        "HTTP_ADDR",
        "DATABASE_MAX_CONNECTIONS",
        "REQUEST_TIMEOUT_MS",
        "DRAIN_DELAY_MS",
        "LOG_LEVEL",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
        "OTEL_TRACES_EXPORTER",
    ];
    assert_eq!(names, expected);
}

#[test]
fn a_word_that_is_no_level_is_a_mistake() {
    for wrong in ["warning", "info,", "info,sqlx", "sqlx=", " info", "8"] {
        assert!(mistakes(&[("LOG_LEVEL", wrong)]).concat().starts_with("LOG_LEVEL is `"), "{wrong}");
    }
    for level in ["off", "WARN", "info,sqlx=debug", "service=trace"] {
        assert!(config(&[("LOG_LEVEL", level)]).is_ok(), "{level}");
    }
}

#[test]
fn a_variable_that_is_not_text_is_a_mistake() {
    let broken = |name: &str| (name == "HTTP_ADDR").then(|| Err("is not UTF-8".to_owned()));
    let error = Config::from_lookup(&broken).expect_err("the address is broken").to_string();
    assert!(error.contains("\n  HTTP_ADDR is not UTF-8"), "{error}");
}

#[test]
fn no_message_shows_the_password() {
    let wrong = mistakes(&[("DATABASE_URL", "other://user:hunter2@host/db")]).join("\n");
    assert!(wrong.starts_with("DATABASE_URL is not ") && !wrong.contains("hunter2"), "{wrong}");
    let debug = format!("{:?}", config(&[]).unwrap());
    assert!(!debug.contains("secret"), "{debug}");
}

#[test]
fn signals_are_exported_when_an_endpoint_is_set() {
    let all = Export { traces: true, metrics: true, logs: true };
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318");
    assert_eq!(config(&[endpoint]).unwrap().telemetry, all);
    let only_traces = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://localhost:4318/v1/traces");
    assert_eq!(config(&[only_traces]).unwrap().telemetry, Export { traces: true, ..Export::default() });
    let without_logs = Export { logs: false, ..all };
    assert_eq!(config(&[endpoint, ("OTEL_LOGS_EXPORTER", "none")]).unwrap().telemetry, without_logs);
    assert_eq!(config(&[endpoint, ("OTEL_SDK_DISABLED", "true")]).unwrap().telemetry, Export::default());
}
