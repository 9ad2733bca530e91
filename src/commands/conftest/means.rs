//! What a run takes from around it: for some formats the `.proto` files of texts of Protocol Buffers and a process for programs, for policies the
//! environment.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::config::formats::{Means, ProtoFile, Schemas};
use crate::policy::conftest::Reader;

use super::settings::Settings;
use super::{Doing as _, Failure, go_words, policies, programs};

/// The version of OPA whose language and functions these are.
const OPA: &str = "1.21.1";

/// The means of a run; `flag` names the folders of schemas.
pub(super) fn load(flag: Option<&[PathBuf]>, settings: &Settings) -> Result<Means, Failure> {
    Ok(Means { schemas: schemas(flag, settings)?, evaluate: Some(programs::evaluate) })
}

fn schemas(flag: Option<&[PathBuf]>, settings: &Settings) -> Result<Schemas, Failure> {
    let context = "parse configurations: load protos";
    let Some(folders) = settings.paths("proto-file-dirs", flag)?.filter(|folders| !folders.is_empty()) else {
        return Ok(Schemas::default());
    };
    let mut files = Vec::new();
    for folder in &folders {
        let root = Path::new(folder);
        policies::walk(root, &mut Vec::new(), &mut |path, _| {
            if path.extension().is_some_and(|extension| extension == "proto") {
                let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display())).doing(context)?;
                let inner = policies::shown(path.strip_prefix(root).unwrap_or(path));
                files.push(ProtoFile { path: policies::shown(path), inner, text });
            }
            Ok(())
        })?;
    }
    Schemas::load(&files).doing(context)
}

/// What reads config files for policies.
pub(super) fn reader(means: Means) -> Reader {
    Reader { read: Arc::new(|path| std::fs::read(path).map_err(|e| format!("open {path}: {}", go_words(&e)))), means }
}

/// What conftest tells policies of the machine: the version of OPA that this program follows, and the environment.
pub(super) fn runtime() -> Value {
    let text = |text: OsString| text.to_string_lossy().into_owned();
    let environment: Map<String, Value> = std::env::vars_os().map(|(name, value)| (text(name), text(value).into())).collect();
    json!({"version": OPA, "commit": "", "env": environment})
}
