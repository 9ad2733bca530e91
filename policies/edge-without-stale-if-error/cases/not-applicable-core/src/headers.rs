const HOLDS: &str = "Cache-Control: max-age=30";
