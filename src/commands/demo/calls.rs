//! What the demo's client does: create, repeat, read, conflict, a bad request, and the trace that went through.

use std::time::Duration;

use crate::commands::Env;
use crate::error::Error;
use crate::net::{Answer, send};

use super::seen;
use super::service::Service;

/// The trace that the client starts; W3C Trace Context, sampled.
const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const BODY: &str = r#"{"name": "two boxes of pencils", "note": "blue"}"#;

/// Makes every call and prints what came back.
pub(super) fn all(service: &Service, env: &mut Env<'_>) -> Result<(), Error> {
    let orders = format!("{}/orders", service.url());
    let created = call(env, 201, "create", "POST", &orders, &[("idempotency-key", "demo-1")], Some(BODY))?;
    let id = created.body["id"].as_str().unwrap_or_default().to_owned();
    seen(env, &format!("           id {id}, etag {}", created.header("etag").unwrap_or("none")))?;

    let again = call(env, 201, "repeat", "POST", &orders, &[("idempotency-key", "demo-1")], Some(BODY))?;
    expect(again.body["id"] == id.as_str(), "the same Idempotency-Key gives the same order")?;
    seen(env, "           same key, same order: nothing was created twice")?;

    let order = format!("{orders}/{id}");
    call(env, 200, "read", "GET", &order, &[], None)?;
    let stale = call(env, 412, "conflict", "PUT", &order, &[("if-match", "\"stale\"")], Some(BODY))?;
    seen(env, &format!("           {}", stale.body["detail"].as_str().unwrap_or_default()))?;

    let problem = call(env, 422, "problem", "POST", &orders, &[], Some(r#"{"name": "", "colour": "blue"}"#))?;
    let kind = problem.header("content-type").unwrap_or_default().to_owned();
    let trace = problem.body["trace_id"].as_str().unwrap_or_default().to_owned();
    expect(kind.starts_with("application/problem+json"), "a problem is application/problem+json (RFC 9457)")?;
    expect(trace == TRACE_ID, "the caller's trace goes through the service")?;
    seen(env, &format!("           {kind}: {}", problem.body["detail"].as_str().unwrap_or_default()))?;
    seen(env, &format!("trace      {trace} went from the client through the service into its answer and its log"))?;

    let ready = call(env, 200, "readiness", "GET", &format!("{}/readyz", service.url()), &[], None)?;
    seen(env, &format!("           {}", ready.body))
}

/// One call inside the demo's trace, which must be answered with `status`.
fn call(
    env: &mut Env<'_>,
    status: u16,
    name: &str,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
) -> Result<Answer, Error> {
    let parent = format!("00-{TRACE_ID}-00f067aa0ba902b7-01");
    let mut headers = headers.to_vec();
    headers.push(("traceparent", &parent));
    let answer = send(method, url, &headers, body, Duration::from_secs(10)).map_err(|e| Error::io(format!("call {method} {url}"), e))?;
    let path = url.splitn(4, '/').nth(3).unwrap_or_default();
    expect(answer.status == status, &format!("{method} /{path} is answered with {status}, not {}", answer.status))?;
    seen(env, &format!("{name:<10} {method} /{path} → {status}"))?;
    Ok(answer)
}

fn expect(holds: bool, promise: &str) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::io("finish the demo", format!("the service broke a promise: {promise}"))) }
}
