//! SSH signatures (OpenSSH's PROTOCOL.sshsig): whether a key made one over these bytes for our purpose, and which key it was.
//!
//! This is mathematics only. Whether the key may speak is the question of `signers`, at what time that of `judge`.

use serde::{Deserialize, Serialize};
use ssh_encoding::pem::PemLabel;
use ssh_encoding::{Decode, DecodePem as _, Reader};
use ssh_key::certificate::{CertType, Certificate};
use ssh_key::public::KeyData;
use ssh_key::{HashAlg, LineEnding, PrivateKey, PublicKey, Signature, SshSig};

/// What our signatures are for. A signature that the same key made for git, for files or for e-mail is none.
pub const PURPOSE: &str = "polity-statement-v1";
/// The longest armored signature, in bytes: an RSA key of 16,384 bits with a certificate stays below.
pub const MAX_BYTES: usize = 16 << 10;

/// Who made a signature: a fact that holds at all times, so it may be remembered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attestor {
    /// The fingerprint of the key, such as `SHA256:…`.
    pub key: String,
    /// What a certificate says of the key, when the signature carries one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CertificateFacts>,
}

/// What an authority certified.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateFacts {
    /// The fingerprint of the authority's key.
    pub authority: String,
    /// The names that the key may use.
    pub principals: Vec<String>,
    /// The first second of its validity, since 1970-01-01T00:00:00Z.
    pub valid_after: u64,
    /// The first second after its validity.
    pub valid_before: u64,
}

/// Why a signature counts for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The text is no SSH signature.
    #[error("the signature cannot be read: {0}")]
    Syntax(String),
    /// The signature was made for something else.
    #[error("the signature was made for `{0}`, not for `{PURPOSE}`")]
    Purpose(String),
    /// The key did not sign these bytes.
    #[error("the signature does not fit the statement")]
    Mismatch,
    /// The certificate in the signature is not what it says.
    #[error("the certificate in the signature is not valid: {0}")]
    Certificate(String),
}

/// Says which key signed `message`.
///
/// # Errors
/// [`SignatureError`] when nobody did, or not for [`PURPOSE`].
pub fn verify(armor: &str, message: &[u8]) -> Result<Attestor, SignatureError> {
    if armor.len() > MAX_BYTES {
        return Err(SignatureError::Syntax(format!("it has {} bytes, more than {MAX_BYTES}", armor.len())));
    }
    let raw = Raw::decode_pem(armor).map_err(|e| SignatureError::Syntax(e.to_string()))?;
    if raw.purpose != PURPOSE {
        return Err(SignatureError::Purpose(raw.purpose));
    }
    let certificate = if is_certificate(&raw.key) { Some(certificate(&raw.key)?) } else { None };
    let key = match &certificate {
        Some(certificate) => certificate.public_key().clone(),
        None => plain_key(&raw.key)?,
    };
    check(&key, raw.hash, raw.signature, message)?;
    Ok(Attestor { key: fingerprint(&key), certificate: certificate.as_ref().map(facts) })
}

/// Signs `message` with a key at hand.
///
/// # Errors
/// [`SignatureError::Syntax`] when the key is encrypted or lives in hardware.
pub fn sign(key: &PrivateKey, message: &[u8]) -> Result<String, SignatureError> {
    let failed = |e: ssh_key::Error| SignatureError::Syntax(e.to_string());
    key.sign(PURPOSE, HashAlg::Sha512, message).map_err(failed)?.to_pem(LineEnding::LF).map_err(failed)
}

/// The fingerprint by which keys are compared and shown.
#[must_use]
pub fn fingerprint(key: &KeyData) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// Reads a key blob in its one encoding: the crate accepts others, such as lengths that nothing relies on.
fn plain_key(blob: &[u8]) -> Result<KeyData, SignatureError> {
    let failed = |e: ssh_key::Error| SignatureError::Syntax(e.to_string());
    let key = PublicKey::from_bytes(blob).map_err(failed)?;
    if key.to_bytes().map_err(failed)? == blob {
        Ok(key.into())
    } else {
        Err(SignatureError::Syntax("key is not encoded as usual".to_owned()))
    }
}

fn check(key: &KeyData, hash: HashAlg, signature: Signature, message: &[u8]) -> Result<(), SignatureError> {
    let whole = SshSig::new(key.clone(), PURPOSE, hash, signature).map_err(|e| SignatureError::Syntax(e.to_string()))?;
    PublicKey::from(key.clone()).verify(PURPOSE, message, &whole).map_err(|_| SignatureError::Mismatch)
}

/// Whether a key blob names an algorithm of OpenSSH's PROTOCOL.certkeys.
fn is_certificate(mut key: &[u8]) -> bool {
    String::decode(&mut key).is_ok_and(|algorithm| algorithm.ends_with("-cert-v01@openssh.com"))
}

fn certificate(key: &[u8]) -> Result<Certificate, SignatureError> {
    let wrong = |why: String| SignatureError::Certificate(why);
    let certificate = Certificate::from_bytes(key).map_err(|e| wrong(e.to_string()))?;
    certificate.verify_signature().map_err(|_| wrong("its authority did not sign it".to_owned()))?;
    if certificate.cert_type() != CertType::User {
        return Err(wrong("it is for a host, not for a person".to_owned()));
    }
    if let Some((option, _)) = certificate.critical_options().iter().next() {
        return Err(wrong(format!("it has the critical option `{option}`, which says nothing about signatures")));
    }
    Ok(certificate)
}

fn facts(certificate: &Certificate) -> CertificateFacts {
    CertificateFacts {
        authority: fingerprint(certificate.signature_key()),
        principals: certificate.valid_principals().to_vec(),
        valid_after: certificate.valid_after(),
        valid_before: certificate.valid_before(),
    }
}

/// The parts of a signature. ssh-key's own `SshSig` cannot read one whose key is a certificate.
struct Raw {
    key: Vec<u8>,
    purpose: String,
    hash: HashAlg,
    signature: Signature,
}

impl PemLabel for Raw {
    const PEM_LABEL: &'static str = "SSH SIGNATURE";
}

impl Decode for Raw {
    type Error = ssh_key::Error;

    fn decode(reader: &mut impl Reader) -> Result<Self, ssh_key::Error> {
        let mut magic = [0; 6];
        reader.read(&mut magic)?;
        let version = u32::decode(reader)?;
        if &magic != b"SSHSIG" || version != 1 {
            return Err(ssh_key::Error::FormatEncoding);
        }
        let (key, purpose) = (Vec::decode(reader)?, String::decode(reader)?);
        // PROTOCOL.sshsig: implementations should ignore `reserved`. It is signed too, so one that is in use is refused.
        if !Vec::<u8>::decode(reader)?.is_empty() {
            return Err(ssh_key::Error::FormatEncoding);
        }
        let hash = HashAlg::decode(reader)?;
        let blob: Vec<u8> = Vec::decode(reader)?;
        let mut rest = &blob[..];
        let signature = Signature::decode(&mut rest)?;
        if !rest.is_empty() {
            return Err(ssh_key::Error::FormatEncoding);
        }
        Ok(Self { key, purpose, hash, signature })
    }
}

#[cfg(test)]
mod tests {
    use ssh_key::private::Ed25519Keypair;

    use super::*;

    fn key(seed: u8) -> PrivateKey {
        PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32]))
    }

    #[test]
    fn a_signature_says_whose_it_is() {
        let armor = sign(&key(1), b"text").unwrap();
        assert_eq!(verify(&armor, b"text").unwrap().key, fingerprint(key(1).public_key().key_data()));
        assert_eq!(verify(&armor, b"texts"), Err(SignatureError::Mismatch));
    }

    #[test]
    fn a_signature_for_another_purpose_is_none() {
        let armor = key(1).sign("git", HashAlg::Sha512, b"text").unwrap().to_pem(LineEnding::LF).unwrap();
        assert_eq!(verify(&armor, b"text"), Err(SignatureError::Purpose("git".to_owned())));
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let armor = sign(&key(1), b"text").unwrap();
        let whole = SshSig::from_pem(&armor).unwrap();
        let mine = verify(&armor, b"text").unwrap();
        let mut bytes = Vec::new();
        ssh_encoding::Encode::encode(&whole, &mut bytes).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut wrong = bytes.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            let Ok(raw) = Raw::decode(&mut &wrong[..]) else { continue };
            let Ok(key) = plain_key(&raw.key) else { continue };
            let fits = raw.purpose == PURPOSE && check(&key, raw.hash, raw.signature, b"text").is_ok();
            assert!(!fits || fingerprint(&key) != mine.key, "bit {bit}");
        }
    }

    #[test]
    fn rubbish_is_refused() {
        let armor = sign(&key(1), b"text").unwrap();
        for text in
            ["", "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n", &armor[..armor.len() / 2], &"x".repeat(MAX_BYTES + 1)]
        {
            assert!(matches!(verify(text, b"text"), Err(SignatureError::Syntax(_))), "{text:?}");
        }
    }
}
