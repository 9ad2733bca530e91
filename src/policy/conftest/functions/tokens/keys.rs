//! Keys of tokens: from PEM (a certificate or a public key), and from JSON Web Keys (RFC 7517).

use rsa::pkcs1::der::{Decode as _, Reader as _, SliceReader, asn1::AnyRef};
use rsa::pkcs8::spki::SubjectPublicKeyInfoRef;
use rsa::{BigUint, RsaPrivateKey, RsaPublicKey};
use serde_json::Value;
use ssh_encoding::base64::{Base64, Base64UrlUnpadded, Encoding as _};

use super::super::Failure;
use super::signatures::algorithm;

/// A key that signatures are verified with.
pub(super) enum Public {
    Rsa(Box<RsaPublicKey>),
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    Ed25519(ed25519_dalek::VerifyingKey),
    Secret(Vec<u8>),
    /// Of a kind that this program does not know.
    Foreign(String),
}

/// A key with what a set of keys says of it.
pub(super) struct Named {
    pub algorithm: String,
    pub id: String,
    pub key: Public,
}

/// A key that signs.
pub(super) enum Private {
    Rsa(Box<RsaPrivateKey>),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    Ed25519(Box<ed25519_dalek::SigningKey>),
    Secret(Vec<u8>),
    Foreign(String),
}

/// The longest modulus of RSA, in bits: a longer one would take long to compute with.
const MAX_BITS: usize = 16_384;

/// The keys in a certificate, a public key, or a set of JSON Web Keys.
pub(super) fn public(text: &str) -> Result<Vec<Named>, Failure> {
    if text.trim_start().starts_with("-----BEGIN ") {
        let key = pem(text.trim_start())?;
        return Ok(vec![Named { algorithm: String::new(), id: String::new(), key }]);
    }
    let named = |key: &Value| {
        let word = |name: &str| key[name].as_str().unwrap_or_default().to_owned();
        Ok(Named { algorithm: word("alg"), id: word("kid"), key: public_jwk(key)? })
    };
    // Keys for what nobody verifies are passed over.
    let is_known = |key: &&Value| key["alg"].as_str().is_none_or(|name| name.is_empty() || algorithm(name).is_some());
    set(text)?.iter().filter(is_known).map(named).collect()
}

/// The first key of a set of JSON Web Keys, or the only one.
pub(super) fn private(text: &str) -> Result<Private, Failure> {
    private_jwk(set(text)?.first().ok_or("no keys found in JWK set")?)
}

fn set(text: &str) -> Result<Vec<Value>, Failure> {
    let parsed: Value = serde_json::from_str(text).map_err(|error| format!("failed to parse a JWK key (set): {error}"))?;
    match &parsed["keys"] {
        Value::Array(keys) => Ok(keys.clone()),
        _ if parsed.is_object() => Ok(vec![parsed]),
        _ => Err("failed to parse a JWK key (set)".into()),
    }
}

fn pem(text: &str) -> Result<Public, Failure> {
    let wrong = || Failure::from("failed to parse a PEM block");
    let (label, rest) = text.strip_prefix("-----BEGIN ").and_then(|rest| rest.split_once("-----")).ok_or_else(wrong)?;
    let (body, after) = rest.split_once(&format!("-----END {label}-----")).ok_or_else(wrong)?;
    if !after.trim_start_matches(['\r', '\n']).is_empty() {
        return Err("extra data after a PEM certificate block".into());
    }
    let body: String = body.split_whitespace().collect();
    let der = Base64::decode_vec(&body).map_err(|_| wrong())?;
    match label {
        "CERTIFICATE" => of_info(certified(&der).map_err(|_| "failed to parse a PEM certificate")?),
        "PUBLIC KEY" => of_info(&der),
        _ => Err("failed to extract a Key from the PEM certificate".into()),
    }
}

/// What a certificate certifies (RFC 5280, 4.1): the seventh part of its first part, or the sixth when it names no version.
fn certified(certificate: &[u8]) -> Result<&[u8], rsa::pkcs1::der::Error> {
    let whole = AnyRef::from_der(certificate)?;
    let first = AnyRef::decode(&mut SliceReader::new(whole.value())?)?;
    let mut parts = SliceReader::new(first.value())?;
    let has_version = parts.peek_header()?.tag.is_context_specific();
    for _ in 0..(if has_version { 6 } else { 5 }) {
        parts.tlv_bytes()?;
    }
    parts.tlv_bytes()
}

fn of_info(der: &[u8]) -> Result<Public, Failure> {
    let wrong = || Failure::from("failed to parse a PEM public key");
    let info = SubjectPublicKeyInfoRef::try_from(der).map_err(|_| wrong())?;
    let bits = info.subject_public_key.as_bytes().ok_or_else(wrong)?;
    let curve = info.algorithm.parameters_oid().map(|oid| oid.to_string()).unwrap_or_default();
    match (info.algorithm.oid.to_string().as_str(), curve.as_str()) {
        ("1.2.840.113549.1.1.1", _) => {
            let key = rsa::pkcs1::RsaPublicKey::try_from(bits).map_err(|_| wrong())?;
            rsa_key(key.modulus.as_bytes(), key.public_exponent.as_bytes())
        }
        ("1.2.840.10045.2.1", "1.2.840.10045.3.1.7") => {
            p256::ecdsa::VerifyingKey::from_sec1_bytes(bits).map(Public::P256).map_err(|_| wrong())
        }
        ("1.2.840.10045.2.1", "1.3.132.0.34") => p384::ecdsa::VerifyingKey::from_sec1_bytes(bits).map(Public::P384).map_err(|_| wrong()),
        ("1.3.101.112", _) => edwards(bits).ok_or_else(wrong),
        (kind, curve) => Ok(Public::Foreign(format!("{kind} {curve}").trim_end().to_owned())),
    }
}

fn rsa_key(modulus: &[u8], exponent: &[u8]) -> Result<Public, Failure> {
    let (modulus, exponent) = (BigUint::from_bytes_be(modulus), BigUint::from_bytes_be(exponent));
    let key = RsaPublicKey::new_with_max_size(modulus, exponent, MAX_BITS).map_err(|error| error.to_string())?;
    Ok(Public::Rsa(Box::new(key)))
}

fn edwards(bytes: &[u8]) -> Option<Public> {
    ed25519_dalek::VerifyingKey::from_bytes(bytes.try_into().ok()?).ok().map(Public::Ed25519)
}

/// A member that is a number or a text of bytes.
fn bytes(key: &Value, name: &str) -> Result<Vec<u8>, Failure> {
    let text = key[name].as_str().ok_or_else(|| format!("failed to parse a JWK key: `{name}` is missing"))?;
    Base64UrlUnpadded::decode_vec(text.trim_end_matches('='))
        .map_err(|_| format!("failed to parse a JWK key: `{name}` is no base64url").into())
}

/// The point of an elliptic curve, as SEC 1 writes it; each half has all of its bytes.
fn point(key: &Value, size: usize) -> Result<Vec<u8>, Failure> {
    let mut point = vec![4];
    for half in [bytes(key, "x")?, bytes(key, "y")?] {
        point.extend(std::iter::repeat_n(0, size.saturating_sub(half.len())));
        point.extend(half);
    }
    Ok(point)
}

fn public_jwk(key: &Value) -> Result<Public, Failure> {
    let wrong = || Failure::from("failed to parse a JWK key: it is no point of its curve");
    match (key["kty"].as_str().unwrap_or_default(), key["crv"].as_str().unwrap_or_default()) {
        ("RSA", _) => rsa_key(&bytes(key, "n")?, &bytes(key, "e")?),
        ("EC", "P-256") => p256::ecdsa::VerifyingKey::from_sec1_bytes(&point(key, 32)?).map(Public::P256).map_err(|_| wrong()),
        ("EC", "P-384") => p384::ecdsa::VerifyingKey::from_sec1_bytes(&point(key, 48)?).map(Public::P384).map_err(|_| wrong()),
        ("OKP", "Ed25519") => edwards(&bytes(key, "x")?).ok_or_else(wrong),
        ("oct", _) => Ok(Public::Secret(bytes(key, "k")?)),
        ("EC" | "OKP", curve) => Ok(Public::Foreign(curve.to_owned())),
        (kind, _) => Err(format!("failed to parse a JWK key: invalid key type `{kind}`").into()),
    }
}

fn private_jwk(key: &Value) -> Result<Private, Failure> {
    let wrong = || Failure::from("failed to parse a JWK key: it is no private key");
    match (key["kty"].as_str().unwrap_or_default(), key["crv"].as_str().unwrap_or_default()) {
        ("RSA", _) => {
            let number = |name: &str| bytes(key, name).map(|bytes| BigUint::from_bytes_be(&bytes));
            let primes = ["p", "q"].iter().filter_map(|name| number(name).ok()).collect();
            let key = RsaPrivateKey::from_components(number("n")?, number("e")?, number("d")?, primes).map_err(|_| wrong())?;
            Ok(Private::Rsa(Box::new(key)))
        }
        ("EC", "P-256") => p256::ecdsa::SigningKey::from_slice(&bytes(key, "d")?).map(Private::P256).map_err(|_| wrong()),
        ("EC", "P-384") => p384::ecdsa::SigningKey::from_slice(&bytes(key, "d")?).map(Private::P384).map_err(|_| wrong()),
        ("OKP", "Ed25519") => {
            let seed: [u8; 32] = bytes(key, "d")?.try_into().map_err(|_| wrong())?;
            Ok(Private::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(&seed))))
        }
        ("oct", _) => Ok(Private::Secret(bytes(key, "k")?)),
        ("EC" | "OKP", curve) => Ok(Private::Foreign(curve.to_owned())),
        (kind, _) => Err(format!("failed to parse a JWK key: invalid key type `{kind}`").into()),
    }
}
