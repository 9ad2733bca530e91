//! The operations of the contract: list, create, read, replace and delete items.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use uuid::Uuid;

use super::body::DraftBody;
use super::identifier::Id;
use super::precondition::IfMatch;
use super::problem::Problem;
use super::query::{self, PageQuery};
use super::{App, cursor, idempotency, json as json_answer};
use crate::item::Item;
use crate::names::ITEMS_PATH;
use crate::store::{Change, Created};

/// `GET` of all items: one page.
pub async fn list(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let PageQuery { limit, after } = PageQuery::parse(query.as_deref())?;
    // One more than asked tells whether another page follows.
    let mut items = app.store.page(after, i64::from(limit) + 1).await?;
    let more = items.len() > usize::from(limit);
    items.truncate(usize::from(limit));
    let last = items.last().filter(|_| more);
    let page = json!({"items": items, "next_cursor": last.map(|item| cursor::encode(item.id))});
    Ok(json_answer(StatusCode::OK, page.to_string()))
}

/// `POST` of one item.
pub async fn create(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    DraftBody(draft): DraftBody,
) -> Result<Response, Problem> {
    query::refuse_any(query.as_deref())?;
    let key = idempotency::key(&headers, &draft, app.limits.idempotency_ttl)?;
    let item = Item::new(draft);
    let answer = represent(&item);
    match app.store.create(&item, &answer, key.as_ref()).await? {
        Created::Now => {
            app.metrics.created();
            Ok(created(item.id, answer))
        }
        Created::Before { id, answer } => Ok(created(id, answer)),
        Created::KeyReused => Err(idempotency::reused()),
    }
}

/// `GET` of one item.
pub async fn read(State(app): State<App>, Id(id): Id, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    query::refuse_any(query.as_deref())?;
    let item = app.store.find(id).await?.ok_or_else(Problem::missing)?;
    Ok(found(&item))
}

/// `PUT` of one item.
pub async fn replace(
    State(app): State<App>,
    Id(id): Id,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    DraftBody(draft): DraftBody,
) -> Result<Response, Problem> {
    query::refuse_any(query.as_deref())?;
    let condition = IfMatch::parse(&headers)?;
    let changed = app.store.replace(id, &draft, |item| condition.accepts(&etag(item.version))).await?;
    Ok(found(&done(changed)?))
}

/// `DELETE` of one item.
pub async fn delete(
    State(app): State<App>,
    Id(id): Id,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    query::refuse_any(query.as_deref())?;
    let condition = IfMatch::parse(&headers)?;
    done(app.store.delete(id, |item| condition.accepts(&etag(item.version))).await?)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn done<T>(change: Change<T>) -> Result<T, Problem> {
    match change {
        Change::Done(value) => Ok(value),
        Change::Missing => Err(Problem::missing()),
        Change::Stale => {
            let detail = "it has changed since the version in If-Match; read it again";
            Err(Problem::new(StatusCode::PRECONDITION_FAILED, detail))
        }
    }
}

/// The entity tag of a version (RFC 9110, section 8.8.3): strong, since a version has one representation.
fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

fn represent(item: &Item) -> String {
    json!(item).to_string()
}

fn found(item: &Item) -> Response {
    with(json_answer(StatusCode::OK, represent(item)), header::ETAG, &etag(item.version))
}

fn created(id: Uuid, answer: String) -> Response {
    let response = with(json_answer(StatusCode::CREATED, answer), header::ETAG, &etag(1));
    with(response, header::LOCATION, &format!("{ITEMS_PATH}/{id}"))
}

fn with(mut response: Response, name: HeaderName, value: &str) -> Response {
    let value = HeaderValue::from_str(value).expect("paths, identifiers and versions are visible ASCII");
    response.headers_mut().insert(name, value);
    response
}
