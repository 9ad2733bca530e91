//! One HTTP/1.1 request and its answer, for talking to a service that polity started on this machine.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use ureq::Agent;
use ureq::http::Request;

/// Why no answer came.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// The request could not be formed.
    #[error("{0}")]
    Request(#[from] ureq::http::Error),
    /// The connection failed, the deadline passed, or the answer was no HTTP.
    #[error("{0}")]
    Transport(#[from] ureq::Error),
    /// No port could be had.
    #[error("{0}")]
    Port(#[from] std::io::Error),
}

/// An answer of any status.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Lower-case header names with their values, in the order of the answer.
    pub headers: Vec<(String, String)>,
    /// The body as JSON; `null` when it is something else.
    pub body: serde_json::Value,
}

impl Answer {
    /// The first value of a header, by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// Sends one request and reads the whole answer within `deadline`.
///
/// # Errors
/// [`NetError`] when no answer came; an answer of any status is no error.
pub fn send(method: &str, url: &str, headers: &[(&str, &str)], body: Option<&str>, deadline: Duration) -> Result<Answer, NetError> {
    let agent: Agent = Agent::config_builder().timeout_global(Some(deadline)).http_status_as_error(false).proxy(None).build().into();
    let request = headers.iter().fold(Request::builder().method(method).uri(url), |request, (name, value)| request.header(*name, *value));
    let mut response = match body {
        Some(body) => agent.run(request.header("content-type", "application/json").body(body.to_owned())?)?,
        None => agent.run(request.body(())?)?,
    };
    let headers = response.headers().iter().map(|(n, v)| (n.as_str().to_owned(), String::from_utf8_lossy(v.as_bytes()).into_owned()));
    let headers = headers.collect();
    let text = response.body_mut().read_to_string()?;
    Ok(Answer { status: response.status().as_u16(), headers, body: serde_json::from_str(&text).unwrap_or_default() })
}

/// A TCP port on the loopback interface that was free a moment ago.
///
/// # Errors
/// [`NetError::Port`] when the machine has none to give.
pub fn free_port() -> Result<u16, NetError> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    #[test]
    fn reads_status_headers_and_body_of_any_status() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/x", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            let n = stream.read(&mut request).unwrap();
            stream.write_all(b"HTTP/1.1 409 Conflict\r\nETag: \"1\"\r\ncontent-length: 8\r\nconnection: close\r\n\r\n{\"a\": 1}").unwrap();
            String::from_utf8_lossy(&request[..n]).into_owned()
        });
        let answer = send("POST", &url, &[("x-one", "1")], Some("{}"), Duration::from_secs(5)).unwrap();
        assert_eq!((answer.status, answer.header("etag"), &answer.body["a"]), (409, Some("\"1\""), &1.into()));
        assert!(server.join().unwrap().contains("x-one: 1"));
    }

    #[test]
    fn nobody_there_is_an_error() {
        let url = format!("http://127.0.0.1:{}/", free_port().unwrap());
        assert!(send("GET", &url, &[], None, Duration::from_secs(5)).is_err());
    }
}
