fn main() {
    opentelemetry::global::meter("users").u64_counter("users.created").build().add(1, &[]);
}
