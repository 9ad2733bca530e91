//! JSON Web Tokens under `polity conftest`. The tokens here were made by OPA, the keys for this test alone.

use crate::rego::check_alone;

// Certificates and keys of a test.
const RSA_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMIICkTCCAXmgAwIBAgIBBTANBgkqhkiG9w0BAQsFADAMMQowCAYDVQQDDAF0MB4X\nDTI0MDEwMTAwMDAwMFoXDTM0MDEwMTAwMDAwMFowDDEKMAgGA1UEAwwBdDCCASIw\nDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAJSJtFqpiBnl4B0J5mUG2QXgLndj\nMAkCF7rzWmAX0pXdlo2azpWWZsJ7drDP0+TShBlNY3xGlG+0XXRwapGGXeVpoj0E\nq5F5YIAyw4N03WKoY7X5wdn0xBzsovX+yyp8gsjstp7l6rqJEMZOdCnG9qqL46Q0\ngoT1VYeEqTij38Rhgd5+lC2K8rLdIFscju8cl+pNx0e8UrlumMjY/6ts7BWLGTSY\nj6wJcN08PKIONQJXpVfmF1KwP9Pt7J2cACTPWdv18y/JFvegMwPuDBaN1+Cacs6j\n4nDi5+H4tqQeL/yVJ4nsqDN4ijU5ptGzFDF0xd0e1DMnloF/qjQWCD+e2gsCAwEA\nATANBgkqhkiG9w0BAQsFAAOCAQEAHQCR6AZTRZJXucNTMhxH5ZuMvcxk+wF3TyfQ\ndN92UNHvIJqTwlqD6+LKM+piZ682xN13El8gv5qCvzPfPhASu5BVUAsd2Gt6D//+\nZpaUIrGuFVEc5oDmA64buQTXedqHsl0BkzXsCyy4bfjTeHSh1VUBMCaZmvQN8TvT\nA1LpYVHSmJv8c9sWZ4svbyu1AfxkNOPJnUScPfxXvcQ4+cs6oDGZba4pHfKyDJWy\n82ekuUMgZiU8If5tdwmA29q7sIqeXGkiuLlc/LzdGYV9ozvDgKPJ+O7TGstCQ3G3\nN2MCqXPBJkyJHFd7OK73KM353MOQ7RFSgBZDXPkbRUPFUzMbJw==\n-----END CERTIFICATE-----";
const RSA_KEY: &str = "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAlIm0WqmIGeXgHQnmZQbZ\nBeAud2MwCQIXuvNaYBfSld2WjZrOlZZmwnt2sM/T5NKEGU1jfEaUb7RddHBqkYZd\n5WmiPQSrkXlggDLDg3TdYqhjtfnB2fTEHOyi9f7LKnyCyOy2nuXquokQxk50Kcb2\nqovjpDSChPVVh4SpOKPfxGGB3n6ULYryst0gWxyO7xyX6k3HR7xSuW6YyNj/q2zs\nFYsZNJiPrAlw3Tw8og41AlelV+YXUrA/0+3snZwAJM9Z2/XzL8kW96AzA+4MFo3X\n4JpyzqPicOLn4fi2pB4v/JUnieyoM3iKNTmm0bMUMXTF3R7UMyeWgX+qNBYIP57a\nCwIDAQAB\n-----END PUBLIC KEY-----";
const CURVE_KEY: &str = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEzVWRJGmH3QIB5a7jgPiLn2zVgHv8\nac/OXJx/4ccCCui3mP3GLwEsRbQjM5nbuEBdZSDxYbGtFZVynwxVRLPFIg==\n-----END PUBLIC KEY-----";
const EDWARDS_KEY: &str =
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAwkKCrHE/9TKjHqC53c+lNqou/Thw+VKZzuePG1Wiah0=\n-----END PUBLIC KEY-----";
const RS256: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.eyJhdWQiOlsiYSIsImIiXSwiZXhwIjoyMDAwMDAwMDAwLCJpc3MiOiJtZSIsIm5iZiI6MTAwMH0.Pa3k_r8zqkMuCB4-7636NLDgymazoSXaLoqtWPM1WtDn_36-tPNQLJiqTIjmaYxl6s97PgPadVV-D4fMUaAYSplS0qvhx2QDJvVenkE9ZN-Ef1Vbut_S_FB4Ya6dkNCYXkoEEm4z0kQaOjtIByXTLLYxKBHK8rLVQk-9HIohpjcfP4Y68J6K0pFz0mTEuBOqnBs10YTwnYpXeoQmLwIOCdGF7Dk5A1hmpK6Z8ExTe5csX2Ud5JI6fC5PA2O4U-c6UL8HF139KXQ7KrXrJO2banHRycrj_wmezLbkQwtYfDeyOaZwvi_NZHOzbbaKbhOzhRwjrfhfHgC2jQtLb1bBtw";
const PS384: &str = "eyJhbGciOiJQUzM4NCIsImtpZCI6ImsxIn0.eyJhdWQiOlsiYSIsImIiXSwiZXhwIjoyMDAwMDAwMDAwLCJpc3MiOiJtZSIsIm5iZiI6MTAwMH0.UMjX2Qjgm0X4i5pBA4XKmOFKKacgoaWlrw-dtHXyr0UYjNqW0HUdyJfe98jlNFepvw9lSExII49LsnCbU67g-PNaDQgTIDVEVe5KA6OK98EQ5fKX-PRvlUh4hAinV1H-vOFGX97LxzaBYMVn_2ZxxQt_pQY-TQUz1_TdJzhl9kpLW6ZG17AaZEtS_mAUeBGPSDYmd-RuxK4l9Pfcs-CmMps6ddNjmA7GxMd3DUKdl7dQrMvoSD_Ek1VLLmgatdpam7dv1Q9BnFx8GbozYOMTpTiudVWHdYWcnBGuvr3M9ECjGetab8XXLMH0IY4HjZt_OF2Bb5bAZLVn_xHqX3Uv0A";
const ES256: &str = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIn0.eyJhdWQiOlsiYSIsImIiXSwiZXhwIjoyMDAwMDAwMDAwLCJpc3MiOiJtZSIsIm5iZiI6MTAwMH0.6D_29NCtyreNVvFZKuwuKAcdeCq7UH-3hZrWfUlG14iTyjUwODkJihHx0FUiL78hPwVxG8w8wUDQdsr3C5J8Yg";
const EDDSA: &str = "eyJhbGciOiJFZERTQSIsImtpZCI6ImsxIn0.eyJhdWQiOlsiYSIsImIiXSwiZXhwIjoyMDAwMDAwMDAwLCJpc3MiOiJtZSIsIm5iZiI6MTAwMH0.9HgE9l_oiKYMVye4-OYKylxC2pXln71s5fz4GSvmi8BKrmuMk7OHtmaMBPh84LPDdfnofG1DIWdjbuAyco1iAQ";
const HS512: &str = "eyJhbGciOiJIUzUxMiIsImtpZCI6ImsxIn0.eyJhdWQiOlsiYSIsImIiXSwiZXhwIjoyMDAwMDAwMDAwLCJpc3MiOiJtZSIsIm5iZiI6MTAwMH0.NIPf7ZdfSZf1cYhf0Xzb16e1rtKfZ4pL5x7JLmm9y74kMtCPaEbD_iOt8_ko81bcYqsVXwjXB82F-dnG_vbTBw";
const CURVE_384: &str = r#"{"kty": "EC", "crv": "P-384", "x": "TT5XwYRGmPs6Ez9pf8Cygy1sl5zNC1LEtx5ztDk-zHgOcktUqOpxRETlXFGBYOov", "y": "jUx7uQWoIz1KSl8MYYmpICJlLP__QGKMTlYcksqudt4PE7_dKlZ_mIqfR0Mr4W_x", "d": "4dfKevJhsZX5hqDI9gg9zbfNj7fbHoVETYUUeYL_sAbaVw3L5npHOIoFo7K-8OGK"}"#;
const EDWARDS_SECRET: &str = r#"{"kty": "OKP", "crv": "Ed25519", "x": "wkKCrHE_9TKjHqC53c-lNqou_Thw-VKZzuePG1Wiah0", "d": "Mc0ObEzvTz4g8c8PiYFmsSrgKx9nCpmqurClLj7aeGk"}"#;

const SECRET: &str = "secret-secret-secret-secret-secret";

/// What an expression is, in Rego's notation; nothing when it is undefined.
#[track_caller]
fn gives(expression: &str, expected: &str) {
    let expected: &[&str] = if expected.is_empty() { &[] } else { &[expected] };
    check_alone(&format!("deny contains sprintf(\"%v\", [r]) if {{ r := {expression} }}"), "{}", expected);
}

#[test]
fn tokens_are_verified_by_certificates_and_keys() {
    for (function, token, key) in [
        ("rs256", RS256, RSA_CERTIFICATE),
        ("rs256", RS256, RSA_KEY),
        ("ps384", PS384, RSA_KEY),
        ("es256", ES256, CURVE_KEY),
        ("eddsa", EDDSA, EDWARDS_KEY),
        ("eddsa", EDDSA, EDWARDS_SECRET),
    ] {
        let (half, rest) = token.split_at(token.len() - 8);
        let other = format!("{half}{}", rest.chars().rev().collect::<String>());
        gives(&format!("io.jwt.verify_{function}({token:?}, {key:?})"), "true");
        gives(&format!("io.jwt.verify_{function}({other:?}, {key:?})"), "false");
        gives(&format!("io.jwt.verify_rs512({token:?}, {key:?})"), "false");
    }
    gives(&format!("io.jwt.verify_hs512({HS512:?}, {SECRET:?})"), "true");
    gives(&format!("io.jwt.verify_hs512({HS512:?}, \"no\")"), "false");
    gives(&format!("io.jwt.verify_rs256({RS256:?}, \"no key\")"), "");
}

#[test]
fn tokens_are_held_to_what_is_wanted() {
    let claims = r#"{"aud": ["a", "b"], "exp": 2000000000, "iss": "me", "nbf": 1000}"#;
    let refused = "[false, {}, {}]";
    for (token, wanted, holds) in [
        (RS256, format!("{{\"cert\": {RSA_CERTIFICATE:?}, \"aud\": \"a\"}}"), true),
        (ES256, format!("{{\"cert\": {CURVE_KEY:?}, \"aud\": \"b\", \"iss\": \"me\", \"alg\": \"ES256\"}}"), true),
        (HS512, format!("{{\"secret\": {SECRET:?}, \"aud\": \"a\", \"time\": 1999999999000000000}}"), true),
        (HS512, format!("{{\"secret\": {SECRET:?}, \"aud\": \"a\", \"time\": 2000000000000000000}}"), false),
        (HS512, format!("{{\"secret\": {SECRET:?}, \"aud\": \"a\", \"time\": 999000000000}}"), false),
        (HS512, format!("{{\"secret\": {SECRET:?}, \"aud\": \"a\", \"iss\": \"you\"}}"), false),
        (HS512, format!("{{\"secret\": {SECRET:?}, \"aud\": \"z\"}}"), false),
        (HS512, format!("{{\"secret\": {SECRET:?}}}"), false),
        (HS512, "{\"secret\": \"other\", \"aud\": \"a\"}".to_owned(), false),
        (RS256, format!("{{\"cert\": {RSA_KEY:?}, \"aud\": \"a\", \"alg\": \"PS256\"}}"), false),
        // The secret of a signature may not be what everybody knows.
        (HS512, format!("{{\"cert\": {RSA_KEY:?}, \"aud\": \"a\"}}"), false),
    ] {
        let check = format!("io.jwt.decode_verify({token:?}, {wanted})");
        gives(&format!("{check}[0]"), if holds { "true" } else { "false" });
        gives(&format!("{check}[2]"), if holds { claims } else { "{}" });
    }
    gives(&format!("io.jwt.decode_verify({HS512:?}, {{\"secret\": \"other\", \"aud\": \"a\"}})"), refused);
    for wanted in [
        "{\"aud\": \"a\"}".to_owned(),
        format!("{{\"cert\": {RSA_KEY:?}, \"secret\": \"x\"}}"),
        "{\"secret\": \"x\", \"wide\": 1}".to_owned(),
    ] {
        gives(&format!("io.jwt.decode_verify({RS256:?}, {wanted})"), "");
    }
}

#[test]
fn tokens_are_made_with_json_web_keys() {
    let secret = r#"{"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"}"#;
    let header = r#"{"alg": "HS512", "kid": "k1"}"#;
    let claims = r#"{"iss": "me", "aud": ["a", "b"], "exp": 2000000000, "nbf": 1000}"#;
    gives(&format!("io.jwt.encode_sign({header}, {claims}, {secret}) == {HS512:?}"), "true");
    let eddsa = r#"{"alg": "EdDSA", "kid": "k1"}"#;
    gives(&format!("io.jwt.encode_sign({eddsa}, {claims}, {EDWARDS_SECRET}) == {EDDSA:?}"), "true");
    gives(&format!("io.jwt.verify_es384(io.jwt.encode_sign({{\"alg\": \"ES384\"}}, {claims}, {CURVE_384}), {CURVE_384:?})"), "true");
    gives(&format!("io.jwt.decode(io.jwt.encode_sign_raw({header:?}, `{{\"a\": 1}}`, {secret:?}))[1]"), r#"{"a": 1}"#);
    for (header, payload) in [(r#"{"alg": "none"}"#, "{}"), (r#"{"alg": "HS512"}"#, "no JSON"), ("{}", "{}"), (r#"{"alg": "RS256"}"#, "{}")]
    {
        gives(&format!("io.jwt.encode_sign_raw({header:?}, {payload:?}, {secret:?})"), "");
    }
    let inner = format!("io.jwt.encode_sign_raw(`{{\"alg\": \"HS512\", \"cty\": \"JWT\", \"typ\": \"x\"}}`, {HS512:?}, {secret:?})");
    gives(&format!("io.jwt.decode_verify({inner}, {{\"secret\": {SECRET:?}, \"aud\": \"a\"}})[1].kid"), "k1");
}
