//! `conftest fmt`: policies in the layout of `opa fmt`.

use std::path::{Path, PathBuf};

use crate::cli::ConftestFmtArgs;
use crate::commands::{Env, print};
use crate::disk::write_file;
use crate::error::Exit;
use crate::policy::conftest::RegoVersion;
use crate::policy::layout::{LayoutError, format};

use super::{Doing as _, Failure, go_words, policies, settings::Settings};

/// A policy file whose layout is another one.
struct Other {
    path: PathBuf,
    text: String,
}

/// Lays out the policies that the user named, or says which ones are not. What cannot be laid out safely is left alone and named.
pub(super) fn run(args: &ConftestFmtArgs, settings: &Settings, env: &mut Env<'_>) -> Result<Exit, Failure> {
    let version = match settings.text("rego-version", args.rego_version.as_deref())?.as_deref() {
        None | Some("v1" | "V1") => RegoVersion::V1,
        Some("v0" | "V0") => RegoVersion::V0,
        Some(other) => return Err(Failure(format!("failed to parse rego-version flag: invalid Rego version: {other}"))),
    };
    let named: Vec<String> = args.paths.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    let files = policies::policies(&named)?;
    if files.is_empty() {
        return Err(Failure(format!("no policies found in [{}]", named.join(" "))));
    }
    let (mut others, mut refused) = (Vec::new(), Vec::new());
    for file in files {
        match format(&file.text, version) {
            Ok(text) if text == file.text => {}
            Ok(text) => others.push(Other { path: PathBuf::from(&file.path), text }),
            Err(error @ LayoutError::Parse { .. }) => return Err(Failure(format!("get rego files: {}:{error}", file.path))),
            Err(error @ LayoutError::Unsafe(_)) => refused.push(format!("{}: {error}", file.path)),
        }
    }
    let check = settings.switch("check", args.check)?;
    for other in &others {
        if check {
            print(env, &format!("{}\n", other.path.display())).doing("report files")?;
        } else {
            write(&other.path, &other.text)?;
        }
    }
    if !refused.is_empty() {
        return Err(Failure(refused.join("\nError: ")));
    }
    if check && !others.is_empty() {
        return Err(Failure("files not formatted".to_owned()));
    }
    Ok(Exit::Clean)
}

/// Puts a text in the place of a file's content; a run that is broken off leaves one or the other.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    write_file(path, &mut |out| out.write_all(text.as_bytes()))
        .map_err(|e| Failure(format!("open file for write: {}: {}", path.display(), go_words(&e))))
}
