//! `Idempotency-Key`: a client that repeats a creation, because it saw no answer, creates nothing twice.

use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::problem::Problem;
use crate::item::{Draft, Refusal};
use crate::store::Key;

const HEADER: &str = "Idempotency-Key";
/// The longest key, in characters.
const KEY_MAX: usize = 255;

/// The key of a request, if it has one: 1 to 255 visible ASCII characters, in one header line.
pub fn key(headers: &HeaderMap, draft: &Draft, ttl: Duration) -> Result<Option<Key>, Problem> {
    let mut lines = headers.get_all(HEADER).iter();
    let Some(line) = lines.next() else { return Ok(None) };
    let visible = |text: &&str| (1..=KEY_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    let text = line.to_str().ok().filter(visible).filter(|_| lines.next().is_none());
    let Some(text) = text else {
        let refusal = Refusal::new(HEADER, format!("is not one key of 1 to {KEY_MAX} visible ASCII characters"));
        return Err(Problem::refused(StatusCode::BAD_REQUEST, vec![refusal]));
    };
    // The digest is over what the request means, so the same draft written with other blanks is the same request.
    let fingerprint = Sha256::digest(json!(draft).to_string()).to_vec();
    Ok(Some(Key { text: text.to_owned(), fingerprint, ttl }))
}

/// The key was used for something else.
pub fn reused() -> Problem {
    Problem::new(StatusCode::CONFLICT, "this Idempotency-Key was used with another body; choose a new key")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(name: &str) -> Draft {
        Draft { name: name.to_owned(), note: String::new() }
    }

    fn read(lines: &[&[u8]]) -> Result<Option<Key>, u16> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(HEADER, axum::http::HeaderValue::from_bytes(line).unwrap());
        }
        key(&headers, &draft("a"), Duration::from_secs(1)).map_err(|problem| problem.status().as_u16())
    }

    #[test]
    fn keys_are_bounded_visible_and_single() {
        assert!(read(&[]).unwrap().is_none());
        assert_eq!(read(&[b"demo-1"]).unwrap().unwrap().text, "demo-1");
        assert!(read(&[&[b'k'; KEY_MAX]]).is_ok());
        for wrong in [&[b"".as_slice()] as &[&[u8]], &[&[b'k'; KEY_MAX + 1]], &[b"a b"], &[b"\xff"], &[b"a", b"a"]] {
            assert_eq!(read(wrong).unwrap_err(), 400);
        }
    }

    #[test]
    fn the_fingerprint_is_that_of_the_draft() {
        let fingerprint = |name| {
            let headers = HeaderMap::from_iter([(HEADER.parse().unwrap(), "k".parse().unwrap())]);
            key(&headers, &draft(name), Duration::ZERO).unwrap().unwrap().fingerprint
        };
        assert_eq!(fingerprint("a"), fingerprint("a"));
        assert_ne!(fingerprint("a"), fingerprint("b"));
    }
}
