const HEADER: &str = "-----BEGIN PRIVATE KEY-----";
