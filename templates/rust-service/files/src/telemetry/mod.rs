//! What the service shows of itself: traces, metrics and logs by OTLP where an endpoint is set, and logs on standard output.
//!
//! Every queue is bounded: when the collector is gone, telemetry is dropped, never requests.

mod format;
mod metrics;
pub mod propagator;
pub mod request;

use std::sync::mpsc;
use std::time::{Duration, Instant};

use opentelemetry::trace::{TraceContextExt as _, TraceId, TracerProvider as _};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_otlp::{ExporterBuildError, LogExporter, MetricExporter, SpanExporter};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{FilterExt as _, Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{Layer as _, fmt};
use uuid::Uuid;

use crate::config::{Config, Export};
use crate::names::SERVICE;

pub use self::metrics::Metrics;

/// How long the last export may take, whatever the collector does.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(3);

/// Ends telemetry in an orderly way; keep it until the end.
#[derive(Debug)]
#[must_use]
pub struct Telemetry {
    traces: SdkTracerProvider,
    metrics: SdkMeterProvider,
    logs: SdkLoggerProvider,
}

/// Why telemetry did not start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// An `OTEL_*` variable is wrong.
    #[error("the exporter cannot be built: {0}")]
    Exporter(#[from] ExporterBuildError),
    /// It was started before.
    #[error("telemetry was started twice: {0}")]
    Twice(#[from] TryInitError),
}

/// Starts telemetry for the whole process. Call it outside of the async runtime: the exporters have their own threads.
///
/// # Errors
/// When an exporter cannot be built, or telemetry was started before.
pub fn start(config: &Config) -> Result<Telemetry, TelemetryError> {
    let telemetry = Telemetry::new(&config.telemetry, resource())?;
    global::set_text_map_propagator(propagator::TraceContext);
    global::set_meter_provider(telemetry.metrics.clone());

    let traces = tracing_opentelemetry::layer()
        .with_tracer(telemetry.traces.tracer(SERVICE))
        .with_location(false)
        .with_threads(false)
        .with_level(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_filter(own().and(filter_fn(|meta| meta.is_span())));
    let logs =
        OpenTelemetryTracingBridge::new(&telemetry.logs).with_filter(own().and(filter_fn(|meta| !meta.is_span())));
    let levels = config.log.clone();
    let stdout = fmt::layer()
        .event_format(format::Json)
        .with_filter(filter_fn(move |meta| meta.is_span() || levels.would_enable(meta.target(), meta.level())));
    tracing_subscriber::registry().with(traces).with(logs).with(stdout).try_init()?;
    std::panic::set_hook(Box::new(|info| tracing::error!(panic = info.to_string(), "panic")));
    Ok(telemetry)
}

/// The trace that the current request belongs to; zero outside of a request.
pub fn trace_id() -> TraceId {
    Context::current().span().span_context().trace_id()
}

impl Telemetry {
    fn new(export: &Export, resource: Resource) -> Result<Self, ExporterBuildError> {
        let mut traces = SdkTracerProvider::builder().with_resource(resource.clone());
        if export.traces {
            traces = traces.with_batch_exporter(SpanExporter::builder().with_http().build()?);
        }
        let mut metrics = SdkMeterProvider::builder().with_resource(resource.clone());
        if export.metrics {
            metrics = metrics.with_periodic_exporter(MetricExporter::builder().with_http().build()?);
        }
        let mut logs = SdkLoggerProvider::builder().with_resource(resource);
        if export.logs {
            logs = logs.with_batch_exporter(LogExporter::builder().with_http().build()?);
        }
        Ok(Self { traces: traces.build(), metrics: metrics.build(), logs: logs.build() })
    }

    /// Exports what is queued, but takes no longer than a bound, even if the collector accepts connections and is silent.
    pub fn stop(self) {
        let deadline = Instant::now() + FLUSH_TIMEOUT;
        let (done, all) = mpsc::channel();
        let Self { traces, metrics, logs } = self;
        let stops: [Box<dyn FnOnce() + Send>; 3] = [
            Box::new(move || drop(traces.shutdown_with_timeout(FLUSH_TIMEOUT))),
            Box::new(move || drop(metrics.shutdown_with_timeout(FLUSH_TIMEOUT))),
            Box::new(move || drop(logs.shutdown_with_timeout(FLUSH_TIMEOUT))),
        ];
        for stop in stops {
            let done = done.clone();
            // A thread that hangs ends with the process.
            std::thread::spawn(move || {
                stop();
                let _ = done.send(());
            });
        }
        drop(done);
        // The channel closes when every thread is done.
        while all.recv_timeout(deadline.saturating_duration_since(Instant::now())).is_ok() {}
    }
}

/// Only what this service says: the exporter's own requests would otherwise make new telemetry without end.
fn own() -> Targets {
    Targets::new().with_target("service", LevelFilter::INFO)
}

/// Who speaks. The SDK reads `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`; they win over what the service says.
fn resource() -> Resource {
    let defaults = [
        KeyValue::new("service.name", SERVICE),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", Uuid::new_v4().to_string()),
    ];
    let detected = Resource::builder().build();
    let unset = |default: &KeyValue| match detected.get(&default.key) {
        None => true,
        Some(value) => value.as_str().starts_with("unknown_service"),
    };
    Resource::builder().with_attributes(defaults.into_iter().filter(unset)).build()
}
