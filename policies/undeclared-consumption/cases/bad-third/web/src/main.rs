fn main() {
    opentelemetry::global::meter("web").u64_counter("web.created").build().add(1, &[]);
}
