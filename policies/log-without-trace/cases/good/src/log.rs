fn format(line: &mut Line, span: &Span) {
    line.insert("trace_id", span.trace_id());
}
