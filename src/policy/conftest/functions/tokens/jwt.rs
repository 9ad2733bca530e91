//! JSON Web Tokens: `io.jwt.decode`, `decode_verify`, `verify_…`, `encode_sign` and `encode_sign_raw`.

use regorus::Value as Rego;
use ssh_encoding::base64::{Base64UrlUnpadded, Encoding as _};

use super::super::{Answer, Failure, Function, Setting, text};
use super::keys::{self, Named, Public};
use super::signatures::{algorithm, is_signed, signed};
use crate::policy::conftest::output::escape_html;
use crate::policy::conftest::value::json_text;

pub(in super::super) const FUNCTIONS: &[(&str, u8, Function)] = &[
    ("io.jwt.decode", 1, |args, _| decoded(text(args, 0)?)),
    ("io.jwt.decode_verify", 2, judged),
    ("io.jwt.encode_sign", 3, |args, at| {
        let json = |index: usize| escape_html(&json_text(&args[index], &at.exact));
        encoded(&json(0), &json(1), &json(2))
    }),
    ("io.jwt.encode_sign_raw", 3, |args, _| encoded(text(args, 0)?, text(args, 1)?, text(args, 2)?)),
    ("io.jwt.verify_eddsa", 2, |args, _| verified(args, "EdDSA")),
    ("io.jwt.verify_es256", 2, |args, _| verified(args, "ES256")),
    ("io.jwt.verify_es384", 2, |args, _| verified(args, "ES384")),
    ("io.jwt.verify_es512", 2, |args, _| verified(args, "ES512")),
    ("io.jwt.verify_hs256", 2, |args, _| verified_by_secret(args, "HS256")),
    ("io.jwt.verify_hs384", 2, |args, _| verified_by_secret(args, "HS384")),
    ("io.jwt.verify_hs512", 2, |args, _| verified_by_secret(args, "HS512")),
    ("io.jwt.verify_ps256", 2, |args, _| verified(args, "PS256")),
    ("io.jwt.verify_ps384", 2, |args, _| verified(args, "PS384")),
    ("io.jwt.verify_ps512", 2, |args, _| verified(args, "PS512")),
    ("io.jwt.verify_rs256", 2, |args, _| verified(args, "RS256")),
    ("io.jwt.verify_rs384", 2, |args, _| verified(args, "RS384")),
    ("io.jwt.verify_rs512", 2, |args, _| verified(args, "RS512")),
];

/// A token in its three parts.
struct Token<'a> {
    /// Header and payload as they stand in it: what is signed.
    message: &'a str,
    header: Rego,
    payload: &'a str,
    signature: Vec<u8>,
}

impl<'a> Token<'a> {
    fn of(token: &'a str) -> Result<Self, Failure> {
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Err("encoded JWT must have 3 sections".into());
        };
        let header_value = object(&characters(header)?)?;
        if header_value["enc"] != Rego::Undefined {
            return Err("JWT is a JWE object, which is not supported".into());
        }
        let message = &token[..header.len() + 1 + payload.len()];
        Ok(Self { message, header: header_value, payload, signature: bytes(signature)? })
    }

    /// A text of the header; anything else there is a mistake.
    fn word(&self, name: &str) -> Result<&str, Failure> {
        match &self.header[name] {
            Rego::Undefined => Ok(""),
            value => value.as_string().map(|word| &**word).map_err(|_| format!("{name}: must be a string").into()),
        }
    }

    /// Whether the token is signed by the key that its header names, or else by any.
    fn is_signed_by(&self, keys: &[Named], name: &str) -> Result<bool, Failure> {
        let Some(algorithm) = algorithm(name) else { return Ok(false) };
        let (id, own) = (self.word("kid")?, self.word("alg")?);
        let signed = |key: &Public| is_signed(key, algorithm, self.message.as_bytes(), &self.signature);
        if let Some(named) = keys.iter().find(|key| !id.is_empty() && key.id == id) {
            return signed(&named.key);
        }
        for key in keys.iter().filter(|key| key.algorithm.is_empty() || key.algorithm == own) {
            if signed(&key.key)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Go does not mind what the last character says beyond the last byte.
fn bytes(part: &str) -> Result<Vec<u8>, Failure> {
    let part = part.trim_end_matches('=');
    let unused = match part.len() % 4 {
        2 => 16,
        3 => 4,
        _ => 1,
    };
    let letters = (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').chain(*b"-_").map(char::from).collect::<Vec<_>>();
    let mut plain = part.to_owned();
    if let Some(at) = plain.pop().and_then(|last| letters.iter().position(|letter| *letter == last)) {
        plain.push(letters[at - at % unused]);
    }
    let plain = if plain.len() == part.len() { plain.as_str() } else { part };
    Base64UrlUnpadded::decode_vec(plain).map_err(|error| Failure::from(error.to_string()))
}

fn characters(part: &str) -> Result<String, Failure> {
    String::from_utf8(bytes(part)?).map_err(|error| Failure::from(error.to_string()))
}

fn object(text: &str) -> Answer {
    let value = Rego::from_json_str(text).map_err(|error| Failure::from(error.to_string()))?;
    if matches!(value, Rego::Object(_)) { Ok(value) } else { Err("the section is no object".into()) }
}

/// Header, payload and signature, which nobody verifies. A token in a token is what counts.
fn decoded(token: &str) -> Answer {
    let found = Token::of(token)?;
    let payload = characters(found.payload)?;
    if found.header["cty"] == Rego::from("JWT") {
        return decoded(payload.trim_matches(['"', '\'']));
    }
    let signature: String = found.signature.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Rego::from(vec![found.header, object(&payload)?, Rego::from(signature.as_str())]))
}

fn verified(args: &[Rego], name: &str) -> Answer {
    Ok(Rego::from(Token::of(text(args, 0)?)?.is_signed_by(&keys::public(text(args, 1)?)?, name)?))
}

fn verified_by_secret(args: &[Rego], name: &str) -> Answer {
    let token = Token::of(text(args, 0)?)?;
    let secret = Public::Secret(text(args, 1)?.as_bytes().to_vec());
    let algorithm = algorithm(name).ok_or("the algorithm is not known")?;
    Ok(Rego::from(is_signed(&secret, algorithm, token.message.as_bytes(), &token.signature)?))
}

/// What a token must fulfil.
struct Wanted {
    keys: Vec<Named>,
    algorithm: Option<String>,
    issuer: Option<String>,
    audience: Option<String>,
    /// In nanoseconds since 1970.
    time: f64,
}

impl Wanted {
    fn of(constraints: &Rego, now: i64) -> Result<Self, Failure> {
        let members = constraints.as_object().map_err(|_| Failure::from("operand 2 must be object"))?;
        #[expect(clippy::cast_precision_loss, reason = "OPA compares times as floats")]
        let mut wanted = Self { keys: Vec::new(), algorithm: None, issuer: None, audience: None, time: now as f64 };
        let mut given = 0;
        for (name, value) in members.iter_sorted() {
            let name = name.as_string().map_or("", |name| &**name);
            let word = || value.as_string().map(|word| word.to_string()).map_err(|_| format!("{name} constraint: must be a string"));
            let filled = |word: String| Some(word).filter(|word| !word.is_empty());
            match name {
                "cert" => {
                    wanted.keys = keys::public(&word()?)?;
                    given += 1;
                }
                "secret" => {
                    let secret = word()?;
                    given += usize::from(!secret.is_empty());
                    wanted.keys.push(Named { algorithm: String::new(), id: String::new(), key: Public::Secret(secret.into_bytes()) });
                }
                "alg" => wanted.algorithm = filled(word()?),
                "iss" => wanted.issuer = filled(word()?),
                "aud" => wanted.audience = filled(word()?),
                "time" => {
                    let time = float(value).filter(|time| *time >= 0.0);
                    wanted.time = time.ok_or("token time constraint: must be a number that is not negative")?;
                }
                other => return Err(format!("unknown token validation constraint: {other}").into()),
            }
        }
        match given {
            1 => Ok(wanted),
            0 => Err("no key constraint".into()),
            _ => Err("duplicate key constraints".into()),
        }
    }

    /// Whether the claims of a signed token are those that are wanted.
    fn hold(&self, payload: &Rego) -> Result<bool, Failure> {
        if self.issuer.as_deref().is_some_and(|issuer| payload["iss"] != Rego::from(issuer)) {
            return Ok(false);
        }
        let audience = Rego::from(self.audience.as_deref().unwrap_or_default());
        let addressed = match &payload["aud"] {
            Rego::Undefined => self.audience.is_none(),
            Rego::Array(all) => all.iter().any(|one| *one == audience),
            one => *one == audience,
        };
        let seconds = |name: &str| match &payload[name] {
            Rego::Undefined => Ok(None),
            time => float(time).map(Some).ok_or_else(|| Failure::from(format!("{name} value must be a number"))),
        };
        if !addressed {
            return Ok(false);
        }
        let now = self.time / 1e9;
        if seconds("exp")?.is_some_and(|end| now >= end) {
            return Ok(false);
        }
        Ok(seconds("nbf")?.is_none_or(|start| now >= start))
    }
}

/// A number as the nearest float, which the engine gives for exact ones only.
fn float(value: &Rego) -> Option<f64> {
    value.as_number().ok().and_then(|_| value.to_string().parse().ok())
}

fn judged(args: &[Rego], at: &Setting) -> Answer {
    let refused = || Ok(Rego::from(vec![Rego::from(false), Rego::new_object(), Rego::new_object()]));
    let wanted = Wanted::of(&args[1], at.now)?;
    let mut encoded = text(args, 0)?.to_owned();
    loop {
        let token = Token::of(&encoded)?;
        let name = token.word("alg")?;
        let (critical, _) = (critical(&token.header)?, token.word("typ")?);
        let agreed = wanted.algorithm.as_deref().is_none_or(|wanted| wanted == name);
        if name.is_empty() || critical || !agreed || !token.is_signed_by(&wanted.keys, name)? {
            return refused();
        }
        let payload = characters(token.payload)?;
        if token.word("cty")?.eq_ignore_ascii_case("JWT") {
            encoded = payload;
            continue;
        }
        let payload = object(&payload)?;
        return if wanted.hold(&payload)? { Ok(Rego::from(vec![Rego::from(true), token.header, payload])) } else { refused() };
    }
}

/// Whether a header has something that must be understood and is not (RFC 7515, 4.1.11).
fn critical(header: &Rego) -> Result<bool, Failure> {
    let names = match &header["crit"] {
        Rego::Undefined => return Ok(false),
        Rego::Array(names) if !names.is_empty() => names,
        _ => return Err("crit: must be a nonempty list".into()),
    };
    let unknown = |name: &Rego| {
        header[name] != Rego::Undefined && !["alg", "kid", "typ", "cty", "crit"].iter().any(|known| *name == Rego::from(*known))
    };
    Ok(names.iter().any(unknown))
}

fn encoded(header: &str, payload: &str, key: &str) -> Answer {
    let key = keys::private(key)?;
    let header_value: serde_json::Value = serde_json::from_str(header).map_err(|error| error.to_string())?;
    let name = header_value["alg"].as_str().ok_or("missing or invalid 'alg' header")?;
    let algorithm = algorithm(name).ok_or_else(|| format!("unknown JWS algorithm: {name}"))?;
    let is_token = header_value["typ"].as_str().is_none_or(|kind| kind == "JWT");
    if is_token && serde_json::from_str::<serde::de::IgnoredAny>(payload).is_err() {
        return Err("type is JWT but payload is not JSON".into());
    }
    let message =
        format!("{}.{}", Base64UrlUnpadded::encode_string(header.as_bytes()), Base64UrlUnpadded::encode_string(payload.as_bytes()));
    let signature = signed(&key, algorithm, message.as_bytes())?;
    Ok(Rego::from(format!("{message}.{}", Base64UrlUnpadded::encode_string(&signature)).as_str()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;

    #[test]
    fn tokens_are_taken_apart() {
        check(decoded("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2ln"), Some(r#"[{"alg":"none"},{"sub":"a"},"736967"]"#));
        for wrong in ["a.b", "a.b.c", "eyJhbGciOiJub25lIn0.W10.c2ln", ""] {
            check(decoded(wrong), None);
        }
    }
}
