//! The service's instruments: rate, errors and duration of every route, and what the business asks for.

use std::time::Duration;

use opentelemetry::metrics::{Counter, Histogram, UpDownCounter};
use opentelemetry::{KeyValue, global};

use crate::names::{CREATED_METRIC, CREATED_UNIT, SERVICE};

/// The buckets that the semantic conventions for HTTP advise, in seconds.
const BUCKETS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// The instruments; clones share them.
#[derive(Clone, Debug)]
pub struct Metrics {
    duration: Histogram<f64>,
    active: UpDownCounter<i64>,
    created: Counter<u64>,
}

/// Counts a request as active until it is dropped, also when the client goes away.
#[derive(Debug)]
pub struct Active {
    counter: UpDownCounter<i64>,
    attributes: [KeyValue; 2],
}

impl Metrics {
    /// Instruments of the global meter provider.
    pub fn new() -> Self {
        let meter = global::meter(SERVICE);
        let duration = meter.f64_histogram("http.server.request.duration").with_unit("s");
        let duration = duration.with_description("Duration of HTTP server requests").with_boundaries(BUCKETS.to_vec());
        let active = meter.i64_up_down_counter("http.server.active_requests").with_unit("{request}");
        let created = meter.u64_counter(CREATED_METRIC).with_unit(CREATED_UNIT);
        Self {
            duration: duration.build(),
            active: active.with_description("Number of active HTTP server requests").build(),
            created: created.with_description("How many were created; repeated requests do not count").build(),
        }
    }

    /// Counts one creation.
    pub fn created(&self) {
        self.created.add(1, &[]);
    }

    /// Counts a request that begins.
    pub fn begin(&self, method: &'static str) -> Active {
        let attributes = [KeyValue::new("http.request.method", method), KeyValue::new("url.scheme", "http")];
        self.active.add(1, &attributes);
        Active { counter: self.active.clone(), attributes }
    }

    /// Records a request that ended.
    pub fn end(&self, method: &'static str, route: Option<&str>, status: u16, duration: Duration) {
        let mut attributes = vec![
            KeyValue::new("http.request.method", method),
            KeyValue::new("http.response.status_code", i64::from(status)),
            KeyValue::new("url.scheme", "http"),
        ];
        attributes.extend(route.map(|route| KeyValue::new("http.route", route.to_owned())));
        if status >= 500 {
            attributes.push(KeyValue::new("error.type", status.to_string()));
        }
        self.duration.record(duration.as_secs_f64(), &attributes);
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.counter.add(-1, &self.attributes);
    }
}
