//! `If-Match` (RFC 9110, section 13.1.1): a change says which version it means, so that no update is lost.

use axum::http::{HeaderMap, StatusCode, header};

use super::problem::Problem;

/// The versions that the caller accepts.
#[derive(Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// Whatever there is.
    Any,
    /// One of these strong entity tags, with their quotes.
    Tags(Vec<String>),
}

impl IfMatch {
    /// Reads all lines of the header: 428 when there is none (RFC 6585, section 3), 400 when it is malformed.
    pub fn parse(headers: &HeaderMap) -> Result<Self, Problem> {
        let lines: Vec<_> = headers.get_all(header::IF_MATCH).iter().map(|line| line.to_str()).collect();
        if lines.is_empty() {
            let detail = "say in If-Match which version you mean: its ETag, or *";
            return Err(Problem::new(StatusCode::PRECONDITION_REQUIRED, detail));
        }
        let text = lines.into_iter().collect::<Result<Vec<_>, _>>().map(|lines| lines.join(","));
        let condition = text.ok().as_deref().and_then(Self::read);
        condition
            .ok_or_else(|| Problem::new(StatusCode::BAD_REQUEST, "If-Match is neither * nor a list of entity tags"))
    }

    /// Whether a strong comparison with `etag` succeeds.
    pub fn accepts(&self, etag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Tags(tags) => tags.iter().any(|tag| tag == etag),
        }
    }

    fn read(text: &str) -> Option<Self> {
        if text.trim() == "*" {
            return Some(Self::Any);
        }
        let mut tags = Vec::new();
        let mut rest = text;
        loop {
            rest = rest.trim_start_matches([' ', '\t', ',']);
            if rest.is_empty() {
                break;
            }
            let weak = rest.starts_with("W/");
            let quoted = rest.strip_prefix("W/").unwrap_or(rest).strip_prefix('"')?;
            let (opaque, after) = quoted.split_once('"')?;
            let after_list = after.trim_start_matches([' ', '\t']);
            if !opaque.bytes().all(|byte| byte == b'!' || (b'#'..=b'~').contains(&byte)) {
                return None;
            }
            if !after_list.is_empty() && !after_list.starts_with(',') {
                return None;
            }
            // A weak tag never matches a strong comparison, so it is read and left out.
            if !weak {
                tags.push(format!("\"{opaque}\""));
            }
            rest = after_list;
        }
        let any_tag = text.contains('"');
        any_tag.then_some(Self::Tags(tags))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(tags: &[&str]) -> Option<IfMatch> {
        Some(IfMatch::Tags(tags.iter().map(|tag| (*tag).to_owned()).collect()))
    }

    #[test]
    fn lists_of_tags_are_read() {
        assert_eq!(IfMatch::read("*"), Some(IfMatch::Any));
        assert_eq!(IfMatch::read("\"1\""), tags(&["\"1\""]));
        assert_eq!(IfMatch::read("\"1\" ,\"a,b\",, \"\""), tags(&["\"1\"", "\"a,b\"", "\"\""]));
        assert_eq!(IfMatch::read("W/\"1\""), tags(&[]));
    }

    #[test]
    fn anything_else_is_malformed() {
        for wrong in ["", "1", "\"1", "1\"", "\"1\" \"2\"", "*, \"1\"", "w/\"1\"", "\"a b\"", "\"1\"x", ",", "\"é\""] {
            assert_eq!(IfMatch::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_header_is_required_and_may_come_in_lines() {
        let status = |headers: &HeaderMap| IfMatch::parse(headers).map_err(|problem| problem.status().as_u16());
        let mut headers = HeaderMap::new();
        assert_eq!(status(&headers), Err(428));
        headers.append(header::IF_MATCH, "\"1\"".parse().unwrap());
        headers.append(header::IF_MATCH, "\"2\"".parse().unwrap());
        assert!(status(&headers).is_ok_and(|condition| condition.accepts("\"2\"") && !condition.accepts("\"3\"")));
        headers.append(header::IF_MATCH, "3".parse().unwrap());
        assert_eq!(status(&headers), Err(400));
    }
}
