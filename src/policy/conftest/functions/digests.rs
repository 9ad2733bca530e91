//! `crypto.…`: digests of texts, as hexadecimal numbers.

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use regorus::Value as Rego;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::{Answer, Failure, Function, text};

pub(super) const FUNCTIONS: &[(&str, u8, Function)] = &[
    ("crypto.md5", 1, |args, _| shown(&Md5::digest(text(args, 0)?))),
    ("crypto.sha1", 1, |args, _| shown(&Sha1::digest(text(args, 0)?))),
    ("crypto.sha256", 1, |args, _| shown(&Sha256::digest(text(args, 0)?))),
    ("crypto.hmac.equal", 2, |args, _| Ok(Rego::from(text(args, 0)? == text(args, 1)?))),
    ("crypto.hmac.md5", 2, |args, _| authentic::<Hmac<Md5>>(args)),
    ("crypto.hmac.sha1", 2, |args, _| authentic::<Hmac<Sha1>>(args)),
    ("crypto.hmac.sha256", 2, |args, _| authentic::<Hmac<Sha256>>(args)),
    ("crypto.hmac.sha512", 2, |args, _| authentic::<Hmac<Sha512>>(args)),
];

fn shown(digest: &[u8]) -> Answer {
    use std::fmt::Write as _;
    let hex = digest.iter().fold(String::with_capacity(digest.len() * 2), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    Ok(Rego::from(hex.as_str()))
}

/// HMAC (RFC 2104) of a message.
fn authentic<M: Mac + KeyInit>(args: &[Rego]) -> Answer {
    let mut code = <M as KeyInit>::new_from_slice(text(args, 1)?.as_bytes()).map_err(|error| Failure::from(error.to_string()))?;
    code.update(text(args, 0)?.as_bytes());
    shown(&code.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::conftest::functions::Setting;

    #[track_caller]
    fn check(name: &str, args: &[&str], expected: &str) {
        let (_, _, function) = FUNCTIONS.iter().find(|(known, ..)| *known == name).unwrap();
        let args: Vec<_> = args.iter().map(|arg| Rego::from(*arg)).collect();
        assert_eq!(function(&args, &Setting::default()).ok(), Some(Rego::from(expected)), "{name}");
    }

    #[test]
    fn digests_are_those_of_their_standards() {
        check("crypto.md5", &["abc"], "900150983cd24fb0d6963f7d28e17f72");
        check("crypto.hmac.md5", &["what do ya want for nothing?", "Jefe"], "750c783e6ab0b503eaa86e310a5db738");
        check("crypto.sha1", &["abc"], "a9993e364706816aba3e25717850c26c9cd0d89d");
        check("crypto.sha256", &["abc"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        // RFC 4231, cases 2 and 6.
        let message = "what do ya want for nothing?";
        check("crypto.hmac.sha256", &[message, "Jefe"], "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        check("crypto.hmac.sha1", &[message, "Jefe"], "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    }
}
