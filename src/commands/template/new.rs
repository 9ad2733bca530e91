//! `polity template new`: a template that works before its author wrote a line.

use std::path::Path;

use serde_json::json;

use crate::catalog::{UnitKind, is_name, registry};
use crate::cli::OutputFormat;
use crate::disk::{Staging, read_folder, sweep};
use crate::error::{Error, Exit};
use crate::template::{Given, Layer, Stack, scaffold, shell_word, snapshot};
use crate::tree::{Change, Mode, Plan, RepoPath, Tree};

use super::{Env, print, shelf, trial};

/// Writes the template, with the snapshot of its case.
pub(super) fn new(dir: &Path, format: OutputFormat, env: &mut Env<'_>) -> Result<Exit, Error> {
    let target = env.cwd.join(dir);
    let shown = dir.display().to_string();
    let id = dir.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    if !is_name(&id) {
        let title = format!("`{}` is not a name for a template", if id.is_empty() { &shown } else { &id });
        return Err(Error::usage(title).help("use lower-case letters, digits and hyphens, for example `templates/team-docs`"));
    }
    let mut plan = scaffold(&id);
    let namespace = namespace_around(&target);
    let name = format!("{}/{id}", namespace.as_deref().unwrap_or(shelf::LOCAL));
    let stack = Stack::new(vec![Layer::load(&name, &shown, &shown, tree(&plan))?])?;
    for case in trial::cases(stack.top()) {
        let rendered = trial::render(&stack, &case, &mut Given::default())?;
        plan.write(RepoPath::found(format!("cases/{case}/tree.snap")), Mode::File, snapshot(&rendered).into_bytes());
    }
    let _ = sweep(&target);
    let staging = Staging::begin(&target).map_err(|error| Error::io("write the template", error))?;
    staging.write(&plan).map_err(|error| Error::io("write the template", error))?;
    staging.publish().map_err(|error| Error::usage(error.to_string()).help("name a new folder"))?;
    let text = match format {
        OutputFormat::Json => format!("{:#}\n", json!({"schema": "polity/template-new/1", "name": name, "dir": dir})),
        OutputFormat::Human => {
            let hint = match namespace {
                Some(_) => "",
                None => "  it stands in no registry: put it below `templates/` beside a `registry.yaml` to give it a namespace\n",
            };
            // A bare name would be looked for in registries.
            let own = if shown.starts_with(['.', '/']) { shown.clone() } else { format!("./{shown}") };
            let (shown, own) = (shell_word(&shown), shell_word(&own));
            format!(
                "created the template {name} in {shown}\n{hint}  test it: polity template test {shown}\n  use it:  polity new {own} my-service\n"
            )
        }
    };
    print(env, &text)?;
    Ok(Exit::Clean)
}

/// The namespace of the registry that a template's folder will belong to.
fn namespace_around(folder: &Path) -> Option<String> {
    let root = folder.parent().filter(|kinds| kinds.ends_with(UnitKind::Template.folder()))?.parent()?;
    let walk = read_folder(root).ok()?;
    registry("registry", walk.tree).ok().map(|registry| registry.namespace)
}

/// What a plan writes, as a tree.
fn tree(plan: &Plan) -> Tree {
    let mut tree = Tree::new();
    for (path, change) in plan.iter() {
        if let Change::Write { mode, bytes } = change {
            tree.insert(path.clone(), *mode, bytes.clone());
        }
    }
    tree
}
