//! A template and the lowest version of it that will do, as `requires:` writes it.

use std::fmt;

use semver::Version;

/// A template and a version: the lowest that will do, or the one that was taken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    /// `namespace/name`.
    pub name: String,
    /// The version.
    pub version: Version,
}

impl Requirement {
    /// Reads `namespace/name@version`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, version) = text.split_once('@').ok_or("`@` and a version are missing")?;
        let is_name = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !name.split_once('/').is_some_and(|(namespace, id)| is_name(namespace) && is_name(id)) {
            return Err("the name must be `namespace/name`".to_owned());
        }
        let version = Version::parse(version).map_err(|error| format!("the version is not `major.minor.patch`: {error}"))?;
        Ok(Self { name: name.to_owned(), version })
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_have_one_form() {
        for wrong in ["a/b", "a@1.0.0", "a/b@1", "a/b@1.x", "A/b@1.0.0", "/b@1.0.0", "a/b/c@1.0.0"] {
            assert!(Requirement::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Requirement::parse("a/b@1.2.3-rc.1").unwrap().to_string(), "a/b@1.2.3-rc.1");
    }
}
