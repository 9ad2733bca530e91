//! The JSON Schemas of the files that people write, kept beside the book.

use std::path::PathBuf;

use polity::catalog::RegistryFile;
use polity::config::{BaselineFile, FederationFile, LayerFile, Lock, ServiceFile, WaiverFile};
use polity::policy::PolicyFile;
use polity::template::TemplateFile;
use schemars::{Schema, schema_for};

fn schemas() -> Vec<(&'static str, Schema)> {
    vec![
        ("polity.yaml", schema_for!(ServiceFile)),
        ("polity.lock", schema_for!(Lock)),
        ("polity.federation.yaml", schema_for!(FederationFile)),
        ("registry.yaml", schema_for!(RegistryFile)),
        ("template.yaml", schema_for!(TemplateFile)),
        ("policy.yaml", schema_for!(PolicyFile)),
        ("layer.yaml", schema_for!(LayerFile)),
        ("waiver.yaml", schema_for!(WaiverFile)),
        (".polity-baseline.yaml", schema_for!(BaselineFile)),
    ]
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("book/src/schemas")
}

/// `UPDATE_SCHEMAS=1` writes the files instead of comparing them.
#[test]
fn schemas_are_up_to_date() {
    for (name, schema) in schemas() {
        let path = folder().join(format!("{name}.schema.json"));
        let text = format!("{:#}\n", schema.as_value());
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let old = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(old == text, "{} is out of date; run `UPDATE_SCHEMAS=1 cargo test --test it schemas`", path.display());
    }
}

/// The schema must say the same as the loader about files that exist.
#[test]
fn the_projects_own_files_fit_their_schemas() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![("registry.yaml", root.join("registry.yaml"))];
    for (folder, name) in [("templates", "template.yaml"), ("policies", "policy.yaml")] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            files.push((name, entry.unwrap().path().join(name)));
        }
    }
    for (name, path) in files {
        let (_, schema) = schemas().into_iter().find(|(n, _)| *n == name).unwrap();
        let value: serde_json::Value = serde_yaml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let validator = jsonschema::validator_for(schema.as_value()).unwrap();
        let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{}", path.display());
        let mut wrong = value;
        wrong["inputz"] = serde_json::json!({});
        assert!(!validator.is_valid(&wrong), "an unknown key must not fit");
    }
}
