//! Reads a request's body: media type, size, JSON and rules, each refused with its own status.

use std::fmt;

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::App;
use super::problem::Problem;
use crate::item::{Draft, Refusal};

/// A draft from the body.
#[derive(Debug)]
pub struct DraftBody(pub Draft);

impl FromRequest<App> for DraftBody {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (head, body) = request.into_parts();
        require_json(&head.headers)?;
        let limit = app.limits.body_bytes;
        let too_large = || Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body has more than {limit} bytes"));
        if content_length(&head.headers).is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        let bytes = to_bytes(body, limit).await.map_err(|error| {
            let source = std::error::Error::source(&error);
            match source.is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>) {
                true => too_large(),
                false => Problem::new(StatusCode::BAD_REQUEST, "the body ended too early"),
            }
        })?;
        parse(&bytes).map(Self)
    }
}

/// Reads a draft from JSON text.
fn parse(bytes: &[u8]) -> Result<Draft, Problem> {
    match serde_json::from_slice(bytes) {
        Ok(Body::Object(members)) => {
            Draft::from_members(members).map_err(|list| Problem::refused(StatusCode::UNPROCESSABLE_ENTITY, list))
        }
        Ok(Body::Other) => {
            let refusal = Refusal::new("", "the body is not a JSON object");
            Err(Problem::refused(StatusCode::UNPROCESSABLE_ENTITY, vec![refusal]))
        }
        Err(error) => Err(Problem::new(StatusCode::BAD_REQUEST, format!("the body is not JSON: {error}"))),
    }
}

/// Accepts `application/json`, with no other charset than UTF-8 (RFC 8259, section 8.1).
fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let text = values.next().and_then(|value| value.to_str().ok()).filter(|_| values.next().is_none());
    let mut parts = text.unwrap_or_default().split(';').map(|part| part.trim().to_ascii_lowercase());
    // An encoding that is not undone would be taken for JSON that is wrong.
    if headers.get_all(header::CONTENT_ENCODING).iter().any(|coding| coding != "identity") {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body must not have a Content-Encoding"));
    }
    let json = parts.next().is_some_and(|media_type| media_type == "application/json");
    let parameters = |part: String| matches!(part.as_str(), "" | "charset=utf-8" | "charset=\"utf-8\"");
    if json && parts.all(parameters) {
        return Ok(());
    }
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body must be application/json"))
}

fn content_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// A JSON value; the members of an object stay in order, and repeated names stay visible.
enum Body {
    Object(Vec<(String, Value)>),
    Other,
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BodyVisitor)
    }
}

struct BodyVisitor;

impl<'de> Visitor<'de> for BodyVisitor {
    type Value = Body;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Body, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Body::Object(members))
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut sequence: A) -> Result<Body, A::Error> {
        while sequence.next_element::<serde::de::IgnoredAny>()?.is_some() {}
        Ok(Body::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Body, E> {
        Ok(Body::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Body, E> {
        Ok(Body::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Body, E> {
        Ok(Body::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Body, E> {
        Ok(Body::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Body, E> {
        Ok(Body::Other)
    }

    fn visit_unit<E>(self) -> Result<Body, E> {
        Ok(Body::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: u16) {
        let status = match parse(body.as_bytes()) {
            Ok(_) => 200,
            Err(problem) => problem.status().as_u16(),
        };
        assert_eq!(status, expected, "{body}");
    }

    #[test]
    fn malformed_is_400_and_refused_is_422() {
        check(r#"{"name": "a"}"#, 200);
        for malformed in ["", "{", "{\"name\": \"a\"} x", "\u{feff}{}", "{'name': 1}", "[1,", r#"{"name": "\ud800"}"#] {
            check(malformed, 400);
        }
        for refused in ["{}", "[]", "null", "1", "-1", "1.5", "true", "\"a\"", r#"{"name": "a", "name": "b"}"#] {
            check(refused, 422);
        }
    }

    #[test]
    fn deep_nesting_is_refused_without_a_stack_overflow() {
        check(&format!("{{\"name\": {}", "[".repeat(100_000)), 400);
        check(&"[".repeat(100_000), 400);
    }

    #[track_caller]
    fn media(value: Option<&str>, expected: bool) {
        let value = value.map(|value| (header::CONTENT_TYPE, value.parse().unwrap()));
        assert_eq!(require_json(&value.into_iter().collect()).is_ok(), expected);
    }

    #[test]
    fn only_json_in_utf_8_is_read() {
        media(Some("application/json"), true);
        media(Some("Application/JSON; charset=UTF-8"), true);
        media(Some("application/json; charset=latin1"), false);
        media(Some("application/jsonp"), false);
        media(Some("text/plain"), false);
        media(None, false);
    }
}
