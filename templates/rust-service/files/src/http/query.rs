//! Query parameters. What the contract does not name is refused, so that a misspelt parameter is noticed.

use axum::http::StatusCode;
use uuid::Uuid;

use super::cursor;
use super::problem::Problem;
use crate::item::Refusal;

/// The page size when the client does not say one.
const LIMIT_DEFAULT: u8 = 20;
const LIMIT_MAX: u8 = 100;

/// Which page is asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct PageQuery {
    /// How many items at most.
    pub limit: u8,
    /// The last item before the page.
    pub after: Uuid,
}

impl PageQuery {
    /// Reads `limit` and `cursor`.
    pub fn parse(query: Option<&str>) -> Result<Self, Problem> {
        let (mut limit, mut after) = (None, None);
        let mut refusals = Vec::new();
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let twice = match &*name {
                "limit" => limit.replace(page_size(&value, &mut refusals)).is_some(),
                "cursor" => after.replace(page_start(&value, &mut refusals)).is_some(),
                _ => {
                    refusals.push(Refusal::new(name, "is not a known parameter"));
                    continue;
                }
            };
            if twice {
                refusals.push(Refusal::new(name, "is given twice"));
            }
        }
        if !refusals.is_empty() {
            return Err(Problem::refused(StatusCode::BAD_REQUEST, refusals));
        }
        Ok(Self { limit: limit.unwrap_or(LIMIT_DEFAULT), after: after.unwrap_or_default() })
    }
}

/// Refuses every parameter, for operations that have none.
pub fn refuse_any(query: Option<&str>) -> Result<(), Problem> {
    let names = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).map(|(name, _)| name);
    let refusals: Vec<_> = names.map(|name| Refusal::new(name, "is not a known parameter")).collect();
    if refusals.is_empty() { Ok(()) } else { Err(Problem::refused(StatusCode::BAD_REQUEST, refusals)) }
}

fn page_size(value: &str, refusals: &mut Vec<Refusal>) -> u8 {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    let limit = value.parse().ok().filter(|limit| digits && (1..=LIMIT_MAX).contains(limit));
    limit.unwrap_or_else(|| {
        refusals.push(Refusal::new("limit", format!("is not a number from 1 to {LIMIT_MAX}")));
        LIMIT_DEFAULT
    })
}

fn page_start(value: &str, refusals: &mut Vec<Refusal>) -> Uuid {
    cursor::decode(value).unwrap_or_else(|| {
        refusals.push(Refusal::new("cursor", "is not a cursor that a page gave"));
        Uuid::nil()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parameters_are_optional() {
        let first = PageQuery { limit: LIMIT_DEFAULT, after: Uuid::nil() };
        assert_eq!(PageQuery::parse(None).unwrap(), first);
        assert_eq!(PageQuery::parse(Some("")).unwrap(), first);
        let id = Uuid::now_v7();
        let query = format!("limit=100&cursor={}", cursor::encode(id));
        assert_eq!(PageQuery::parse(Some(&query)).unwrap(), PageQuery { limit: 100, after: id });
    }

    #[test]
    fn everything_else_is_refused() {
        let wrong =
            ["limit=0", "limit=101", "limit=+5", "limit=", "limit=1&limit=2", "cursor=", "cursor=x", "sort=name", "&x"];
        for query in wrong {
            assert!(PageQuery::parse(Some(query)).is_err(), "{query}");
        }
        assert!(refuse_any(Some("limit=1")).is_err());
        assert!(refuse_any(None).is_ok());
    }
}
