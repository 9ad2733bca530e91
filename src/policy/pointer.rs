//! Where in a document a finding points, as text that stays when items are inserted before it.
//!
//! A JSON pointer (RFC 6901) whose list items are called by their names, after the name of the document.

use std::collections::HashMap;

use crate::config::{Document, Node, Step, Value};

use super::evidence::Parsed;
use super::helm::TEMPLATED;

/// The keys whose text names an item of a list, in the order of preference.
const NAMES: [&str; 3] = ["name", "id", "key"];

/// The items of a list that are looked through for a name; the items of longer lists are counted.
const NAMED: usize = 256;

/// A place in a file.
#[derive(Debug, PartialEq)]
pub(super) struct Pointer {
    /// The place, such as `Deployment/cart#/spec/containers/name=server/image`.
    pub text: String,
    /// Whether a part of it is a number: then something else may stand there tomorrow.
    pub is_counted: bool,
    /// The place without the namespace of its object, when the file has no other object of that kind and name.
    pub alias: Option<String>,
}

/// What the documents of a file are called, and after them the items of its lists; an item that is no object has no name.
///
/// An object is called by `kind`, `metadata.namespace` where there is one, and `metadata.name`; several that share all of it are numbered, such
/// as `Pod/web@2`. Other documents are called by their number, the first one only when it is not alone.
pub(super) struct Names(Vec<Option<Pointer>>);

impl Names {
    pub fn of<'a>(documents: &'a [Document], items: impl IntoIterator<Item = Option<&'a Node>>) -> Self {
        let titles: Vec<_> = documents.iter().map(Some).chain(items).map(|object| title(object?)).collect();
        let mut all: HashMap<&str, usize> = HashMap::new();
        titles.iter().flatten().for_each(|title| *all.entry(title).or_default() += 1);
        let is_nameless = |(document, title): &(&Document, &Option<String>)| title.is_none() && document.value != Value::Null;
        let nameless = documents.iter().zip(&titles).filter(is_nameless).count();
        let mut plain: HashMap<String, usize> = HashMap::new();
        titles.iter().flatten().for_each(|title| *plain.entry(spaceless(title).unwrap_or_else(|| title.clone())).or_default() += 1);
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let mut names = Vec::new();
        for (number, title) in titles.iter().enumerate() {
            let counted = |text: String| Some(Pointer { text, is_counted: true, alias: None });
            names.push(match title.as_deref() {
                Some(title) if all[title] > 1 => {
                    let number = seen.entry(title).and_modify(|n| *n += 1).or_insert(1);
                    counted(format!("{title}@{number}"))
                }
                Some(title) => {
                    let alias = spaceless(title).filter(|alias| plain[alias] == 1);
                    Some(Pointer { text: title.to_owned(), is_counted: false, alias })
                }
                None if number == 0 && nameless < 2 => Some(Pointer { text: String::new(), is_counted: false, alias: None }),
                None if number < documents.len() => counted(number.to_string()),
                None => None,
            });
        }
        Self(names)
    }
}

/// The pointer of `steps` in a document of a file, or in an item of its lists, by the number that rules have for it.
///
/// Steps past what exists are part of the text: they say what is missing.
pub(super) fn pointer(parsed: &Parsed, number: usize, steps: &[Step]) -> Pointer {
    let nowhere = Pointer { text: String::new(), is_counted: false, alias: None };
    let Some((document, above)) = parsed.place(number) else { return nowhere };
    let Some(root) = parsed.documents.get(document) else { return nowhere };
    let Names(names) = parsed.names();
    let own = names.get(number).and_then(Option::as_ref);
    // An item without a name is a part of its document.
    let (root, name, steps) = match (own, root.at(above)) {
        (Some(name), Some(object)) => (object, Some(name), steps.to_vec()),
        _ => (root, names.get(document).and_then(Option::as_ref), [above, steps].concat()),
    };
    let (head, mut is_counted) = name.map_or(("", false), |name| (name.text.as_str(), name.is_counted));
    let mut text = "#".to_owned();
    let mut node = Some(root);
    for step in &steps {
        text.push('/');
        text.push_str(&match step {
            Step::Key(name) => escape(name),
            Step::Index(index) => node.and_then(|list| name_of(list, *index)).unwrap_or_else(|| {
                is_counted = true;
                index.to_string()
            }),
        });
        node = node.and_then(|node| node.at(std::slice::from_ref(step)));
    }
    let alias = name.and_then(|name| name.alias.as_ref()).map(|alias| format!("{alias}{text}"));
    Pointer { text: format!("{head}{text}"), is_counted, alias }
}

/// `Pod/web` for the title `Pod/shop/web`.
fn spaceless(title: &str) -> Option<String> {
    match title.split('/').collect::<Vec<_>>()[..] {
        [kind, _, name] => Some(format!("{kind}/{name}")),
        _ => None,
    }
}

/// Kind, namespace and name of a Kubernetes object.
fn title(root: &Node) -> Option<String> {
    let kind = root.get("kind")?.as_str()?;
    let metadata = root.get("metadata")?;
    let name = metadata.get("name")?.as_str()?;
    // What a chart fills in tells nothing apart.
    let namespace = metadata.get("namespace").and_then(Node::as_str).filter(|name| !name.trim().is_empty() && !name.contains(TEMPLATED));
    Some([Some(kind), namespace, Some(name)].into_iter().flatten().map(escape).collect::<Vec<_>>().join("/"))
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
    fn check(yaml: &str, number: usize, steps: &[Step], expected: &str) {
        let source = SourceText::new("f.yaml", yaml);
        let documents = parse(&source, Format::Yaml).unwrap();
        let Pointer { text, is_counted, .. } = pointer(&Parsed::of_kubernetes(source, documents), number, steps);
        assert_eq!(text + if is_counted { " counted" } else { "" }, expected);
    }

    fn key(name: &str) -> Step {
        Step::Key(name.to_owned())
    }

    #[test]
    fn items_are_called_by_name_where_it_is_theirs_alone() {
        let list = "c:\n- name: a\n  x: 1\n- name: b\n- x: 2\n- {name: d, id: one}\n- {name: d, id: two}\n";
        check(list, 0, &[key("c"), Step::Index(0), key("x")], "#/c/name=a/x");
        check(list, 0, &[key("c"), Step::Index(2), key("x")], "#/c/2/x counted");
        check(list, 0, &[key("c"), Step::Index(4)], "#/c/id=two");
        check(list, 0, &[key("c"), Step::Index(9), key("no/such~key")], "#/c/9/no~1such~0key counted");
        check("c: {200: {x: 1}}\n", 0, &[key("c"), key("200"), key("x")], "#/c/200/x");
    }

    #[test]
    fn documents_are_called_by_what_they_are() {
        let stream = "a: 1\n---\nkind: Pod\nmetadata: {name: p}\n---\nkind: List\n";
        check(stream, 0, &[key("a")], "0#/a counted");
        check(stream, 1, &[key("spec")], "Pod/p#/spec");
        check(stream, 2, &[], "2# counted");
        check(stream, 7, &[], "");
        check("a: 1\n---\nkind: Pod\nmetadata: {name: p}\n", 0, &[key("a")], "#/a");
    }

    #[test]
    fn objects_of_one_name_are_told_apart() {
        let pod = |namespace: &str| format!("---\nkind: Pod\nmetadata: {{name: web{namespace}}}\n");
        let spaces = format!("{}{}{}", pod(""), pod(", namespace: a"), pod(", namespace: b"));
        for (number, name) in ["Pod/web#", "Pod/a/web#", "Pod/b/web#"].into_iter().enumerate() {
            check(&spaces, number, &[], name);
        }
        let twice = format!("{}{}{}", pod(""), pod(", namespace: a"), pod(", namespace: a"));
        check(&twice, 0, &[], "Pod/web#");
        check(&twice, 1, &[key("spec")], "Pod/a/web@1#/spec counted");
        check(&twice, 2, &[], "Pod/a/web@2# counted");
        let item = "{kind: Pod, metadata: {name: web}}";
        let list = format!("apiVersion: v1\nkind: List\nitems: [{item}, {item}, {{kind: Pod}}]\n{}", pod(", namespace: a"));
        check(&list, 2, &[key("spec")], "Pod/web@1#/spec counted");
        check(&list, 3, &[], "Pod/web@2# counted");
        check(&list, 4, &[key("spec")], "#/items/2/spec counted");
        check(&list, 1, &[], "Pod/a/web#");
        check(&pod(", namespace: <templated>"), 0, &[], "Pod/web#");
    }
}
