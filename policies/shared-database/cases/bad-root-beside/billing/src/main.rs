fn main() {
    opentelemetry::global::meter("billing").u64_counter("billing.created").build().add(1, &[]);
}
