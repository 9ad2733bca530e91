//! What `polity new` says: the files, or what was done with them.

use std::fmt::Write as _;

use serde_json::json;

use crate::cli::{NewArgs, OutputFormat};
use crate::error::Error;
use crate::template::{Rendered, Stack};
use crate::tree::{Digest, Mode, Tree};

use super::Env;
use super::place::{Git, Placed};

/// The text for standard output.
pub(super) fn text(args: &NewArgs, env: &Env<'_>, stack: &Stack, rendered: &Rendered, placed: Option<&Placed>) -> Result<String, Error> {
    if args.format == OutputFormat::Json {
        return Ok(env.document(json(args, stack, rendered, placed)));
    }
    let Some(placed) = placed else {
        if args.diff {
            return rendered.plan().diff(&Tree::new()).map_err(|error| Error::io("compare", error));
        }
        return Ok(listing(args, env, stack, rendered));
    };
    Ok(done(args, env, stack, rendered, placed))
}

/// One line a file, as `--dry-run` prints it.
fn listing(args: &NewArgs, env: &Env<'_>, stack: &Stack, rendered: &Rendered) -> String {
    let folder = env.cwd.join(&args.dir);
    let mut kept = 0;
    let mut text = format!("would create {} from {} {}\n", args.dir.display(), stack.top().name, stack.top().file.version);
    for (path, file) in &rendered.files {
        let is_there = folder.join(path.as_str()).symlink_metadata().is_ok();
        kept += usize::from(is_there);
        let mark = match file.mode {
            _ if is_there => " (exists and is kept)",
            Mode::Executable => " (executable)",
            _ => "",
        };
        let _ = writeln!(text, "  {:<8} {path}{mark}", file.class.word());
    }
    let _ = writeln!(text, "{}, nothing written", count(rendered.files.len() - kept, "file"));
    if !args.force && folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        let _ = writeln!(text, "the folder is not empty: to add to it takes `--force`");
    }
    text
}

fn done(args: &NewArgs, env: &Env<'_>, stack: &Stack, rendered: &Rendered, placed: &Placed) -> String {
    let mut text = String::new();
    for folder in &placed.swept {
        let _ = writeln!(text, "removed what a killed run left behind: {}", folder.display());
    }
    for path in &placed.kept {
        let _ = writeln!(text, "kept {path}, which existed");
    }
    let written = rendered.files.len() - placed.kept.len();
    let top = stack.top();
    let _ = writeln!(text, "created {}: {} from {} {}", args.dir.display(), count(written, "file"), top.name, top.file.version);
    if env.quiet {
        return text;
    }
    if rendered.layers.len() > 1 {
        let names: Vec<_> = rendered.layers.iter().map(|layer| format!("{} {}", layer.name, layer.version)).collect();
        let _ = writeln!(text, "  layers: {}", names.join(", "));
    }
    let _ = match &placed.git {
        Git::Committed => writeln!(text, "  git: new repository with a first commit"),
        Git::Inside(root) => writeln!(text, "  git: part of the repository {}, nothing committed", root.display()),
        Git::Unwanted => Ok(()),
        Git::Addition => writeln!(text, "  git: no repository made, because files were added to a folder"),
    };
    if let Some(steps) = &rendered.next_steps {
        let _ = writeln!(text, "\nnext steps:");
        for line in steps.trim_end().lines() {
            let _ = writeln!(text, "{}", if line.is_empty() { String::new() } else { format!("  {line}") });
        }
    }
    text
}

fn json(args: &NewArgs, stack: &Stack, rendered: &Rendered, placed: Option<&Placed>) -> serde_json::Value {
    let files = rendered.files.iter().map(|(path, file)| {
        json!({
            "path": path,
            "class": file.class,
            "mode": file.mode.as_git(),
            "sha256": Digest::of(&file.bytes),
            "layers": file.layers,
        })
    });
    let git = placed.map(|placed| match &placed.git {
        Git::Committed => json!({"state": "committed"}),
        Git::Inside(root) => json!({"state": "inside", "repository": root}),
        Git::Unwanted => json!({"state": "unwanted"}),
        Git::Addition => json!({"state": "addition"}),
    });
    json!({
        "schema": "polity/new/1",
        "template": {"name": stack.top().name, "version": stack.top().file.version.to_string()},
        "dir": args.dir,
        "written": placed.is_some(),
        "answers": rendered.answers,
        "layers": rendered.layers,
        "files": files.collect::<Vec<_>>(),
        "kept": placed.map(|placed| &placed.kept[..]).unwrap_or_default(),
        "removed_leftovers": placed.map(|placed| &placed.swept[..]).unwrap_or_default(),
        "git": git,
        "next_steps": rendered.next_steps,
    })
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
