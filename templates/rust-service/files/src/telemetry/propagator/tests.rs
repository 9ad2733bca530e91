//! The propagator against the text of the specification: what is accepted, what is refused, what goes out again.

use super::*;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(HeaderName::try_from(*name).unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

/// What goes out when the lines came in: `traceparent` and `tracestate`, if any.
fn through(lines: &[(&str, &str)]) -> (Option<String>, Option<String>) {
    let context = TraceContext.extract_with_context(&Context::new(), &Headers(&headers(lines)));
    let mut out = HeaderMap::new();
    TraceContext.inject_context(&context, &mut HeadersMut(&mut out));
    let text = |name| out.get(name).map(|value: &HeaderValue| value.to_str().unwrap().to_owned());
    (text(TRACEPARENT), text(TRACESTATE))
}

#[track_caller]
fn parent(line: &str, expected: Option<&str>) {
    assert_eq!(through(&[(TRACEPARENT, line)]).0.as_deref(), expected, "{line}");
}

#[track_caller]
fn state(lines: &[&str], expected: Option<&str>) {
    let parent = format!("00-{TRACE}-{SPAN}-01");
    let mut all = vec![(TRACEPARENT, parent.as_str())];
    all.extend(lines.iter().map(|line| (TRACESTATE, *line)));
    let (traceparent, tracestate) = through(&all);
    assert_eq!((traceparent.as_deref(), tracestate.as_deref()), (Some(parent.as_str()), expected), "{lines:?}");
}

#[test]
fn known_flags_go_through_and_unknown_ones_do_not() {
    for (flags, kept) in [("00", "00"), ("01", "01"), ("02", "02"), ("03", "03"), ("ff", "03"), ("fc", "00")] {
        parent(&format!("00-{TRACE}-{SPAN}-{flags}"), Some(&format!("00-{TRACE}-{SPAN}-{kept}")));
    }
}

#[test]
fn later_versions_are_read_as_far_as_they_are_known() {
    let known = format!("00-{TRACE}-{SPAN}-01");
    for line in
        [format!("cc-{TRACE}-{SPAN}-01"), format!("cc-{TRACE}-{SPAN}-01-what-comes"), format!("01-{TRACE}-{SPAN}-01-")]
    {
        parent(&line, Some(&known));
    }
    parent(&format!("cc-{TRACE}-{SPAN}-01.what"), None);
}

#[test]
fn every_other_form_is_refused() {
    let valid = format!("00-{TRACE}-{SPAN}-01");
    parent(&format!(" \t{valid} "), Some(&valid));
    let zeros = "0".repeat(32);
    let wrong = [
        String::new(),
        format!("{valid}-"),
        format!("{valid}-00"),
        format!("ff-{TRACE}-{SPAN}-01"),
        format!("0-{TRACE}-{SPAN}-01"),
        format!("000-{TRACE}-{SPAN}-01"),
        format!("00-{zeros}-{SPAN}-01"),
        format!("00-{TRACE}-{}-01", &zeros[..16]),
        format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
        format!("00-{TRACE}0-{SPAN}-01"),
        format!("00-{}-{SPAN}-01", &TRACE[1..]),
        format!("00-{TRACE}-{SPAN}-1"),
        format!("00-{TRACE}-{SPAN}-0x"),
        format!("00-{TRACE}-{SPAN}-+1"),
        format!("00-{TRACE}-{SPAN}"),
        format!("00_{TRACE}_{SPAN}_01"),
        format!("0é-{TRACE}-{SPAN}-01"),
    ];
    wrong.iter().for_each(|line| parent(line, None));
}

#[test]
fn each_changed_byte_of_a_valid_line_changes_the_answer() {
    let valid = format!("00-{TRACE}-{SPAN}-01");
    for index in 0..valid.len() {
        for byte in ["g", "A", " ", "=", "~"] {
            let mut line = valid.clone();
            line.replace_range(index..=index, byte);
            assert_ne!(through(&[(TRACEPARENT, &line)]).0.as_deref(), Some(valid.as_str()), "{line}");
        }
    }
}

#[test]
fn two_parents_are_none() {
    let line = format!("00-{TRACE}-{SPAN}-01");
    assert_eq!(through(&[(TRACEPARENT, &line), (TRACEPARENT, &line)]), (None, None));
    assert_eq!(through(&[(TRACESTATE, "a=1")]), (None, None));
}

#[test]
fn states_of_all_lines_are_joined() {
    state(&["a=1,b=2"], Some("a=1,b=2"));
    state(&["a=1", "b=2", "c=3"], Some("a=1,b=2,c=3"));
    state(&["", "a=1", " "], Some("a=1"));
    state(&[" a=1\t,, \tb=2 "], Some("a=1,b=2"));
    state(&["a=1,a=2"], Some("a=1,a=2"));
    state(&[""], None);
}

#[test]
fn keys_and_values_keep_the_grammar_of_level_2() {
    let (long, too_long) = ("k".repeat(256), "k".repeat(257));
    for key in ["a", "0", "a@b", "a@", "a@b@c", "a_-*/", "tenant@system", &long] {
        let member = format!("{key}=1");
        state(&[&member], Some(&member));
    }
    for key in ["", "@a", "_a", "A", "a b", "a\u{e9}", "a.b", &too_long] {
        state(&[&format!("{key}=1")], None);
    }
    for value in ["!", "~", "a b", " a", &long] {
        let member = format!("a={value}");
        state(&[&member], Some(&member));
    }
    for value in ["", "a=b", "\u{e9}", "a\tb", &too_long] {
        state(&[&format!("a={value}")], None);
    }
}

#[test]
fn one_bad_entry_or_the_33rd_spoils_the_state() {
    state(&["a=1,B=2"], None);
    state(&["a=1", "b"], None);
    let entries = |count: usize| (0..count).map(|index| format!("k{index}=v")).collect::<Vec<_>>().join(",");
    state(&[&entries(32)], Some(&entries(32)));
    state(&[&entries(33)], None);
    state(&[&entries(16), &entries(17)], None);
}

#[test]
fn a_trace_that_starts_here_is_random() {
    let span = SpanContext::new(TraceId::from(1), SpanId::from(2), TraceFlags::SAMPLED, false, TraceState::NONE);
    let mut out = HeaderMap::new();
    TraceContext.inject_context(&Context::new().with_remote_span_context(span), &mut HeadersMut(&mut out));
    assert_eq!(out[TRACEPARENT], "00-00000000000000000000000000000001-0000000000000002-03");
}
