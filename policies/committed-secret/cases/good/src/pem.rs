const HEADER: &str = "-----BEGIN PRIVATE KEY-----";
const H: &[&str] = [
    "-----BEGIN RSA PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----",
];
