//! The identifier in a path. No item has one that is not a UUID in its usual form, so everything else is 404.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::App;
use super::problem::Problem;

/// An identifier from the path.
#[derive(Debug)]
pub struct Id(pub Uuid);

impl FromRequestParts<App> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(parts, app).await;
        let id = text.ok().and_then(|Path(text)| parse(&text));
        id.map(Self).ok_or_else(Problem::missing)
    }
}

fn parse(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|_| text.len() == Hyphenated::LENGTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_usual_form_is_an_identifier() {
        let id = Uuid::now_v7();
        assert_eq!(parse(&id.to_string()), Some(id));
        assert_eq!(parse(&id.to_string().to_uppercase()), Some(id));
        for other in
            [id.simple().to_string(), id.braced().to_string(), id.urn().to_string(), String::new(), "x".repeat(36)]
        {
            assert_eq!(parse(&other), None, "{other}");
        }
    }
}
