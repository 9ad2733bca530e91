//! Finds and reads policies and data, and compiles them.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use crate::cli::ConftestPolicyArgs;
use crate::config::formats::{Means, Syntax};
use crate::policy::conftest::{ConftestError, DataFile, LoadOptions, Policies, RegoFile, RegoVersion};

use super::{Doing as _, Failure, go_words, means, settings::Settings};

/// How long a single query may take before it counts as endless.
const LIMIT: Duration = Duration::from_secs(60);

/// The policy paths that the user named.
pub(super) fn paths(args: &ConftestPolicyArgs, settings: &Settings) -> Result<Vec<String>, Failure> {
    Ok(settings.paths("policy", args.policy.as_deref())?.unwrap_or_else(|| vec!["policy".to_owned()]))
}

/// Loads policies and data.
pub(super) fn load(args: &ConftestPolicyArgs, settings: &Settings, means: Means) -> Result<Policies, Failure> {
    let named = paths(args, settings)?;
    let files = policies(&named)?;
    if files.is_empty() {
        return Err(ConftestError::NoPolicies(named.join(" ")).into());
    }
    let version = settings.text("rego-version", args.rego_version.as_deref())?.unwrap_or_else(|| "v1".to_owned());
    let options = LoadOptions {
        version: match version.as_str() {
            "v0" | "V0" => RegoVersion::V0,
            "v1" | "V1" => RegoVersion::V1,
            other => return Err(Failure(format!("load: loading policies: invalid Rego version: {other}"))),
        },
        strict: settings.switch("strict", args.strict)?,
        allowed: capabilities(args, settings)?,
        builtin_errors: settings.switch("show-builtin-errors", args.show_builtin_errors)?,
        tracing: settings.switch("trace", args.trace)?,
        limit: LIMIT,
        now: crate::commands::traces::now(),
        runtime: means::runtime(),
        reader: means::reader(means),
    };
    Ok(Policies::load(&files, &documents(&settings.paths("data", args.data.as_deref())?.unwrap_or_default())?, options)?)
}

/// The policy files of some paths.
pub(super) fn policies(named: &[String]) -> Result<Vec<RegoFile>, Failure> {
    let mut found: Vec<RegoFile> = Vec::new();
    for root in named {
        walk(Path::new(root), &mut Vec::new(), &mut |path, _| {
            let shown = shown(path);
            if path.extension().is_some_and(|e| e == "rego") && !found.iter().any(|file| file.path == shown) {
                let read = super::regular(path).map(|()| std::fs::read_to_string(path))?;
                let text = read.map_err(|e| Failure(format!("load: loading policies: {shown}: {e}")))?;
                found.push(RegoFile { path: shown, text });
            }
            Ok(())
        })?;
    }
    Ok(found)
}

fn documents(named: &[String]) -> Result<Vec<DataFile>, Failure> {
    let mut found = Vec::new();
    for root in named {
        walk(Path::new(root), &mut Vec::new(), &mut |path, keys| {
            let known = path.extension().is_some_and(|e| ["yaml", "yml", "json"].iter().any(|known| e.eq_ignore_ascii_case(known)));
            if known {
                let path_text = shown(path);
                let context = format!("load: load documents: {path_text}");
                let bytes = super::regular(path).and_then(|()| std::fs::read(path).doing(&context))?;
                let value = Syntax::of_path(&path_text).and_then(|syntax| syntax.parse(&bytes)).doing(&context)?;
                found.push(DataFile { path: path_text, keys: keys.to_vec(), value });
            }
            Ok(())
        })?;
    }
    Ok(found)
}

pub(super) type Visit<'a> = dyn FnMut(&Path, &[String]) -> Result<(), Failure> + 'a;

/// Visits files in the order of their names, each with the names of the folders between the root and it.
pub(super) fn walk(path: &Path, keys: &mut Vec<String>, visit: &mut Visit<'_>) -> Result<(), Failure> {
    let failed = |e: std::io::Error| Failure(format!("load: 1 error occurred during loading: stat {}: {}", path.display(), go_words(&e)));
    if !std::fs::metadata(path).map_err(failed)?.is_dir() {
        return visit(path, keys);
    }
    let entries = std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(failed)?;
    let mut entries: Vec<PathBuf> = entries.iter().map(std::fs::DirEntry::path).collect();
    entries.sort();
    for entry in entries {
        let folder = std::fs::symlink_metadata(&entry).is_ok_and(|m| m.is_dir());
        if folder {
            keys.push(entry.file_name().unwrap_or_default().to_string_lossy().into_owned());
        }
        walk(&entry, keys, visit)?;
        if folder {
            keys.pop();
        }
    }
    Ok(())
}

/// A path as Go cleans it.
pub(super) fn shown(path: &Path) -> String {
    let clean: PathBuf = path.components().filter(|c| !matches!(c, Component::CurDir)).collect();
    clean.to_string_lossy().replace('\\', "/")
}

fn capabilities(args: &ConftestPolicyArgs, settings: &Settings) -> Result<Option<BTreeSet<String>>, Failure> {
    let flag = args.capabilities.as_ref().map(|path| path.to_string_lossy());
    let Some(path) = settings.text("capabilities", flag.as_deref())?.filter(|path| !path.is_empty()) else { return Ok(None) };
    let bytes = std::fs::read(&path).map_err(|e| format!("open {path}: {}", go_words(&e))).doing("load capabilities")?;
    let value: serde_json::Value = serde_json::from_slice(&bytes).doing("load capabilities")?;
    let names = value["builtins"].as_array().ok_or_else(|| Failure(format!("load capabilities: {path} has no list `builtins`")))?;
    Ok(Some(names.iter().filter_map(|builtin| builtin["name"].as_str()).map(str::to_owned).collect()))
}
