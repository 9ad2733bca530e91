//! Configuration from the environment. Every mistake is reported at once, and no value of a secret is ever printed.
//!
//! The `OTEL_*` variables are read by the OpenTelemetry SDK; here are only those that the SDK leaves to the service.

use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::names;
use crate::store;

/// Everything that can be set from outside.
#[derive(Clone, Debug)]
pub struct Config {
    /// `HTTP_ADDR`: where to listen.
    pub http_addr: SocketAddr,
    /// `DATABASE_URL`, `DATABASE_MAX_CONNECTIONS`, `DATABASE_ACQUIRE_TIMEOUT_MS`.
    pub store: store::Settings,
    /// What one request may cost.
    pub limits: Limits,
    /// `DRAIN_DELAY_MS`: how long to go on serving after the signal to stop, so that nobody sends new traffic when it ends.
    pub drain_delay: Duration,
    /// `SHUTDOWN_TIMEOUT_MS`: how long requests in flight may take to finish after that.
    pub shutdown_timeout: Duration,
    /// `LOG_LEVEL`: what is logged to standard output, such as `info` or `info,sqlx=debug`.
    pub log: Targets,
    /// Where telemetry goes.
    pub telemetry: Export,
}

/// What one request may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// `REQUEST_TIMEOUT_MS`: the time until the answer.
    pub request_timeout: Duration,
    /// `BODY_LIMIT_BYTES`: the largest body.
    pub body_bytes: usize,
    /// `CONCURRENCY_LIMIT`: how many requests are worked on at one time.
    pub concurrency: usize,
    /// `IDEMPOTENCY_TTL_SECONDS`: how long an `Idempotency-Key` is remembered.
    pub idempotency_ttl: Duration,
}

/// Which signals are exported by OTLP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Export {
    /// Spans.
    pub traces: bool,
    /// Metrics.
    pub metrics: bool,
    /// Logs.
    pub logs: bool,
}

/// Everything that is wrong with the environment.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError(Vec<String>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the environment is not usable:")?;
        self.0.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}

impl Config {
    /// Reads the process environment.
    ///
    /// # Errors
    /// Lists every variable that is missing or malformed.
    pub fn from_env() -> Result<Self, ConfigError> {
        let lookup = |name: &str| std::env::var_os(name).map(|value| value.into_string());
        Self::from_lookup(&|name| lookup(name).map(|value| value.map_err(|_| "is not UTF-8".to_owned())))
    }

    /// Reads the environment that `lookup` shows; an empty variable counts as unset.
    ///
    /// # Errors
    /// As `from_env`.
    pub fn from_lookup(lookup: Lookup<'_>) -> Result<Self, ConfigError> {
        let mut read = Reader { lookup, mistakes: Vec::new() };
        let http_addr = read.parsed("HTTP_ADDR", names::HTTP_ADDR, "an address such as 0.0.0.0:8080");
        let database_url = read.database_url();
        let store = store::Settings {
            url: database_url.unwrap_or_default(),
            max_connections: read.number("DATABASE_MAX_CONNECTIONS", 10, 1..=1000),
            acquire_timeout: read.millis("DATABASE_ACQUIRE_TIMEOUT_MS", 2_000, 1..=60_000),
        };
        let limits = Limits {
            request_timeout: read.millis("REQUEST_TIMEOUT_MS", 10_000, 1..=300_000),
            body_bytes: read.number("BODY_LIMIT_BYTES", 65_536, 1..=104_857_600),
            concurrency: read.number("CONCURRENCY_LIMIT", 256, 1..=100_000),
            idempotency_ttl: Duration::from_secs(read.number("IDEMPOTENCY_TTL_SECONDS", 86_400, 1..=31_536_000)),
        };
        let drain_delay = read.millis("DRAIN_DELAY_MS", 5_000, 0..=300_000);
        let shutdown_timeout = read.millis("SHUTDOWN_TIMEOUT_MS", 10_000, 0..=300_000);
        let log = read.levels();
        let telemetry = read.export();
        match (read.mistakes.is_empty(), http_addr, log) {
            (true, Some(http_addr), Some(log)) => {
                Ok(Self { http_addr, store, limits, drain_delay, shutdown_timeout, log, telemetry })
            }
            _ => Err(ConfigError(read.mistakes)),
        }
    }
}

/// Finds a variable: absent, present, or present but not text.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<Result<String, String>>;

/// Reads variables and collects what is wrong with them.
struct Reader<'a> {
    lookup: Lookup<'a>,
    mistakes: Vec<String>,
}

impl Reader<'_> {
    fn text(&mut self, name: &str) -> Option<String> {
        match (self.lookup)(name)? {
            Ok(text) if text.is_empty() => None,
            Ok(text) => Some(text),
            Err(mistake) => {
                self.mistakes.push(format!("{name} {mistake}"));
                None
            }
        }
    }

    fn parsed<T: FromStr>(&mut self, name: &str, default: &str, expected: &str) -> Option<T> {
        let text = self.text(name).unwrap_or_else(|| default.to_owned());
        let value = text.parse().ok();
        if value.is_none() {
            self.mistakes.push(format!("{name} is `{text}`, not {expected}"));
        }
        value
    }

    /// `Targets` would take a word that is no level for a target: `LOG_LEVEL=warning` would silence everything else.
    fn levels(&mut self) -> Option<Targets> {
        let text = self.text("LOG_LEVEL").unwrap_or_else(|| "info".to_owned());
        let level = |part: &str| part.rsplit('=').next().unwrap_or_default().to_owned();
        let known = |part: &str| !level(part).is_empty() && level(part).parse::<LevelFilter>().is_ok();
        let levels = text.split(',').all(known).then(|| text.parse().ok()).flatten();
        if levels.is_none() {
            let expected = "a level such as `info`, or levels by target such as `info,sqlx=warn`";
            self.mistakes.push(format!("LOG_LEVEL is `{text}`, not {expected}"));
        }
        levels
    }

    fn number<T: TryFrom<u64>>(&mut self, name: &str, default: u64, range: RangeInclusive<u64>) -> T {
        let text = self.text(name).unwrap_or_else(|| default.to_string());
        let number = text.parse().ok().filter(|number| range.contains(number));
        if number.is_none() {
            let (min, max) = (range.start(), range.end());
            self.mistakes.push(format!("{name} is `{text}`, not a number from {min} to {max}"));
        }
        let number = number.and_then(|number| T::try_from(number).ok());
        number.unwrap_or_else(|| T::try_from(default).unwrap_or_else(|_| unreachable!("every default fits its type")))
    }

    fn millis(&mut self, name: &str, default: u64, range: RangeInclusive<u64>) -> Duration {
        Duration::from_millis(self.number(name, default, range))
    }

    /// The store's address; it may hold a password, so a mistake does not show it.
    fn database_url(&mut self) -> Option<store::Url> {
        let Some(text) = self.text("DATABASE_URL").or(names::DATABASE_URL.map(str::to_owned)) else {
            self.mistakes.push(format!("DATABASE_URL is missing: set {}", store::Url::EXPECTED));
            return None;
        };
        let url = text.parse().ok();
        if url.is_none() {
            self.mistakes.push(format!("DATABASE_URL is not {}", store::Url::EXPECTED));
        }
        url
    }

    /// A signal is exported when an endpoint is set for it and nothing switches it off.
    fn export(&mut self) -> Export {
        for name in ["", "_TRACES", "_METRICS", "_LOGS"].map(|signal| format!("OTEL_EXPORTER_OTLP{signal}_PROTOCOL")) {
            if let Some(text) = self.text(&name).filter(|text| text != "http/protobuf") {
                self.mistakes.push(format!("{name} is `{text}`, but this service speaks only `http/protobuf`"));
            }
        }
        let endpoint = |signal: &str| format!("OTEL_EXPORTER_OTLP{signal}_ENDPOINT");
        for name in ["", "_TRACES", "_METRICS", "_LOGS"].map(endpoint) {
            // The address may hold a token, so the message does not show it.
            if self.text(&name).is_some_and(|text| !text.starts_with("http://")) {
                self.mistakes.push(format!("{name} is not an http:// address; this build has no TLS for telemetry"));
            }
        }
        let disabled = self.text("OTEL_SDK_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true"));
        let anywhere = self.text("OTEL_EXPORTER_OTLP_ENDPOINT").is_some();
        let mut signal = |name: &str| {
            let endpoint = self.text(&format!("OTEL_EXPORTER_OTLP_{name}_ENDPOINT")).is_some() || anywhere;
            let wanted = match self.text(&format!("OTEL_{name}_EXPORTER")).as_deref() {
                None | Some("otlp") => true,
                Some("none") => false,
                Some(other) => {
                    self.mistakes.push(format!("OTEL_{name}_EXPORTER is `{other}`, not `otlp` or `none`"));
                    false
                }
            };
            endpoint && wanted && !disabled
        };
        Export { traces: signal("TRACES"), metrics: signal("METRICS"), logs: signal("LOGS") }
    }
}

#[cfg(test)]
mod tests;
