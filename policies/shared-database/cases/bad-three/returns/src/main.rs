fn main() {
    opentelemetry::global::meter("returns").u64_counter("returns.created").build().add(1, &[]);
}
