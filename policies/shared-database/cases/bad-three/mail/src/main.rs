fn main() {
    opentelemetry::global::meter("mail").u64_counter("mail.created").build().add(1, &[]);
}
