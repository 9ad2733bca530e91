//! What a finding is about, in words that stay true when lines move: a file, a pointer into a document of it, or the text of a line.
//!
//! Waivers name subjects. No line number is in here.

use serde::{Deserialize, Serialize};

use super::Finding;

/// The subject of a finding, or of a waiver.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// The file.
    pub path: String,
    /// The pointer into a document of it, such as `Deployment/cart#/spec/template/spec/containers/name=server`; what is inside counts too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The line it points at, where there is no pointer; any run of blanks counts as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl Subject {
    /// What a finding is about: its first place.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        let Some(place) = finding.diagnostic.locations.first() else { return Self::default() };
        let line = one_blank(place.excerpt.lines().next().unwrap_or_default());
        let at = Some(place.pointer.clone()).filter(|pointer| !pointer.is_empty());
        let text = Some(line).filter(|line| at.is_none() && !line.is_empty());
        Self { path: place.path.clone(), at, text }
    }

    /// Whether this subject is the other one or contains it: `containers/name=web` covers what is inside that container.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.path == other.path
            && match (&self.at, &self.text) {
                (Some(at), None) => other.at.as_deref().is_some_and(|inner| leads_to(at, inner)),
                (None, Some(text)) => other.text.as_ref().is_some_and(|other| *other == one_blank(text)),
                (Some(_), Some(_)) => false,
                (None, None) => true,
            }
    }

    /// Whether it names a file and nothing in it, or a document as a whole.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.text.is_none() && self.at.as_deref().is_none_or(|at| at.ends_with('#') || at.ends_with("#/"))
    }
}

/// A text with every run of white space as one blank, and none at the ends.
#[must_use]
pub fn one_blank(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a pointer is another one or its beginning, up to the border of a step.
fn leads_to(outer: &str, inner: &str) -> bool {
    let outer = outer.trim_end_matches('/');
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || outer.ends_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(pointer: &str) -> Subject {
        Subject { at: Some(pointer.to_owned()), text: None, path: "a.yaml".to_owned() }
    }

    #[test]
    fn a_subject_covers_what_is_inside_it_and_no_more() {
        assert!(at("D/a#/containers/name=web").covers(&at("D/a#/containers/name=web/image")));
        assert!(at("#/containers/name=web").covers(&at("#/containers/name=web")));
        assert!(!at("#/containers/name=web").covers(&at("#/containers/name=web2/image")));
        assert!(!at("#/spec").covers(&at("#/specs")));
        assert!(!at("D/a#/spec").covers(&at("D/b#/spec")), "documents are told apart");
        assert!(at("D/a#").covers(&at("D/a#/spec")) && at("D/a#").is_whole());
        assert!(!at("#/spec").covers(&Subject { path: "a.yaml".to_owned(), ..Subject::default() }));
        assert!(!Subject { path: "b.yaml".to_owned(), ..at("#/spec") }.covers(&at("#/spec")));
    }

    #[test]
    fn a_line_is_covered_by_its_text_however_it_is_laid_out() {
        let line = |text: &str| Subject { path: "Dockerfile".to_owned(), at: None, text: Some(text.to_owned()) };
        assert!(line("FROM   debian").covers(&line("FROM debian")));
        assert!(!line("FROM debian").covers(&line("FROM debian:12")));
    }
}
