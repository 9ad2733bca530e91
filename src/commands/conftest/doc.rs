//! `conftest doc`: a Markdown page about every path of policies, from their annotations.

use std::path::{Path, PathBuf};

use crate::cli::ConftestDocArgs;
use crate::commands::Env;
use crate::error::Exit;
use crate::policy::conftest::{RegoFile, RegoVersion, document};

use super::{Doing as _, Failure, go_words, policies};

/// Writes the pages.
pub(super) fn run(args: &ConftestDocArgs, env: &Env<'_>) -> Result<Exit, Failure> {
    if args.paths.is_empty() {
        return Err(Failure("missing required arguments".to_owned()));
    }
    let context = "generating document";
    let read = |path: &PathBuf| std::fs::read_to_string(path).map_err(|e| format!("open {}: {}", path.display(), go_words(&e)));
    let template = args.template.as_ref().map(read).transpose().doing(context)?;
    let mut pages = Vec::new();
    for path in &args.paths {
        let mut files = policies::policies(&[path.to_string_lossy().into_owned()])?;
        files.retain(|file: &RegoFile| !file.path.ends_with("_test.rego"));
        let Some(page) = document(&files, RegoVersion::V1, template.as_deref()).doing(context)? else {
            return Err(Failure(format!("{context}: {}: no annotations found", path.display())));
        };
        let absolute = env.cwd.join(path).canonicalize().doing(context)?;
        let name = absolute.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        pages.push((env.cwd.join(args.outdir.as_deref().unwrap_or(Path::new("."))).join(format!("{name}.md")), page));
    }
    for (path, page) in pages {
        std::fs::write(&path, page).map_err(|e| format!("write {}: {e}", path.display())).doing(context)?;
    }
    Ok(Exit::Clean)
}
