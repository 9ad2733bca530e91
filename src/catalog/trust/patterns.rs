//! OpenSSH's pattern lists (ssh_config(5), PATTERNS): `*` and `?`, separated by commas, `!` in front excludes.

use serde::Serialize;

/// A list of patterns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Patterns {
    text: String,
}

impl Patterns {
    /// The list that `text` writes.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// The text as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the list is one plain name.
    #[must_use]
    pub fn is_name(&self) -> bool {
        !self.text.contains(['*', '?', ',', '!'])
    }

    /// Whether `name` matches a pattern and no excluded one.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let mut found = false;
        for pattern in self.text.split(',') {
            match pattern.strip_prefix('!') {
                Some(excluded) if glob(excluded, name) => return false,
                None if glob(pattern, name) => found = true,
                _ => {}
            }
        }
        found
    }
}

/// Whether `name` fits a pattern of `*` and `?`; linear but for the last star, so no pattern takes long.
fn glob(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<_>, Vec<_>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || *c == name[n] => (p, n) = (p + 1, n + 1),
            _ => {
                let Some((at, from)) = star else { return false };
                star = Some((at, from + 1));
                (p, n) = (at + 1, from + 1);
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(list: &str, name: &str, expected: bool) {
        assert_eq!(Patterns::new(list).matches(name), expected, "{list} {name}");
    }

    #[test]
    fn lists_include_and_exclude() {
        check("ana@acme", "ana@acme", true);
        check("ana@acme", "Ana@acme", false);
        check("*@acme,!bob@*", "ana@acme", true);
        check("*@acme,!bob@*", "bob@acme", false);
        check("!bob@acme", "ana@acme", false);
        check("a?c*", "abcd", true);
        check("a?c", "ac", false);
        check("", "", true);
        check("", "x", false);
        check("*a*a*a*a*a*a*b", &"a".repeat(2000), false);
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_regular_expression(pattern in "[ab*?]{0,8}", name in "[ab]{0,8}") {
            let same = regex::Regex::new(&format!("^{}$", pattern.replace('*', ".*").replace('?', "."))).unwrap();
            prop_assert_eq!(glob(&pattern, &name), same.is_match(&name));
        }
    }
}
