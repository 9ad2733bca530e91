//! What a template sees: the request to admit an object, and the inventory of everything else.

use serde_json::{Map, Value, json};

use super::{Document, GatekeeperError};

/// An object under review.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The file it stands in.
    pub path: String,
    /// The group of its API.
    pub group: String,
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty for objects of the cluster.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The object; the old one when it is deleted.
    pub object: Value,
    /// The request, as the template's `input.review`.
    pub review: Value,
}

impl Subject {
    /// An object that is to be created, or the request that an `AdmissionReview` holds.
    ///
    /// # Errors
    /// A document that is no object of Kubernetes.
    pub fn read(document: &Document) -> Result<Self, GatekeeperError> {
        let request = (document.kind() == "AdmissionReview").then(|| document.value.get("request").cloned().unwrap_or_default());
        let object = match &request {
            None => document.value.clone(),
            Some(request) => {
                ["object", "oldObject"].iter().find_map(|name| request.get(name).filter(|o| o.is_object())).cloned().unwrap_or_default()
            }
        };
        let inner = Document { value: object.clone(), ..document.clone() };
        let (group, kind) = (inner.group().to_owned(), inner.kind().to_owned());
        if kind.is_empty() || inner.text_at("/apiVersion").is_empty() {
            return Err(GatekeeperError::invalid(document, "the document is no Kubernetes object: it needs `apiVersion` and `kind`"));
        }
        let version = inner.text_at("/apiVersion").rsplit('/').next().unwrap_or_default().to_owned();
        let namespace = inner.text_at("/metadata/namespace").to_owned();
        let name = inner.text_at("/metadata/name").to_owned();
        let mut review = json!({
            "kind": {"group": group, "version": version, "kind": kind},
            "operation": "CREATE",
            "name": name,
            "object": object,
        });
        if !namespace.is_empty() {
            review["namespace"] = Value::from(namespace.as_str());
        }
        if let (Some(members), Some(Value::Object(request))) = (review.as_object_mut(), request) {
            members.remove("object");
            members.extend(request);
        }
        Ok(Self { path: document.path.clone(), group, kind, namespace, name, object, review })
    }

    /// The namespace that conditions are about: a namespace is in itself.
    #[must_use]
    pub fn place(&self) -> &str {
        if self.kind == "Namespace" && self.group.is_empty() { &self.name } else { &self.namespace }
    }

    /// The labels of the object, and of the old one in a change.
    pub(super) fn label_sets(&self) -> impl Iterator<Item = &Value> {
        let old = self.review.pointer("/oldObject").filter(|old| old.is_object());
        [Some(&self.object), old].into_iter().flatten().map(|object| &object["metadata"]["labels"])
    }
}

/// Everything else that templates may look at.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// The document `data.inventory`, below its name.
    pub(super) data: Value,
    namespaces: Map<String, Value>,
}

impl Inventory {
    /// The inventory of some objects.
    #[must_use]
    pub fn of<'a>(documents: impl IntoIterator<Item = &'a Value>) -> Self {
        let (mut cluster, mut spaces, mut namespaces) = (Value::Null, Value::Null, Map::new());
        for object in documents {
            let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let (version, kind, name) = (text("/apiVersion"), text("/kind"), text("/metadata/name"));
            match text("/metadata/namespace") {
                "" => cluster[version][kind][name] = object.clone(),
                namespace => spaces[namespace][version][kind][name] = object.clone(),
            }
            if (version, kind) == ("v1", "Namespace") {
                namespaces.insert(name.to_owned(), object.clone());
            }
        }
        Self { data: json!({"inventory": {"cluster": cluster, "namespace": spaces}}), namespaces }
    }

    /// A namespace by its name.
    pub(super) fn namespace(&self, name: &str) -> Option<&Value> {
        self.namespaces.get(name)
    }
}
