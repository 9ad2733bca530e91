fn main() {
    opentelemetry::global::meter("orders").u64_counter("orders.created").build().add(1, &[]);
}
