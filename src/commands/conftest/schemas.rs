//! Finds and reads the `.proto` files that texts of Protocol Buffers are read by.

use std::path::{Path, PathBuf};

use crate::config::formats::{ProtoFile, Schemas};

use super::settings::Settings;
use super::{Doing as _, Failure, policies};

/// Reads the folders that the user named.
pub(super) fn load(flag: Option<&[PathBuf]>, settings: &Settings) -> Result<Schemas, Failure> {
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
