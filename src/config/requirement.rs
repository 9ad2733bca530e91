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

/// Whether who needs one of two versions can do with the other: they have the same major version, and below 1.0.0 the same minor version,
/// which does there what the major does later.
#[must_use]
pub fn compatible(a: &Version, b: &Version) -> bool {
    a.major == b.major && (a.major > 0 || a.minor == b.minor)
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

    #[test]
    fn below_the_first_major_the_minor_does_what_it_does_later() {
        let compatible = |a: &str, b: &str| super::compatible(&Version::parse(a).unwrap(), &Version::parse(b).unwrap());
        assert!(compatible("1.0.0", "1.9.2") && compatible("0.3.0", "0.3.9") && compatible("0.0.1", "0.0.2"));
        assert!(!compatible("1.0.0", "2.0.0") && !compatible("0.3.0", "0.4.0") && !compatible("0.3.0", "1.3.0"));
    }
}
