//! A client. Each answer to an operation of the contract is held against the contract before the test sees it.

use reqwest::header::HeaderMap;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use service::names::ITEMS_PATH;

use super::contract;

/// A client of one service.
#[derive(Clone, Debug)]
pub struct Api {
    client: Client,
    base: String,
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The body; null when it is empty.
    pub body: Value,
}

impl Api {
    /// A client of the service at `address`.
    pub fn new(address: std::net::SocketAddr) -> Self {
        // A pool would hide which connections the service closes.
        let client = Client::builder().pool_max_idle_per_host(0).build().unwrap();
        Self { client, base: format!("http://{address}") }
    }

    /// Sends a request; `None` when no answer came.
    pub async fn try_send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Option<Answer> {
        let method: Method = method.parse().unwrap();
        let mut request = self.client.request(method.clone(), format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_empty() {
            request = request.body(body.to_owned());
        }
        let response = request.send().await.ok()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.ok()?;
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() };
        let answer = Answer { status, headers, body };
        contract::hold(&method, path, &answer);
        Some(answer)
    }

    /// Sends a request that is answered.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.try_send(method, path, headers, body).await.expect("the service answers")
    }

    /// Reads a path.
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }

    /// Sends JSON with more headers.
    pub async fn send_json(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/json"));
        self.send(method, path, &headers, &body.to_string()).await
    }

    /// Creates an item, with an idempotency key or without.
    pub async fn create(&self, name: &str, key: Option<&str>) -> Answer {
        let key = key.map(|key| ("idempotency-key", key));
        self.send_json("POST", ITEMS_PATH, key.as_slice(), &json!({"name": name})).await
    }

    /// How many items there are, by walking all pages.
    pub async fn count(&self) -> usize {
        let (mut count, mut path) = (0, format!("{ITEMS_PATH}?limit=100"));
        loop {
            let page = self.get(&path).await;
            count += page.body["items"].as_array().unwrap().len();
            match page.body["next_cursor"].as_str() {
                Some(cursor) => path = format!("{ITEMS_PATH}?limit=100&cursor={cursor}"),
                None => return count,
            }
        }
    }
}

impl Answer {
    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The path of a created item.
    pub fn location(&self) -> &str {
        self.header("location").unwrap()
    }

    /// Expects a problem with a status (RFC 9457).
    #[track_caller]
    pub fn expect_problem(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["type"], "about:blank");
        let title = StatusCode::from_u16(status).unwrap().canonical_reason().unwrap();
        assert_eq!(self.body["title"], title);
        let trace_id = self.body["trace_id"].as_str().unwrap();
        assert!(trace_id.len() == 32 && trace_id.bytes().any(|byte| byte != b'0'), "{self:?}");
        self
    }
}
