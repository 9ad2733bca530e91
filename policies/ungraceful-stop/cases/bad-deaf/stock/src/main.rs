fn main() {
    opentelemetry::global::meter("stock").u64_counter("stock.created").build().add(1, &[]);
}
