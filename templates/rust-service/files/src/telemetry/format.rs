//! Log lines for standard output: one JSON object a line, with the trace and the span that it belongs to.

use std::fmt;

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Writes an event as one line of JSON.
#[derive(Debug)]
pub struct Json;

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = Line::default();
        line.insert("timestamp", OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default());
        line.insert("level", event.metadata().level().as_str());
        line.insert("target", event.metadata().target());
        // The tracing layer makes the span of the current request the current one of OpenTelemetry.
        let context = Context::current();
        let span = context.span().span_context().clone();
        if span.is_valid() {
            line.insert("trace_id", span.trace_id().to_string());
            line.insert("span_id", span.span_id().to_string());
        }
        event.record(&mut line);
        writeln!(writer, "{{{}}}", line.0)
    }
}

/// The members of one object, in the order in which they came: a person reads the log, too.
#[derive(Debug, Default)]
struct Line(String);

impl Line {
    fn insert(&mut self, name: &str, value: impl Into<Value>) {
        let separator = if self.0.is_empty() { "" } else { "," };
        self.0 += &format!("{separator}{}:{}", Value::from(name), value.into());
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field.name(), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field.name(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_json_whatever_its_values_hold() {
        let mut line = Line::default();
        line.insert("a\"b", "line\nbreak \u{1} \"quoted\" \\");
        line.insert("number", 1.5);
        line.insert("nothing", f64::NAN);
        let value: Value = serde_json::from_str(&format!("{{{}}}", line.0)).unwrap();
        assert_eq!(
            value,
            serde_json::json!({"a\"b": "line\nbreak \u{1} \"quoted\" \\", "number": 1.5, "nothing": null})
        );
    }
}
