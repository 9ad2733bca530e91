fn main() {
    opentelemetry::global::meter("carts").u64_counter("carts.created").build().add(1, &[]);
}
