const ON_ERROR: &str = "stale-if-error";
