//! Where in a document a finding points, as text that stays when items are inserted before it.
//!
//! A JSON pointer (RFC 6901) whose list items are called by their names, after the name of the document.

use crate::config::{Document, Node, Step, Value};

/// The keys whose text names an item of a list, in the order of preference.
const NAMES: [&str; 3] = ["name", "id", "key"];

/// The items of a list that are looked through for a name; the items of longer lists are counted.
const NAMED: usize = 256;

/// The pointer of `steps` in a document of a file, such as `Deployment/cart#/spec/containers/name=server/image`, or in what stands
/// `above` the steps in it.
///
/// An object is called by `kind` and `metadata.name`, wherever it stands; else the document by its number, where it is not the first.
/// Steps past what exists are part of the text: they say what is missing.
pub(super) fn text(documents: &[Document], (document, above): (usize, &[Step]), steps: &[Step]) -> String {
    let Some(root) = documents.get(document) else { return String::new() };
    if let (Some(object), false) = (root.at(above).filter(|object| title(object).is_some()), above.is_empty()) {
        return text(std::slice::from_ref(object), (0, &[]), steps);
    }
    let mut text = title(root).unwrap_or_else(|| if document == 0 { String::new() } else { document.to_string() });
    text.push('#');
    let mut node = Some(root);
    let steps = above.iter().chain(steps);
    for step in steps {
        text.push('/');
        text.push_str(&match step {
            Step::Key(name) => escape(name),
            Step::Index(index) => node.and_then(|list| name_of(list, *index)).unwrap_or_else(|| index.to_string()),
        });
        node = node.and_then(|node| node.at(std::slice::from_ref(step)));
    }
    text
}

/// Kind and name of a Kubernetes object.
fn title(root: &Node) -> Option<String> {
    let kind = root.get("kind")?.as_str()?;
    let name = root.get("metadata")?.get("name")?.as_str()?;
    Some(format!("{}/{}", escape(kind), escape(name)))
}

/// `name=server` for an item that alone in its list has this name.
fn name_of(list: &Node, index: usize) -> Option<String> {
    let Value::Sequence(items) = &list.value else { return None };
    if items.len() > NAMED {
        return None;
    }
    let named = |key: &&str| {
        let name = items.get(index)?.get(key)?.as_str()?;
        let is_alone = items.iter().filter(|item| item.get(key).and_then(Node::as_str) == Some(name)).count() == 1;
        is_alone.then(|| format!("{key}={}", escape(name)))
    };
    NAMES.iter().find_map(named)
}

fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Format, parse};
    use crate::finding::SourceText;

    #[track_caller]
    fn check(yaml: &str, document: usize, steps: &[Step], expected: &str) {
        let documents = parse(&SourceText::new("f.yaml", yaml), Format::Yaml).unwrap();
        assert_eq!(text(&documents, (document, &[]), steps), expected);
    }

    fn key(name: &str) -> Step {
        Step::Key(name.to_owned())
    }

    #[test]
    fn items_are_called_by_name_where_it_is_theirs_alone() {
        let list = "c:\n- name: a\n  x: 1\n- name: b\n- x: 2\n- {name: d, id: one}\n- {name: d, id: two}\n";
        check(list, 0, &[key("c"), Step::Index(0), key("x")], "#/c/name=a/x");
        check(list, 0, &[key("c"), Step::Index(2), key("x")], "#/c/2/x");
        check(list, 0, &[key("c"), Step::Index(4)], "#/c/id=two");
        check(list, 0, &[key("c"), Step::Index(9), key("no/such~key")], "#/c/9/no~1such~0key");
    }

    #[test]
    fn documents_are_called_by_what_they_are() {
        let stream = "a: 1\n---\nkind: Pod\nmetadata: {name: p}\n---\nkind: List\n";
        check(stream, 0, &[key("a")], "#/a");
        check(stream, 1, &[key("spec")], "Pod/p#/spec");
        check(stream, 2, &[], "2#");
        check(stream, 7, &[], "");
    }
}
