//! `polity drift`: how far a service is from what its template rendered.

use std::fmt::Write as _;

use serde_json::json;

use crate::cli::{DriftArgs, OutputFormat};
use crate::config::FileClass;
use crate::error::{Error, Exit};
use crate::template::life::{Drift, Now, State, drift};
use crate::tree::{Mode, Plan, RepoPath, Tree};

use super::marks::Marks;
use super::service::{self, Service};
use super::{Env, locked, show};

/// Measures, and says what drifted.
pub(super) fn run(args: &DriftArgs, env: &mut Env<'_>) -> Result<Exit, Error> {
    let service = service::open(service::looked_at(env, &args.path)?, &args.path)?;
    if args.locked || args.frozen {
        locked::prove(env, &service)?;
    }
    let marks = Marks::of(env, &service.lock);
    let found = drift(&service.lock, &mut |path| service.now(path), &mut |path| service.rendered(path));
    let text = match (args.format, args.diff) {
        (OutputFormat::Json, _) => env.document(json(&service, &found, &marks)),
        (OutputFormat::Human, true) => diff(&service, &found)?,
        (OutputFormat::Human, false) => human(&service, &found, &marks),
    };
    show(env, &text)?;
    let is_finding = found.files.values().any(|file| file.class == FileClass::Managed);
    Ok(if is_finding { Exit::Findings } else { Exit::Clean })
}

fn human(service: &Service, found: &Drift, marks: &Marks) -> String {
    let mut text = format!("{} from {} {}\n", service.name(), service.record.from, service.record.version);
    for (name, mark) in marks.concerns() {
        let version = service.lock.layer(name).map_or("", |layer| &layer.version);
        let _ = writeln!(text, "  layer    {name} {version} is {}", mark.text());
    }
    if !marks.freshness.is_empty() {
        let ages: Vec<_> = marks.freshness.iter().map(|(namespace, age)| format!("{namespace} {age}")).collect();
        let _ = writeln!(text, "  known    {}", ages.join(", "));
    }
    for (class, share) in &found.classes {
        let _ = writeln!(text, "  {:<8} {} of {} drifted ({} %)", class.word(), share.drifted, count(share.all), share.percent());
    }
    for (path, file) in &found.files {
        let lines = file.lines.map(|lines| format!(", {} % of its lines", lines.percent())).unwrap_or_default();
        let _ = writeln!(text, "{:<9} {:<8} {path}{lines}", state(file.state), file.class.word());
    }
    text
}

fn json(service: &Service, found: &Drift, marks: &Marks) -> serde_json::Value {
    let layers = service.lock.layers.iter().map(|layer| {
        let known = marks.json(&layer.name);
        json!({
            "name": layer.name, "version": layer.version,
            "standing": known["standing"], "reason": known["reason"], "freshness": known["freshness"],
        })
    });
    let files = found.files.iter().map(|(path, file)| {
        let lines = file.lines.map(|lines| json!({"drifted": lines.drifted, "all": lines.all}));
        json!({"path": path, "class": file.class, "state": state(file.state), "lines": lines})
    });
    let classes = found.classes.iter().map(|(class, share)| (class.word().to_owned(), json!({"drifted": share.drifted, "all": share.all})));
    json!({
        "schema": "polity/drift/1",
        "template": {"name": service.record.from, "version": service.record.version},
        "layers": layers.collect::<Vec<_>>(),
        "classes": classes.collect::<serde_json::Map<_, _>>(),
        "files": files.collect::<Vec<_>>(),
    })
}

/// From what was rendered to what is there.
fn diff(service: &Service, found: &Drift) -> Result<String, Error> {
    let (mut plan, mut tree, mut text) = (Plan::new(), Tree::new(), String::new());
    for (path, file) in &found.files {
        let now = service.now(path);
        if matches!(now, Now::Unread { .. }) {
            let _ = writeln!(text, "{path}: its contents are not at hand, since this clone leaves them out");
            continue;
        }
        let Some(rendered) = service.rendered(path) else {
            let _ = writeln!(text, "{path}: what was rendered is not at hand");
            continue;
        };
        if file.state == State::Mode {
            let _ = writeln!(text, "{path}: {}", mode(service, path));
        }
        tree.insert(path.clone(), Mode::File, rendered);
        match now {
            Now::There(mode, bytes) => plan.write(path.clone(), mode, bytes),
            Now::Gone => plan.delete(path.clone()),
            Now::Unread { .. } => {}
        }
    }
    Ok(text + &plan.diff(&tree).map_err(|error| Error::io("compare", error))?)
}

fn mode(service: &Service, path: &RepoPath) -> &'static str {
    if service.lock.files[path].executable { "not executable any more" } else { "executable now" }
}

fn state(state: State) -> &'static str {
    match state {
        State::Changed => "changed",
        State::Mode => "mode",
        State::Missing => "missing",
    }
}

fn count(number: usize) -> String {
    if number == 1 { "1 file".to_owned() } else { format!("{number} files") }
}
