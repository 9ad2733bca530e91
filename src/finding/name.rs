//! What a policy is called: in full `namespace/id`, where nothing else is meant by its id. A policy of a plain folder has the folder as its
//! namespace, which no registry's is, and `local/id` stands for those of all such folders.

/// What stands for all plain folders.
const LOCAL: &str = "local";

/// The namespace and the id in a full name.
#[must_use]
pub fn parts(full: &str) -> Option<(&str, &str)> {
    full.rsplit_once('/')
}

/// `local/id` for the full name of a policy of a plain folder: the name of a registry is one word.
#[must_use]
pub fn local(full: &str) -> Option<String> {
    let (namespace, id) = parts(full)?;
    (namespace == "." || namespace.contains('/')).then(|| format!("{LOCAL}/{id}"))
}

/// Whether a word names a policy: in full, by its id, or as one of a plain folder.
#[must_use]
pub fn calls(word: &str, full: &str) -> bool {
    parts(full).is_some_and(|(_, id)| word == full || word == id) || local(full).is_some_and(|local| local == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_of_a_folder_has_a_name_that_no_registry_gives() {
        let called = |full: &str| ["p", "local/p", full].map(|word| calls(word, full));
        for full in ["./p", "./rules/p", "x/rules/p", "/rules/p"] {
            assert_eq!((called(full), local(full).as_deref()), ([true; 3], Some("local/p")), "{full}");
        }
        assert_eq!((called("acme/p"), local("acme/p")), ([true, false, true], None));
        assert!(!calls("rules/p", "./rules/p") && !calls("p", "p"), "what the engine itself finds has no namespace");
    }
}
