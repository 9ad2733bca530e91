fn main() { axum::serve(l, a).with_graceful_shutdown(s()) }
