//! Signatures of tokens (RFC 7518, 3): HS, RS, PS and ES with SHA-256, SHA-384 and SHA-512, and EdDSA.

use ed25519_dalek::Signer as _;
use hmac::{Hmac, KeyInit, Mac};
use p256::ecdsa::signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};
use rsa::sha2::{Digest as _, Sha256, Sha384, Sha512};
use rsa::{Pkcs1v15Sign, Pss};

use super::super::Failure;
use super::keys::{Private, Public};

/// How a signature comes to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Secret,
    Pkcs1,
    Pss,
    Curve,
    Edwards,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// An algorithm by its name, such as `RS256`.
pub(super) fn algorithm(name: &str) -> Option<(Scheme, Hash)> {
    if name == "EdDSA" {
        return Some((Scheme::Edwards, Hash::Sha512));
    }
    let (scheme, size) = name.split_at_checked(2)?;
    let scheme = match scheme {
        "HS" => Scheme::Secret,
        "RS" => Scheme::Pkcs1,
        "PS" => Scheme::Pss,
        "ES" => Scheme::Curve,
        _ => return None,
    };
    let hash = match size {
        "256" => Hash::Sha256,
        "384" => Hash::Sha384,
        "512" => Hash::Sha512,
        _ => return None,
    };
    Some((scheme, hash))
}

fn digest(hash: Hash, message: &[u8]) -> Vec<u8> {
    match hash {
        Hash::Sha256 => Sha256::digest(message).to_vec(),
        Hash::Sha384 => Sha384::digest(message).to_vec(),
        Hash::Sha512 => Sha512::digest(message).to_vec(),
    }
}

fn authentic(hash: Hash, secret: &[u8], message: &[u8]) -> Result<Vec<u8>, Failure> {
    fn of<M: Mac + KeyInit>(secret: &[u8], message: &[u8]) -> Result<Vec<u8>, Failure> {
        let mut code = <M as KeyInit>::new_from_slice(secret).map_err(|error| Failure::from(error.to_string()))?;
        code.update(message);
        Ok(code.finalize().into_bytes().to_vec())
    }
    match hash {
        Hash::Sha256 => of::<Hmac<sha2::Sha256>>(secret, message),
        Hash::Sha384 => of::<Hmac<sha2::Sha384>>(secret, message),
        Hash::Sha512 => of::<Hmac<sha2::Sha512>>(secret, message),
    }
}

fn pkcs1(hash: Hash) -> Pkcs1v15Sign {
    match hash {
        Hash::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
        Hash::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
        Hash::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
    }
}

fn pss(hash: Hash) -> Pss {
    match hash {
        Hash::Sha256 => Pss::new::<Sha256>(),
        Hash::Sha384 => Pss::new::<Sha384>(),
        Hash::Sha512 => Pss::new::<Sha512>(),
    }
}

/// Whether a signature is that of a message; a key of another kind verifies nothing.
pub(super) fn is_signed(key: &Public, (scheme, hash): (Scheme, Hash), message: &[u8], signature: &[u8]) -> Result<bool, Failure> {
    Ok(match (scheme, key) {
        (Scheme::Secret, Public::Secret(secret)) => authentic(hash, secret, message)? == signature,
        (Scheme::Pkcs1, Public::Rsa(key)) => key.verify(pkcs1(hash), &digest(hash, message), signature).is_ok(),
        (Scheme::Pss, Public::Rsa(key)) => key.verify(pss(hash), &digest(hash, message), signature).is_ok(),
        (Scheme::Curve, Public::P256(key)) => {
            p256::ecdsa::Signature::from_slice(signature).is_ok_and(|found| key.verify_prehash(&digest(hash, message), &found).is_ok())
        }
        (Scheme::Curve, Public::P384(key)) => {
            p384::ecdsa::Signature::from_slice(signature).is_ok_and(|found| key.verify_prehash(&digest(hash, message), &found).is_ok())
        }
        (Scheme::Edwards, Public::Ed25519(key)) => {
            ed25519_dalek::Signature::from_slice(signature).is_ok_and(|found| key.verify_strict(message, &found).is_ok())
        }
        (Scheme::Curve | Scheme::Edwards, Public::Foreign(kind)) => {
            return Err(Failure::Unsupported(format!("keys of the kind `{kind}` are not supported")));
        }
        _ => false,
    })
}

/// The signature of a message.
pub(super) fn signed(key: &Private, (scheme, hash): (Scheme, Hash), message: &[u8]) -> Result<Vec<u8>, Failure> {
    let failed = |_| Failure::from("the key cannot sign");
    match (scheme, key) {
        (Scheme::Secret, Private::Secret(secret)) => authentic(hash, secret, message),
        (Scheme::Pkcs1, Private::Rsa(key)) => key.sign(pkcs1(hash), &digest(hash, message)).map_err(|error| error.to_string().into()),
        // It takes chance, which policies do not have.
        (Scheme::Pss, Private::Rsa(_)) => Err(Failure::Unsupported("signatures of the kind PS are verified and not made".to_owned())),
        (Scheme::Curve, Private::P256(key)) => {
            let signature: p256::ecdsa::Signature = key.sign_prehash(&digest(hash, message)).map_err(failed)?;
            Ok(signature.to_bytes().to_vec())
        }
        (Scheme::Curve, Private::P384(key)) => {
            let signature: p384::ecdsa::Signature = key.sign_prehash(&digest(hash, message)).map_err(failed)?;
            Ok(signature.to_bytes().to_vec())
        }
        (Scheme::Edwards, Private::Ed25519(key)) => Ok(key.sign(message).to_bytes().to_vec()),
        (_, Private::Foreign(kind)) => Err(Failure::Unsupported(format!("keys of the kind `{kind}` are not supported"))),
        _ => Err("the key is not one for the algorithm".into()),
    }
}
