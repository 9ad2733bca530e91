//! W3C Trace Context, level 2, as strictly as the specification says (<https://www.w3.org/TR/trace-context-2/>).
//!
//! The propagator of the SDK takes the first of several `traceparent` lines, ignores further `tracestate` lines, accepts
//! loose hexadecimal numbers and loses the random flag; this one does not.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::Context;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";
const SAMPLED: u8 = 0x01;
const RANDOM: u8 = 0x02;

/// The most entries a `tracestate` has (section 3.3.1.1).
const MEMBERS_MAX: usize = 32;

/// The propagator.
#[derive(Debug)]
pub struct TraceContext;

/// What the parent said that a `SpanContext` loses on the way: it travels beside it through the `Context`.
#[derive(Debug)]
struct Inherited {
    random: bool,
    tracestate: String,
}

impl TextMapPropagator for TraceContext {
    fn extract_with_context(&self, context: &Context, carrier: &dyn Extractor) -> Context {
        let lines = carrier.get_all(TRACEPARENT).unwrap_or_default();
        let [line] = lines.as_slice() else { return context.clone() };
        let Some((trace_id, span_id, flags)) = parse_parent(line) else { return context.clone() };
        let states = carrier.get_all(TRACESTATE).unwrap_or_default();
        let tracestate = parse_state(&states.join(",")).unwrap_or_default();
        let state = tracestate.parse::<TraceState>().unwrap_or_default();
        let parent = SpanContext::new(trace_id, span_id, TraceFlags::new(flags & SAMPLED), true, state);
        let inherited = Inherited { random: flags & RANDOM != 0, tracestate };
        context.with_remote_span_context(parent).with_value(inherited)
    }

    fn inject_context(&self, context: &Context, injector: &mut dyn Injector) {
        let span = context.span();
        let span = span.span_context();
        if !span.is_valid() {
            return;
        }
        let inherited = context.get::<Inherited>();
        // A trace that starts here has a random identifier: that is how the SDK makes them.
        let random = if inherited.is_none_or(|inherited| inherited.random) { RANDOM } else { 0 };
        let flags = random | if span.is_sampled() { SAMPLED } else { 0 };
        injector.set(TRACEPARENT, format!("00-{}-{}-{flags:02x}", span.trace_id(), span.span_id()));
        if let Some(inherited) = inherited.filter(|inherited| !inherited.tracestate.is_empty()) {
            injector.set(TRACESTATE, inherited.tracestate.clone());
        }
    }

    fn fields(&self) -> FieldIter<'_> {
        static FIELDS: std::sync::LazyLock<[String; 2]> =
            std::sync::LazyLock::new(|| [TRACEPARENT.to_owned(), TRACESTATE.to_owned()]);
        FieldIter::new(FIELDS.as_slice())
    }
}

/// Reads `traceparent` (section 3.2). A version that is not known yet may go on after another dash.
fn parse_parent(text: &str) -> Option<(TraceId, SpanId, u8)> {
    let text = text.trim_matches([' ', '\t']);
    let mut parts = text.splitn(5, '-');
    let version = hex(parts.next()?, 2)?;
    let trace_id = hex(parts.next()?, 32)?;
    let span_id = hex(parts.next()?, 16)?;
    let flags = hex(parts.next()?, 2)?;
    let more = parts.next().is_some();
    if version == 0xff || (version == 0 && more) || trace_id == 0 || span_id == 0 {
        return None;
    }
    let span_id = u64::try_from(span_id).ok()?;
    Some((TraceId::from(trace_id), SpanId::from(span_id), u8::try_from(flags).ok()?))
}

/// A number of exactly `length` lower-case hexadecimal digits.
fn hex(text: &str, length: usize) -> Option<u128> {
    let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if text.len() == length && digits { u128::from_str_radix(text, 16).ok() } else { None }
}

/// Reads `tracestate` (section 3.3), and writes it without blanks and empty entries; one bad entry spoils all.
fn parse_state(text: &str) -> Option<String> {
    let members = text.split(',').map(|member| member.trim_matches([' ', '\t'])).filter(|member| !member.is_empty());
    let members: Vec<_> = members.collect();
    let valid = |member: &&str| member.split_once('=').is_some_and(|(key, value)| is_key(key) && is_value(value));
    (members.len() <= MEMBERS_MAX && members.iter().all(valid)).then(|| members.join(","))
}

fn is_key(key: &str) -> bool {
    let begins = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let goes_on = |byte: u8| begins(byte) || matches!(byte, b'_' | b'-' | b'*' | b'/' | b'@');
    key.len() <= 256 && key.bytes().next().is_some_and(begins) && key.bytes().all(goes_on)
}

fn is_value(value: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, b' '..=b'~') && byte != b',' && byte != b'=';
    (1..=256).contains(&value.len()) && value.bytes().all(allowed) && !value.ends_with(' ')
}

/// Request headers as a carrier. A line that is not text counts as an empty one, so that it is not overlooked.
#[derive(Debug)]
pub struct Headers<'a>(pub &'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(|value| value.to_str().unwrap_or_default())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let lines: Vec<_> = self.0.get_all(key).iter().map(|value| value.to_str().unwrap_or_default()).collect();
        (!lines.is_empty()).then_some(lines)
    }
}

/// Headers of an outgoing request as a carrier.
#[derive(Debug)]
pub struct HeadersMut<'a>(pub &'a mut HeaderMap);

impl Injector for HeadersMut<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests;
